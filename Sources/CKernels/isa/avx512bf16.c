// The kernels for avx512bf16. No logic here: vocabulary, bodies, table.
#if defined(__x86_64__)
#include <immintrin.h>

#include "../common.h"

// After the headers: their functions must keep the baseline target.
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,bmi2"))), apply_to = function)
#include "../vec/avx512bf16.h"
#include "table.h"
#pragma clang attribute pop

const stn_kernels stn_kernels__avx512bf16 = {
    .isa = STN_AVX512_BF16, .lanes = STN_LANES, .fma_burn = fma_burn__avx512bf16,
    .pairs_burn = pairs_burn__avx512bf16,
#include "../kernels.def"
};
#endif
