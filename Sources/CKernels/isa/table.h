// Compiles every body for the vocabulary included before, and gathers the kernels in one table.
#define STN_PASTE_(a, b) a##__##b
#define STN_PASTE(a, b) STN_PASTE_(a, b)
#define STN_KERNEL_NAME(name) STN_PASTE(stn_f32_##name, STN_ISA)
#define STN_LOCAL(name) STN_PASTE(name, STN_ISA)

#include "../body/convolution.h"
#include "../body/winograd_transforms.h"
#include "../body/winograd_narrow.h"
#include "../body/winograd_gradient_transforms.h"
#include "../body/accumulate.h"
#include "../body/convolution_gradients.h"
#include "../body/paired_weight_gradient.h"
#include "../body/sampling_positions.h"
#include "../body/grid_positions.h"
#include "../body/affine_sample.h"
#include "../body/grid_sample.h"
#include "../body/volume_sample.h"
#include "../body/elementwise.h"
#include "../body/activation.h"
#include "../body/homography_grid.h"
#include "../body/basis_grid.h"
#include "../body/spline_grid.h"
#include "../body/lattice_grid.h"
#include "../body/flow_grid.h"
#include "../body/matrices.h"
#include "../body/pooling.h"
#include "../body/combination.h"
#include "../body/batch_norm.h"
#include "../body/stream.h"
#include "../body/fma_burn.h"

// Products, once for each precision.
#include "../body/operands_float32.h"
#include "../body/products.h"
#include "../body/winograd.h"
#include "../body/patches.h"
#include "../body/patch_convolution.h"
#include "../body/patch_gradients.h"
#include "../body/depthwise.h"
#include "../body/depthwise_gradients.h"
#include "../body/operands_bfloat16.h"
#include "../body/products.h"

#define STN_KERNEL(name) .name = STN_KERNEL_NAME(name),
