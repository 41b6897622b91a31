// Reading images at positions of an affine map or of a stored grid, and the gradients. Contract: stn_kernels.h.
#ifndef STN_SAMPLING_H
#define STN_SAMPLING_H

#include "stn_kernels.h"

// How a sampler reads between pixels; the value is the number of taps along an axis.
typedef enum { STN_NEAREST = 1, STN_BILINEAR = 2, STN_BICUBIC = 4 } stn_sampling_mode;

// Reads `input` at the positions of the affine grid of theta [images, 6]; outside is zero. Coordinates as in Warping:
// normalised, x right, y down, theta maps output to input. A position that is not finite counts as outside; nearest rounds
// ties to even; bicubic is Keys' kernel with A = −0.75. The identity returns the image bit for bit, and a tap of weight zero
// is not read. Extents are below 2²⁴. Reads past `input` (STN_OVER_READ). Tasks: images × output rows.
typedef struct {
    int64_t images, height, width, channels, output_height, output_width, align_corners;
    int64_t mode;  // stn_sampling_mode
    const float *input;
    const float *theta;
    float *output;
} stn_affine_sample_arguments;

// The gradient for theta, in parts to be added by sum_parts, and unless d_input is NULL that for the input (overwritten);
// nearest has none for theta: zeros. One task makes one band of rows of d_input from all output pixels with a tap there, so
// that large images are parallel within; bands depend on the shape alone. Reads past `input` and `d_output`.
// Tasks: images × bands (stn_affine_bands). Scratch: stn_affine_sample_gradient_scratch bytes a thread when d_input is wanted.
typedef struct {
    stn_affine_sample_arguments forward;  // `output` is not used
    const float *d_output;
    float *d_theta_parts;  // [images, bands, 6]
    float *d_input;
    char *scratch;
    int64_t scratch_bytes;
} stn_affine_sample_gradient_arguments;

// What a sampler reads beyond the edges: SamplingPadding in Warping says what each means.
typedef enum { STN_ZEROS = 0, STN_BORDER = 1, STN_REFLECTION = 2, STN_WRAP = 3, STN_CONSTANT = 4 } stn_sampling_padding;

// Reads `input` at the positions of a grid [images, output_height, output_width, 2] of normalised (x, y), under any padding;
// several grids for an image are one of as many times the rows. A position within a few units in the last place of a pixel's
// centre is that centre; one that is not finite reads the constant, or zero. A tap of weight zero is not read. Reads past
// `input` and `constant` (STN_OVER_READ). Tasks: images × output rows.
typedef struct {
    stn_affine_sample_arguments sample;  // `theta` is not used
    const float *grid;
    int64_t padding;        // stn_sampling_padding
    const float *constant;  // [channels] for STN_CONSTANT, else NULL
} stn_grid_sample_arguments;

// Its gradients, both overwritten:
// grid_sample_grid_gradient makes d_grid, as it stands in `grid`. Tasks: images × output rows.
// grid_sample_input_gradient makes d_input, one band of rows a task as affine_sample_gradient does. Tasks: images × bands
// (stn_affine_bands). With more bands than one it needs the input rows that grid_sample_rows finds before, so that a band does
// not look at the whole grid. Tasks of that: images × output rows. With a single band it makes d_grid too, unless that is NULL.
// Reads past `input`, `constant` and `d_output`. Scratch: stn_affine_sample_gradient_scratch bytes a thread, for d_input.
typedef struct {
    stn_grid_sample_arguments forward;  // `output` is not used
    const float *d_output;
    float *d_grid;
    float *d_input;
    int32_t *rows;  // stn_grid_sample_rows_count; NULL with a single band, which skips nothing
    char *scratch;
    int64_t scratch_bytes;
} stn_grid_sample_gradient_arguments;

// Reads volumes at the positions of a grid [volumes, output_depth, output_height, output_width, 3] of normalised (x, y, z), as
// grid_sample does images. Tasks: volumes × output slices × output rows.
typedef struct {
    int64_t volumes, depth, height, width, channels, output_depth, output_height, output_width, align_corners;
    int64_t mode;     // stn_sampling_mode
    int64_t padding;  // stn_sampling_padding
    const float *input;
    const float *grid;
    const float *constant;  // [channels] for STN_CONSTANT, else NULL
    float *output;
} stn_volume_sample_arguments;

// Its gradients, both overwritten; either may be NULL. Tasks: volumes.
typedef struct {
    stn_volume_sample_arguments forward;  // `output` is not used
    const float *d_output;
    float *d_grid;
    float *d_input;
} stn_volume_sample_gradient_arguments;

int64_t stn_affine_bands(const stn_affine_sample_arguments *arguments);
int64_t stn_grid_sample_rows_count(const stn_affine_sample_arguments *arguments);
int64_t stn_affine_sample_gradient_scratch(const stn_kernels *kernels, const stn_affine_sample_arguments *arguments);

#endif
