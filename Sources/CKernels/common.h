// What all bodies share and no instruction set changes.
#ifndef STN_COMMON_H
#define STN_COMMON_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "stn_grids.h"
#include "stn_kernels.h"
#include "stn_layers.h"
#include "stn_learning.h"
#include "stn_measuring.h"
#include "stn_products.h"
#include "stn_sampling.h"

// Where it is not the processor's own it is emulated on request, for tests.
#if defined(__aarch64__) || defined(STN_EMULATES_NEON)
#define STN_HAS_NEON 1
#else
#define STN_HAS_NEON 0
#endif

#define STN_INLINE static inline __attribute__((always_inline, unused))
#define STN_UNROLL _Pragma("clang loop unroll(full)")
// What is read where it is used, as operands in memory, and takes no registers in between.
#define STN_KEEP_IN_MEMORY(variable) __asm__ volatile("" : : "r"(&(variable)) : "memory")

#include "vec/quad.h"

STN_INLINE int64_t stn_min(int64_t a, int64_t b) { return a < b ? a : b; }
STN_INLINE int64_t stn_max(int64_t a, int64_t b) { return a > b ? a : b; }
STN_INLINE int64_t stn_divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Positions of the kernel in a column and in a row of the image.
STN_INLINE int64_t stn_positions_down(const stn_convolution_shape *s) {
    return s->top + s->height + s->bottom - s->kernel_height + 1;
}
STN_INLINE int64_t stn_positions_across(const stn_convolution_shape *s) {
    return s->left + s->width + s->right - s->kernel_width + 1;
}
STN_INLINE int64_t stn_pooled_height(const stn_convolution_shape *s) { return stn_positions_down(s) / s->pool; }
STN_INLINE int64_t stn_pooled_width(const stn_convolution_shape *s) { return stn_positions_across(s) / s->pool; }
STN_INLINE int stn_is_padded(const stn_convolution_shape *s) { return s->top || s->bottom || s->left || s->right; }
// One row of the kernel over all its channels: a contiguous run of floats in the input as in the weight.
STN_INLINE int64_t stn_run(const stn_convolution_shape *s) { return s->kernel_width * s->channels; }
STN_INLINE int64_t stn_columns(const stn_convolution_shape *s) { return s->kernel_height * stn_run(s); }

// Winograd's tiles have m×m outputs, a square kernel of r taps, and m + r = 9.
STN_INLINE int64_t stn_winograd_outputs(const stn_convolution_shape *s) { return 9 - s->kernel_width; }
// Tiles in a row of the image, and in the batch. Pooling may have dropped outputs at the border.
STN_INLINE int64_t stn_winograd_tiles_across(const stn_convolution_shape *s) {
    return stn_divide_up(stn_pooled_width(s) * s->pool, stn_winograd_outputs(s));
}
STN_INLINE int64_t stn_winograd_tiles(const stn_convolution_shape *s) {
    return s->images * stn_winograd_tiles_across(s) *
           stn_divide_up(stn_pooled_height(s) * s->pool, stn_winograd_outputs(s));
}
// A pixel's row and column.
typedef struct {
    int64_t row, column;
} stn_place;
// Where tile `tile` of an image starts, in its padded inputs as in its outputs.
STN_INLINE stn_place stn_winograd_corner(const stn_convolution_shape *s, int64_t tile) {
    int64_t across = stn_winograd_tiles_across(s), m = stn_winograd_outputs(s);
    return (stn_place){tile / across * m, tile % across * m};
}
// Places, of pixels or of windows, from `first` up to, but not with, `last`.
typedef struct {
    int64_t first, last;
} stn_span;
// What window `place` covers of `extent` rows (or columns).
STN_INLINE stn_span stn_pooled_rows(const stn_pooling_shape *s, int64_t place, int64_t window, int64_t extent) {
    int64_t start = place * s->stride - s->padding;
    return (stn_span){stn_max(0, start), stn_min(extent, start + window)};
}
// Which of `windows` windows cover row (or column) `place`.
STN_INLINE stn_span stn_pooling_windows(const stn_pooling_shape *s, int64_t place, int64_t window, int64_t windows) {
    int64_t reach = place + s->padding;
    return (stn_span){reach < window ? 0 : (reach - window) / s->stride + 1, stn_min(windows, reach / s->stride + 1)};
}

// Rows of a block of batch normalisation: 32 KiB, but so many rows that what a block leaves is little next to it, and so few
// that a sum over them is precise.
STN_INLINE int64_t stn_batch_norm_block(int64_t channels) {
    return stn_min(256, stn_max(16, 8192 / stn_max(1, channels)));
}

// The pixels of a tile of inputs that lie within the image: rows first_row ..< end_row, likewise columns.
typedef struct {
    int first_row, end_row, first_column, end_column;
    int64_t offset;  // floats from the image's first pixel to the tile's, which may be outside
} stn_winograd_window;

STN_INLINE stn_winograd_window stn_winograd_window_of(const stn_convolution_shape *s, stn_place corner) {
    int64_t row = corner.row - s->top, column = corner.column - s->left;
    return (stn_winograd_window){(int)stn_min(8, stn_max(0, -row)), (int)stn_min(8, s->height - row),
                                 (int)stn_min(8, stn_max(0, -column)), (int)stn_min(8, s->width - column),
                                 (row * s->width + column) * s->channels};
}

// Tiles a task transforms at once: with 64 channels 512 KiB, which stays in the second-level cache.
#define STN_WINOGRAD_TILES 32
// Tasks that few tiles are split into at most: each transforms its tiles anew.
#define STN_WINOGRAD_TASKS 16

// How the transformed tiles of a task lie in scratch.
typedef struct {
    int64_t row;             // floats of a tile at one of the 64 places
    int64_t tile_stride;     // floats from one place to the next; a cache line more than needed, because
    int64_t product_stride;  // powers of two would put all 64 places into the same cache sets
    int64_t splits;          // parts of the output channels that are tasks of their own, when there are few tiles
} stn_winograd_blocking;

STN_INLINE stn_winograd_blocking stn_winograd_blocking_of(const stn_convolution_shape *s, int64_t lanes) {
    stn_winograd_blocking b;
    int64_t tiles = stn_min(STN_WINOGRAD_TILES, stn_divide_up(stn_winograd_tiles(s), 4) * 4);
    b.row = stn_divide_up(s->channels, lanes) * lanes;
    b.tile_stride = tiles * b.row + 16;
    b.product_stride = tiles * 2 * lanes + 16;
    int64_t blocks = stn_divide_up(s->outputs, 2 * lanes), groups = stn_divide_up(stn_winograd_tiles(s), STN_WINOGRAD_TILES);
    b.splits = stn_winograd_tiles(s) >= 4 * STN_WINOGRAD_TILES ? 1 : stn_min(blocks, STN_WINOGRAD_TASKS / stn_max(1, groups));
    return b;
}

// Tiles whose gradients are made together: with 128 outputs and 64 channels 2 MiB. Where weights are so many that all caches
// but the last are too small for them, twice as many share a pass over them and their gradients.
#define STN_WINOGRAD_GRADIENT_TILES 32
#define STN_WINOGRAD_WIDE 65536
STN_INLINE int64_t stn_winograd_gradient_tiles(const stn_convolution_shape *s) {
    return STN_WINOGRAD_GRADIENT_TILES * (s->channels * s->outputs >= STN_WINOGRAD_WIDE ? 2 : 1);
}

// How the workspace of the gradients by Winograd's way is laid out: places in bytes; strides from one of the 64 places to the
// next in operands or floats, a cache line more than needed, as above.
typedef struct {
    int64_t images;             // of a group
    int64_t channels, outputs;  // filled up to whole vectors
    int64_t weights, products, inputs, gradients, gradient_pairs, byte_count;
    int64_t weight_stride, product_stride, input_stride, gradient_stride, pair_stride;
} stn_winograd_gradient_layout;

// `depth` is the numbers in an operand: 1 in float32, 2 in bfloat16.
STN_INLINE stn_winograd_gradient_layout stn_winograd_gradient_layout_of(const stn_convolution_shape *s, int64_t lanes,
                                                                        int64_t depth) {
    stn_winograd_gradient_layout b;
    int64_t per_image = stn_winograd_tiles(s) / stn_max(1, s->images);
    b.images = stn_max(1, stn_min(s->images, stn_winograd_gradient_tiles(s) / stn_max(1, per_image)));
    int64_t tiles = stn_divide_up(b.images * per_image, 2) * 2;
    b.channels = stn_divide_up(s->channels, 2 * lanes) * 2 * lanes;
    b.outputs = stn_divide_up(s->outputs, 2 * lanes) * 2 * lanes;
    b.weight_stride = s->outputs * b.channels + 16;
    b.product_stride = tiles * b.channels + 16;
    b.input_stride = tiles / depth * b.channels + 16;
    b.gradient_stride = tiles * b.outputs / depth + 16;
    b.pair_stride = depth == 1 ? 0 : tiles / depth * b.outputs + 16;
    b.weights = 0;
    b.products = 64 * b.weight_stride * 4;
    b.inputs = b.products + 64 * b.product_stride * 4;
    b.gradients = b.inputs + 64 * b.input_stride * 4;
    b.gradient_pairs = b.gradients + 64 * b.gradient_stride * 4;
    b.byte_count = b.gradient_pairs + 64 * b.pair_stride * 4;
    return b;
}

// Pairs of bfloat16 that a row of `inputs` numbers takes, filled up to whole vectors.
STN_INLINE int64_t stn_linear_depth(int64_t inputs, int64_t lanes) {
    return stn_divide_up(inputs, stn_max(2, lanes)) * stn_max(2, lanes) / 2;
}

// The workspace of a linear layer's gradients, in bytes. `outputs` is filled up to whole vectors.
typedef struct {
    int64_t outputs, gradients, gradient_pairs, panels, panel_bytes;
} stn_linear_layout;

STN_INLINE stn_linear_layout stn_linear_layout_of(int64_t rows, int64_t outputs, int64_t lanes, int64_t depth) {
    stn_linear_layout b;
    int64_t pairs = stn_divide_up(rows, 2);
    b.outputs = stn_divide_up(outputs, stn_max(2, lanes)) * stn_max(2, lanes);
    b.gradients = 0;
    b.gradient_pairs = pairs * 2 * b.outputs * 4 / depth;
    b.panels = b.gradient_pairs + (depth == 1 ? 0 : pairs * b.outputs * 4);
    b.panel_bytes = stn_divide_up(stn_divide_up(stn_max(rows, outputs), 2) * 2 / depth * 2 * lanes * 4, 64) * 64;
    return b;
}

// An output that carries gradient: where its operand starts (in floats), and the gradient.
typedef struct {
    int32_t offset;
    float gradient;
} stn_entry;

// Output channels whose weight gradients one task makes; each sum has this one owner. Sixteen read whole cache lines of
// dOutput, but leave too few tasks to layers with few channels, which take half of that.
#define STN_GRADIENT_CHANNELS 16
STN_INLINE int64_t stn_gradient_channels(const stn_convolution_shape *s) {
    return s->outputs >= 4 * STN_GRADIENT_CHANNELS ? STN_GRADIENT_CHANNELS : STN_GRADIENT_CHANNELS / 2;
}
// Positions that the weight gradient asks for ahead of time: the latency of the third-level cache.
#define STN_PREFETCHED 12
// Output channels visited together by the input gradient, so that their weights stay in the first-level cache.
#define STN_CHANNEL_BLOCK 32
// What of a first-level cache (32 KiB or more on every target) operands may take.
#define STN_CACHE_BUDGET 32768
// Kernels with a border of zeros, for the gradient of the input.
typedef struct {
    int64_t reach;        // pixels from the first place of a pooling window to the last
    int64_t row, kernel;  // floats from one row to the next, from one kernel to the next
} stn_border;

STN_INLINE stn_border stn_border_of(const stn_convolution_shape *s) {
    stn_border b = {s->pool - 1, stn_run(s), 0};
    b.row = (s->kernel_width + 2 * b.reach) * s->channels;
    b.kernel = (s->kernel_height + 2 * b.reach) * b.row;
    return b;
}

// Images per group of the weight gradient: as many as keep what one pass touches in the cache, at most 64.
STN_INLINE int64_t stn_weight_gradient_group(const stn_convolution_shape *s) {
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    int64_t image = s->height * s->width * s->channels * 4;
    int64_t touched = stn_min(image, positions * stn_min(stn_run(s) * 4, 1280)) +
                      positions * stn_gradient_channels(s) * (int64_t)sizeof(stn_entry);
    return stn_min(64, stn_max(1, STN_CACHE_BUDGET / stn_max(1, touched)));
}

// Channels of a list of pairs.
#define STN_PAIRED_CHANNELS 8
// The same of its form in pairs: images in twos.
STN_INLINE int64_t stn_paired_gradient_group(const stn_convolution_shape *s) {
    return stn_divide_up(stn_weight_gradient_group(s), 2) * 2;
}

// Columns whose positions the sampler finds at once. As many as a mask has bits: the longer the block, the less often pixels
// wait for positions.
#define STN_COLUMNS 32
// Bytes of the sums of a band of rows in the sampler's gradient, which should stay in the second-level cache.
#define STN_BAND_BYTES 786432
// Rows of a band at least: an output pixel between two bands is looked at twice.
#define STN_BAND_ROWS 8
// What a tap outside the image is read as by the sampler: −0, as many floats as the widest vector has.
static const float stn_nothing[16] __attribute__((unused)) = {-0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f,
                                                              -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f};
// Tasks that a small batch is split into.
#define STN_BAND_TASKS 8

// Input rows of a band.
STN_INLINE int64_t stn_affine_band_rows(const stn_affine_sample_arguments *a) {
    int64_t row = a->width * stn_divide_up(a->channels, 4) * 16;
    int64_t parallel = stn_divide_up(a->height, stn_divide_up(STN_BAND_TASKS, stn_max(1, a->images)));
    return stn_max(STN_BAND_ROWS, stn_min(parallel, STN_BAND_BYTES / stn_max(1, row)));
}

// Floats of one output row among the rows that grid_sample_rows finds: a pair for the row and one for each block.
STN_INLINE int64_t stn_grid_row_stride(const stn_affine_sample_arguments *a) {
    return 2 * (1 + stn_divide_up(a->output_width, STN_COLUMNS));
}

// Whether taps outside the image are read somewhere else, each on its own. Bilinear and nearest move the position instead
// under border and reflection.
STN_INLINE int stn_grid_folds(const stn_grid_sample_arguments *g) {
    return g->padding == STN_WRAP || g->padding == STN_CONSTANT ||
           (g->padding != STN_ZEROS && g->sample.mode == STN_BICUBIC);
}

// Rows of a band of a grid's gradient: enough positions to be worth a task, and not more bands than threads can use.
STN_INLINE int64_t stn_grid_band_rows(const stn_grid_frame *frame) {
    return stn_max(stn_max(1, 4096 / stn_max(1, frame->width)), stn_divide_up(frame->height, 32));
}

STN_INLINE int64_t stn_modulo(int64_t index, int64_t period) {
    int64_t rest = index % period;
    return rest < 0 ? rest + period : rest;
}

// The pixel along an axis that a tap at `index` reads under a padding; −1 for the constant, or nothing.
STN_INLINE int64_t stn_fold(int64_t padding, int64_t align_corners, int64_t index, int64_t extent) {
    if (index >= 0 && index < extent) return index;
    switch (padding) {
    case STN_BORDER: return index < 0 ? 0 : extent - 1;
    case STN_WRAP: return stn_modulo(index, extent);
    case STN_REFLECTION: {
        // With the mirrors at the edges the border pixel comes twice.
        int64_t twice = align_corners ? 0 : 1;
        int64_t period = stn_max(1, 2 * (extent - 1 + twice)), place = stn_modulo(index, period);
        return place < extent ? place : period - twice - place;
    }
    default: return -1;
    }
}

// The same of a sampler of images whose padding folds.
STN_INLINE int64_t stn_grid_fold(const stn_grid_sample_arguments *g, int64_t index, int64_t extent) {
    return stn_fold(g->padding, g->sample.align_corners, index, extent);
}

#include "patches.h"

#endif
