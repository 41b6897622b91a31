// The kernels for avx512. No logic here: vocabulary, bodies, table.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../common.h"

// After the headers: their functions must keep the baseline target.
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma,bmi2"))), apply_to = function)
#include "../vec/avx512.h"
#include "table.h"
#pragma clang attribute pop

const stn_kernels stn_kernels__avx512 = {
    .isa = STN_AVX512, .lanes = STN_LANES, .fma_burn = fma_burn__avx512,
    .pairs_burn = pairs_burn__avx512,
#include "../kernels.def"
};
#endif
