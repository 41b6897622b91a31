// The contract of the SIMD kernels. All tensors are float32, channels innermost, densely packed.
//
// Every kernel has the same form, kernel(arguments, first, last, thread): it does the tasks first ..< last of a number of
// independent tasks stated below, so a caller may split them among threads in any way and gets the same bits. `thread`
// selects the caller's slice of `scratch`. Kernels allocate nothing, take no locks and cannot fail.
//
// STN_OVER_READ: where noted, a kernel may read (never use) up to STN_PADDING bytes past the end of an input; buffers
// handed to it need that much readable memory behind them. Nothing is ever written outside the stated outputs.
//
// Arguments, tasks and sizes stand by group in the headers beside this one: stn_products.h, stn_sampling.h, stn_grids.h,
// stn_layers.h, stn_learning.h, stn_measuring.h.
#ifndef STN_KERNELS_H
#define STN_KERNELS_H

#include <stdint.h>

#define STN_PADDING 128

typedef void (*stn_task)(const void *arguments, int64_t first, int64_t last, int64_t thread);

typedef enum { STN_SCALAR = 0, STN_NEON = 1, STN_AVX2 = 2, STN_AVX512 = 3, STN_AVX512_BF16 = 4 } stn_isa;

// The kernels of one instruction set.
typedef struct {
    stn_isa isa;
    int64_t lanes;
    // Runs rounds × 48 vector FMAs in independent chains and returns the flops done: the peak of one core.
    double (*fma_burn)(int64_t rounds);
    // The same with products of pairs of bfloat16, four flops a lane.
    double (*pairs_burn)(int64_t rounds);
#define STN_KERNEL(name) stn_task name;
#include "../kernels.def"
#undef STN_KERNEL
} stn_kernels;

// The kernels of `isa`, or NULL when this processor or build cannot run them.
const stn_kernels *stn_kernels_for(stn_isa isa);

// What kernels.def calls one of `kernels`; "unknown" when it is none of them.
const char *stn_kernel_name(const stn_kernels *kernels, stn_task task);

// One turn of a spin loop.
static inline void stn_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
