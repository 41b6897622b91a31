// The kernels for avx2. No logic here: vocabulary, bodies, table.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../common.h"

// After the headers: their functions must keep the baseline target.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "../vec/avx2.h"
#include "table.h"
#pragma clang attribute pop

const stn_kernels stn_kernels__avx2 = {
    .isa = STN_AVX2, .lanes = STN_LANES, .fma_burn = fma_burn__avx2,
    .pairs_burn = pairs_burn__avx2,
#include "../kernels.def"
};
#endif
