// The kernels for neon. No logic here: vocabulary, bodies, table.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "../common.h"
#include "../vec/neon.h"
#include "table.h"

const stn_kernels stn_kernels__neon = {
    .isa = STN_NEON, .lanes = STN_LANES, .fma_burn = fma_burn__neon,
    .pairs_burn = pairs_burn__neon,
#include "../kernels.def"
};
#endif
