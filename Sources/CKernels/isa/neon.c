// The kernels for neon. No logic here: vocabulary, bodies, table.
#include "../common.h"

#if STN_HAS_NEON
#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include "../vec/neon_emulated.h"
#pragma clang attribute push(__attribute__((target("fma,sse4.1"))), apply_to = function)
#endif

#include "../vec/neon.h"
#include "table.h"

#if !defined(__aarch64__)
#pragma clang attribute pop
#endif

const stn_kernels stn_kernels__neon = {
    .isa = STN_NEON, .lanes = STN_LANES, .fma_burn = fma_burn__neon,
    .pairs_burn = pairs_burn__neon,
#include "../kernels.def"
};
#endif
