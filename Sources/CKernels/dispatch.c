// Which instruction sets this processor has, and the sizes of tasks and scratch that callers ask for.
#include "common.h"

#define STN_TABLE(name) extern const stn_kernels stn_kernels__##name;
STN_TABLE(scalar)
#if defined(__x86_64__)
STN_TABLE(avx2)
STN_TABLE(avx512)
STN_TABLE(avx512bf16)
#endif
#if STN_HAS_NEON
STN_TABLE(neon)
#endif
#undef STN_TABLE

#if defined(__x86_64__)
static int stn_has_avx512(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

const stn_kernels *stn_kernels_for(stn_isa isa) {
    switch (isa) {
    case STN_SCALAR: return &stn_kernels__scalar;
#if defined(__x86_64__)
    case STN_AVX2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &stn_kernels__avx2 : 0;
    case STN_AVX512: return stn_has_avx512() ? &stn_kernels__avx512 : 0;
    case STN_AVX512_BF16:
        return stn_has_avx512() && __builtin_cpu_supports("avx512bf16") ? &stn_kernels__avx512bf16 : 0;
#endif
#if STN_HAS_NEON
    case STN_NEON: return &stn_kernels__neon;
#endif
    default: return 0;
    }
}

const char *stn_kernel_name(const stn_kernels *kernels, stn_task task) {
#define STN_KERNEL(name) \
    if (task == kernels->name) return #name;
#include "kernels.def"
#undef STN_KERNEL
    return "unknown";
}

int64_t stn_convolution_block(const stn_kernels *kernels, int64_t outputs) {
    return outputs <= kernels->lanes ? kernels->lanes : 2 * kernels->lanes;
}

int64_t stn_convolution_tasks(const stn_kernels *kernels, const stn_convolution_shape *shape) {
    int64_t blocks = stn_divide_up(shape->outputs, stn_convolution_block(kernels, shape->outputs));
    return blocks * shape->images * stn_pooled_height(shape);
}

int stn_winograd_fits(const stn_convolution_shape *s) {
    int64_t taps = s->kernel_width;
    if (s->kernel_height != taps || (taps != 3 && taps != 5 && taps != 7) || s->channels < 16 || s->outputs < 32) return 0;
    int64_t tiles = stn_winograd_tiles(s) / stn_max(1, s->images);
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s) * s->pool * s->pool;
    // With padding the other way copies patches.
    if (stn_is_padded(s)) return tiles * 64 * 3 < positions * taps * taps * 2;
    return tiles * 64 * 2 < positions * taps * taps;
}

int stn_winograd_narrow_fits(const stn_convolution_shape *s) {
    return s->kernel_height == s->kernel_width && (s->kernel_width == 5 || s->kernel_width == 7) && s->channels <= 4 &&
           stn_pooled_height(s) > 0 && stn_pooled_width(s) > 0 && !stn_is_padded(s);
}

int64_t stn_winograd_narrow_tasks(const stn_convolution_shape *shape) {
    return stn_winograd_tiles(shape) / stn_winograd_tiles_across(shape);
}

int64_t stn_winograd_narrow_scratch(const stn_kernels *kernels, const stn_convolution_shape *s) {
    int64_t half = (s->width + 8) * s->channels * 8 + kernels->lanes;
    return (half + stn_winograd_tiles_across(s) * (64 * s->channels + kernels->lanes)) * (int64_t)sizeof(float);
}

int64_t stn_winograd_tasks(const stn_kernels *kernels, const stn_convolution_shape *shape) {
    return stn_divide_up(stn_winograd_tiles(shape), STN_WINOGRAD_TILES) *
           stn_winograd_blocking_of(shape, kernels->lanes).splits;
}

int64_t stn_winograd_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape) {
    stn_winograd_blocking b = stn_winograd_blocking_of(shape, kernels->lanes);
    return 64 * (b.tile_stride + b.product_stride) * (int64_t)sizeof(float);
}

int stn_winograd_gradient_fits(const stn_convolution_shape *s) {
    // With 7×7 kernels and pooling the choices are fewer than the products; with few channels vectors would be filled up.
    return stn_winograd_fits(s) && s->channels >= 32 && (s->pool == 1 || s->kernel_width < 7);
}

int64_t stn_winograd_gradient_images(const stn_kernels *kernels, const stn_convolution_shape *shape) {
    return stn_winograd_gradient_layout_of(shape, kernels->lanes, 1).images;
}

int64_t stn_winograd_gradient_tile_tasks(const stn_convolution_shape *shape, int64_t images) {
    return stn_divide_up(images * (stn_winograd_tiles(shape) / shape->images), 2);
}

int64_t stn_winograd_gradient_bytes(const stn_kernels *kernels, const stn_convolution_shape *shape, int64_t depth) {
    return stn_winograd_gradient_layout_of(shape, kernels->lanes, depth).byte_count;
}

// Rows of a tile of registers, see vec/.
static int64_t stn_tile_rows(const stn_kernels *kernels) {
    return kernels->isa == STN_SCALAR || kernels->isa == STN_AVX2 ? 4 : 8;
}

int64_t stn_linear_operand_tasks(const stn_kernels *kernels, int64_t inputs) {
    return stn_divide_up(inputs, stn_max(2, kernels->lanes));
}

int64_t stn_linear_tasks(const stn_kernels *kernels, int64_t outputs) {
    return stn_divide_up(outputs, stn_tile_rows(kernels));
}

int64_t stn_linear_workspace(const stn_kernels *kernels, int64_t rows, int64_t inputs, int64_t depth) {
    int64_t block = 2 * kernels->lanes;
    return stn_divide_up(rows, block) * block * stn_linear_depth(inputs, kernels->lanes) * 2 / depth * 4;
}

int64_t stn_linear_packed_tasks(const stn_kernels *kernels, int64_t rows, int64_t outputs) {
    return stn_divide_up(outputs, 2 * kernels->lanes) * stn_divide_up(rows, stn_tile_rows(kernels));
}

int64_t stn_linear_scratch(const stn_kernels *kernels, int64_t inputs) {
    return stn_tile_rows(kernels) * stn_linear_depth(inputs, kernels->lanes) * 4;
}

int64_t stn_packed_pairs(const stn_kernels *kernels, int64_t columns) {
    return stn_linear_depth(columns, kernels->lanes);
}

int64_t stn_linear_gradient_operand_tasks(const stn_kernels *kernels, int64_t outputs) {
    return stn_linear_layout_of(1, outputs, kernels->lanes, 1).outputs / kernels->lanes;
}

int64_t stn_linear_gradient_bytes(const stn_kernels *kernels, int64_t rows, int64_t outputs, int64_t depth,
                                  int64_t threads) {
    stn_linear_layout b = stn_linear_layout_of(rows, outputs, kernels->lanes, depth);
    return b.panels + b.panel_bytes * threads;
}

int64_t stn_weight_gradient_tasks(const stn_convolution_shape *shape) {
    return stn_divide_up(shape->outputs, stn_gradient_channels(shape));
}

int64_t stn_weight_gradient_scratch(const stn_convolution_shape *s) {
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    return stn_gradient_channels(s) * stn_weight_gradient_group(s) * positions * (int64_t)sizeof(stn_entry);
}

int64_t stn_paired_weight_gradient_scratch(const stn_convolution_shape *s) {
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s), group = stn_paired_gradient_group(s);
    int64_t entries = group / 2 * positions * 3 * stn_gradient_channels(s) * (int64_t)sizeof(uint32_t);
    // Loads of a last row run on into what follows.
    return entries + group * s->height * s->width * s->channels * (int64_t)sizeof(uint16_t) + STN_PADDING;
}

int64_t stn_input_gradient_scratch(const stn_convolution_shape *s) {
    stn_border b = stn_border_of(s);
    int64_t entries = stn_pooled_height(s) * stn_pooled_width(s) * STN_CHANNEL_BLOCK;
    // Loads of a last row run on into what follows.
    int64_t weights = b.reach > 0 ? s->outputs * b.kernel + STN_PADDING / 4 : 0;
    return entries * (int64_t)sizeof(stn_entry) + weights * (int64_t)sizeof(float);
}

int64_t stn_batch_norm_blocks(int64_t rows, int64_t channels) {
    return stn_divide_up(rows, stn_batch_norm_block(channels));
}

int64_t stn_patch_convolution_tasks(const stn_convolution_shape *s) {
    return stn_divide_up(stn_patch_positions(s), stn_patch_task_rows(s));
}

int64_t stn_patch_convolution_scratch(const stn_kernels *kernels, const stn_convolution_shape *s) {
    return stn_patch_task_rows(s) * stn_patch_stride(s->channels, kernels->lanes) * (int64_t)sizeof(float);
}

int64_t stn_patch_parts(const stn_convolution_shape *s) {
    int64_t fit = STN_PART_FLOATS / stn_max(1, s->outputs * s->channels);
    return stn_max(1, stn_min(s->images, stn_max(STN_PARTS / 2, stn_min(STN_PARTS, fit))));
}

int64_t stn_patch_gradient_scratch(const stn_kernels *kernels, const stn_convolution_shape *s,
                                   const stn_patch_geometry *g) {
    int64_t row = stn_patch_stride(stn_piece_numbers(s, g), kernels->lanes) +
                  stn_gradient_stride(s->outputs / g->groups, kernels->lanes);
    return stn_piece_rows(s, g) * row * (int64_t)sizeof(float);
}

int stn_depthwise_fits(const stn_kernels *kernels, const stn_convolution_shape *s, const stn_patch_geometry *g) {
    return stn_groups_fit_lanes(s, g, kernels->lanes);
}

int64_t stn_depthwise_gradient_scratch(const stn_kernels *kernels, const stn_convolution_shape *s) {
    int64_t rows = 2 * s->channels + STN_PATCH_ROWS;
    return rows * stn_gradient_stride(s->outputs, kernels->lanes) * (int64_t)sizeof(float);
}

int64_t stn_affine_bands(const stn_affine_sample_arguments *a) {
    return stn_max(1, stn_divide_up(a->height, stn_affine_band_rows(a)));
}

int64_t stn_grid_sample_rows_count(const stn_affine_sample_arguments *a) {
    return a->images * a->output_height * stn_grid_row_stride(a);
}

int64_t stn_affine_sample_gradient_scratch(const stn_kernels *kernels, const stn_affine_sample_arguments *a) {
    int64_t lanes = a->channels <= 4 ? 4 : kernels->lanes;
    int64_t stride = stn_divide_up(a->channels, lanes) * lanes, margins = 2 * (a->mode - 1);
    int64_t rows = stn_min(a->height, stn_affine_band_rows(a)) + margins;
    // A vector of sums may be read from the last on.
    return (rows * (a->width + margins) * stride + kernels->lanes) * (int64_t)sizeof(float);
}

int64_t stn_grid_bands(const stn_grid_frame *frame) {
    return stn_max(1, stn_divide_up(frame->height, stn_grid_band_rows(frame)));
}

int64_t stn_row_pairs(const stn_grid_frame *frame) { return stn_divide_up(frame->height, 2); }

int64_t stn_spline_pairs(int64_t lattice) { return stn_divide_up(lattice, 2) * lattice; }

int64_t stn_flow_scratch(const stn_kernels *kernels, int64_t steps) {
    // The points of four stages a step, x and y.
    return steps * 8 * kernels->lanes * (int64_t)sizeof(float);
}
