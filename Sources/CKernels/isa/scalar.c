// The kernels for scalar. No logic here: vocabulary, bodies, table.

#include "../common.h"
#include "../vec/scalar.h"
#include "table.h"

const stn_kernels stn_kernels__scalar = {
    .isa = STN_SCALAR, .lanes = STN_LANES, .fma_burn = fma_burn__scalar,
    .pairs_burn = pairs_burn__scalar,
#include "../kernels.def"
};
