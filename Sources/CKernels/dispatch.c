// Which instruction sets this processor has, and the sizes of tasks and scratch that callers ask for.
#include "common.h"

#define STN_TABLE(name) extern const stn_kernels stn_kernels__##name;
STN_TABLE(scalar)
#if defined(__x86_64__)
STN_TABLE(avx2)
STN_TABLE(avx512)
#elif defined(__aarch64__)
STN_TABLE(neon)
#endif
#undef STN_TABLE

const stn_kernels *stn_kernels_for(stn_isa isa) {
    switch (isa) {
    case STN_SCALAR: return &stn_kernels__scalar;
#if defined(__x86_64__)
    case STN_AVX2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &stn_kernels__avx2 : 0;
    case STN_AVX512:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
                   ? &stn_kernels__avx512
                   : 0;
#elif defined(__aarch64__)
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
    if (s->kernel_height != 5 || s->kernel_width != 5 || s->channels < 16 || s->outputs < 32) return 0;
    int64_t tiles = stn_winograd_tiles(s) / stn_max(1, s->images);
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s) * s->pool * s->pool;
    return tiles * 64 * 2 < positions * 25;
}

int64_t stn_winograd_tasks(const stn_kernels *kernels, const stn_convolution_shape *shape) {
    return stn_divide_up(stn_winograd_tiles(shape), STN_WINOGRAD_TILES) *
           stn_winograd_blocking_of(shape, kernels->lanes).splits;
}

int64_t stn_winograd_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape) {
    stn_winograd_blocking b = stn_winograd_blocking_of(shape, kernels->lanes);
    return 64 * (b.tile_stride + b.product_stride) * (int64_t)sizeof(float);
}

int64_t stn_weight_gradient_tasks(const stn_convolution_shape *shape) {
    return stn_divide_up(shape->outputs, stn_gradient_channels(shape));
}

int64_t stn_weight_gradient_scratch(const stn_convolution_shape *shape) {
    stn_convolution_shape s = stn_by_image(shape);
    int64_t positions = stn_pooled_height(&s) * stn_pooled_width(&s);
    // One entry more a list: appending writes the entry before it knows whether it counts.
    return stn_gradient_channels(&s) * (stn_weight_gradient_group(&s) * positions + 1) * (int64_t)sizeof(stn_survivor);
}

int64_t stn_input_gradient_tasks(const stn_convolution_shape *shape) {
    stn_convolution_shape s = stn_by_image(shape);
    return stn_divide_up(s.images, stn_input_gradient_group(&s));
}

int64_t stn_input_gradient_scratch(const stn_convolution_shape *shape) {
    stn_convolution_shape s = stn_by_image(shape);
    int64_t positions = stn_pooled_height(&s) * stn_pooled_width(&s) * stn_input_gradient_group(&s);
    int64_t blocks = stn_divide_up(s.outputs, STN_CHANNEL_BLOCK);
    int64_t windows = s.pool * s.pool;
    int64_t entries = positions * (blocks * STN_CHANNEL_BLOCK + windows) * (int64_t)sizeof(stn_survivor);
    return entries + positions * blocks * windows * (int64_t)sizeof(int32_t);
}
