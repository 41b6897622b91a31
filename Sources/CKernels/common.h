// What all bodies share and no instruction set changes.
#ifndef STN_COMMON_H
#define STN_COMMON_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "stn_kernels.h"

#define STN_INLINE static inline __attribute__((always_inline, unused))
#define STN_UNROLL _Pragma("clang loop unroll(full)")

STN_INLINE int64_t stn_min(int64_t a, int64_t b) { return a < b ? a : b; }
STN_INLINE int64_t stn_max(int64_t a, int64_t b) { return a > b ? a : b; }
STN_INLINE int64_t stn_divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

STN_INLINE int64_t stn_pooled_height(const stn_convolution_shape *s) {
    return (s->height - s->kernel_height + 1) / s->pool;
}
STN_INLINE int64_t stn_pooled_width(const stn_convolution_shape *s) {
    return (s->width - s->kernel_width + 1) / s->pool;
}
// One row of the kernel over all its channels: a contiguous run of floats in the input as in the weight.
STN_INLINE int64_t stn_run(const stn_convolution_shape *s) { return s->kernel_width * s->channels; }
STN_INLINE int64_t stn_columns(const stn_convolution_shape *s) { return s->kernel_height * stn_run(s); }

// Tiles of 4×4 outputs in a row of the image, and in the batch. Pooling may have dropped outputs at the border.
STN_INLINE int64_t stn_winograd_tiles_across(const stn_convolution_shape *s) {
    return stn_divide_up(stn_pooled_width(s) * s->pool, 4);
}
STN_INLINE int64_t stn_winograd_tiles(const stn_convolution_shape *s) {
    return s->images * stn_winograd_tiles_across(s) * stn_divide_up(stn_pooled_height(s) * s->pool, 4);
}
// Tiles a task transforms at once: with 64 channels 512 KiB, which stays in the second-level cache.
#define STN_WINOGRAD_TILES 32

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
    b.splits = stn_winograd_tiles(s) >= 4 * STN_WINOGRAD_TILES ? 1 : stn_divide_up(s->outputs, 2 * lanes);
    return b;
}

// An output position that carries gradient: where its operand starts (in floats), and the gradient.
typedef struct {
    int32_t offset;
    float gradient;
} stn_survivor;

// Output channels whose weight gradients one task makes; each sum has this one owner. Sixteen read whole cache lines of
// dOutput, but leave too few tasks to layers with few channels, which take half of that.
#define STN_GRADIENT_CHANNELS 16
STN_INLINE int64_t stn_gradient_channels(const stn_convolution_shape *s) {
    return s->outputs >= 4 * STN_GRADIENT_CHANNELS ? STN_GRADIENT_CHANNELS : STN_GRADIENT_CHANNELS / 2;
}
// Positions that the weight gradient asks for ahead of time: the latency of the third-level cache.
#define STN_PREFETCHED 12
// Output channels visited together by the input gradient, so that their rows of weight stay in the first-level cache.
#define STN_CHANNEL_BLOCK 32
// What of a first-level cache (32 KiB or more on every target) operands may take.
#define STN_CACHE_BUDGET 32768
// Images (or rows of a linear layer's batch) whose input gradients one task makes.
#define STN_GRADIENT_ROWS 16

// A linear layer comes as one image of height 1, its batch along the width; gradients then group rows of the batch.
STN_INLINE int stn_is_linear(const stn_convolution_shape *s) {
    return s->images == 1 && s->height == 1 && s->kernel_height == 1 && s->kernel_width == 1 && s->pool == 1;
}
// The same layer as `width` images of one pixel, so that the gradient kernels see one meaning of "image".
STN_INLINE stn_convolution_shape stn_by_image(const stn_convolution_shape *s) {
    stn_convolution_shape r = *s;
    if (stn_is_linear(s)) {
        r.images = s->width;
        r.width = 1;
    }
    return r;
}

// Images per group of the weight gradient: as many as keep what one pass touches in the cache, at most 64.
STN_INLINE int64_t stn_weight_gradient_group(const stn_convolution_shape *s) {
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    int64_t image = s->height * s->width * s->channels * 4;
    int64_t touched = stn_min(image, positions * stn_min(stn_run(s) * 4, 1280));
    return stn_min(64, stn_max(1, STN_CACHE_BUDGET / stn_max(1, touched)));
}
STN_INLINE int64_t stn_input_gradient_group(const stn_convolution_shape *s) {
    return stn_pooled_height(s) * stn_pooled_width(s) == 1 ? STN_GRADIENT_ROWS : 1;
}

#endif
