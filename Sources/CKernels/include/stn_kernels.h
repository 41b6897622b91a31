// The contract of the SIMD kernels. All tensors are float32, channels innermost, densely packed.
//
// Every kernel has the same form, kernel(arguments, first, last, thread): it does the tasks first ..< last of a number of
// independent tasks stated below, so a caller may split them among threads in any way and gets the same bits. `thread`
// selects the caller's slice of `scratch`. Kernels allocate nothing, take no locks and cannot fail.
//
// STN_OVER_READ: where noted, a kernel may read (never use) up to STN_PADDING bytes past the end of an input; buffers
// handed to it need that much readable memory behind them. Nothing is ever written outside the stated outputs.
#ifndef STN_KERNELS_H
#define STN_KERNELS_H

#include <stdint.h>

#define STN_PADDING 128
// Places of a tile of Winograd's filtering: 8×8.
#define STN_WINOGRAD_PLACES 64

typedef void (*stn_task)(const void *arguments, int64_t first, int64_t last, int64_t thread);

// A convolution with stride 1, optionally followed by 2×2 max-pooling with stride 2 and by ReLU.
// input  [images, height, width, channels]
// weight [outputs, kernel_height, kernel_width, channels], bias [outputs]
// output [images, pooled_height, pooled_width, outputs], pooled = (padded height − kernel_height + 1) / pool, rounded down
// A linear layer on a batch is images = 1, height = 1, width = batch, kernel 1×1.
// Zeros around the image: kernels named winograd, but for winograd_narrow, take any; the others none.
typedef struct {
    int64_t images, height, width, channels;
    int64_t kernel_height, kernel_width, outputs;
    int64_t pool;  // 1 (none) or 2
    int64_t relu;  // 0 or 1
    int64_t top, bottom, left, right;  // rows and columns of zeros around the image
} stn_convolution_shape;

// Rearranges weight [rows, columns] to blocks: packed [rows / block, columns, block], missing rows as zeros.
// `block` is stn_kernels.lanes or twice that. Tasks: blocks. With more tasks, more weights of that size follow, the groups of
// a convolution: weight [groups, rows, columns] to packed [groups, rows / block, columns, block].
typedef struct {
    const float *weight;
    void *packed;
    int64_t rows, columns, block;
} stn_pack_arguments;

// A linear layer: output [rows, outputs] = relu(input [rows, inputs] · weightᵀ + bias). Either
// linear_operands (tasks: stn_linear_operand_tasks), then linear (tasks: stn_linear_tasks), or for few rows
// linear_packed_bf16 (tasks: stn_linear_packed_tasks), its weight packed by pack_bf16 with a block of 2 × lanes.
// Scratch: stn_linear_scratch bytes a thread. Workspace: stn_linear_workspace bytes, shared by all threads.
typedef struct {
    int64_t rows, inputs, outputs, relu;
    const float *input;
    const float *weight;  // as stored, for linear
    const void *packed;   // for linear_packed_bf16
    const float *bias;
    float *output;
    char *workspace;      // for linear
    char *scratch;
    int64_t scratch_bytes;
} stn_linear_arguments;

// Gradients of a linear layer, all overwritten: linear_gradient_operands (tasks: stn_linear_gradient_operand_tasks), then
// linear_gradients (tasks: blocks of 2 × lanes inputs). Workspace: stn_linear_gradient_bytes, shared by all threads.
typedef struct {
    int64_t rows, inputs, outputs, relu;
    const float *input;
    const float *weight;    // as stored, not packed
    const float *output;    // needed when relu
    const float *d_output;
    float *d_input;         // or NULL
    float *d_weight;
    float *d_bias;
    char *workspace;
} stn_linear_gradient_arguments;

// output = relu(max_pool(scale · (input ∗ weight + bias))), with one scale an image and output channel (channel dropout).
// `choice` (may be NULL) receives 0 ... 3: which pixel of its window, in reading order, each pooled output came from; ties
// go to the first, as in PyTorch. NaN passes through pooling and ReLU.
// Tasks: blocks of output channels × images × pooled rows, block outermost: stn_convolution_tasks.
typedef struct {
    stn_convolution_shape shape;
    const float *input;
    const void *packed;          // weight, packed with `block` = stn_convolution_block
    const float *bias;           // or NULL
    const float *channel_scale;  // [images, outputs] or NULL
    float *output;
    uint8_t *choice;             // as output, or NULL
} stn_convolution_arguments;

// The same convolution for square kernels of 3, 5 or 7 taps by Winograd's minimal filtering, see body/winograd.h; the packed
// weights are those of winograd_pack. Tasks: stn_winograd_tasks. Scratch: stn_winograd_scratch bytes a thread.
typedef struct {
    stn_convolution_arguments convolution;
    char *scratch;
    int64_t scratch_bytes;
} stn_winograd_arguments;

// Transforms weight [outputs, taps, taps, channels]. Tasks: blocks of 2 × lanes outputs, the last one filled up with zeros;
// for the gradient of the input, winograd_pack_transposed, blocks of channels.
typedef struct {
    const float *weight;
    void *packed;  // [blocks, 64, channels, 2 × lanes], transposed [blocks, 64, outputs, 2 × lanes]
    int64_t outputs, channels, taps;
} stn_winograd_pack_arguments;

// What both gradients of a convolution are made from.
typedef struct {
    const float *output;         // needed when relu
    const uint8_t *choice;       // needed when pool = 2
    const float *channel_scale;  // as given to the forward pass
    const float *d_output;
} stn_convolution_gradient_operands;

// Gradients by Winograd's way, see body/winograd_gradients.h, a group of stn_winograd_gradient_images images at a time:
// winograd_gradient_tiles (tasks: stn_winograd_gradient_tile_tasks), winograd_gradient_products (tasks: the places), and when dInput
// is wanted winograd_input_gradient (tasks: image_count); behind the last group winograd_weight_gradient (tasks: blocks of
// `lanes` outputs). Groups come in order. dInput, dWeight and, unless NULL, dBias are overwritten.
typedef struct {
    stn_convolution_shape shape;
    int64_t first_image, image_count;
    stn_convolution_gradient_operands operands;
    const float *input;
    const void *packed;          // by winograd_pack_transposed; needed when dInput is wanted
    float *d_input;              // or NULL
    float *d_weight;
    float *d_bias;
    char *workspace;             // stn_winograd_gradient_bytes, shared by all threads
} stn_winograd_gradient_arguments;

// dWeight and dBias (overwritten) from dOutput, visiting only positions that carry gradient: under pooling one in four.
// Exact, not approximate. Reads past `input` (STN_OVER_READ).
// Tasks: groups of output channels, stn_weight_gradient_tasks. Scratch: stn_weight_gradient_scratch bytes a thread; for
// convolution_weight_gradient_bf16, which rounds input and gradients to bfloat16, stn_paired_weight_gradient_scratch.
typedef struct {
    stn_convolution_shape shape;
    stn_convolution_gradient_operands operands;
    const float *input;
    float *d_weight;
    float *d_bias;
    char *scratch;
    int64_t scratch_bytes;       // of one thread
} stn_convolution_weight_gradient_arguments;

// dInput (overwritten) from dOutput, likewise. Reads past `weight`.
// Tasks: images. Scratch: stn_input_gradient_scratch bytes a thread.
typedef struct {
    stn_convolution_shape shape;
    stn_convolution_gradient_operands operands;
    const float *weight;         // as stored, not packed
    float *d_input;
    char *scratch;
    int64_t scratch_bytes;
} stn_convolution_input_gradient_arguments;

// Where the patches of a convolution lie in its input [images, height, width, channels], which is zero outside. A patch is what
// a kernel sees at one position: kernel_height × kernel_width taps with the channels of one group. Tap (i, j) at position (y, x)
// reads row y · stride_height − top + i · dilation_height, and its column likewise. Products of two numbers fit int64_t.
typedef struct {
    int64_t height, width, channels;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width, dilation_height, dilation_width;
    int64_t top, left;
    int64_t groups;
} stn_patch_geometry;

// A convolution of any geometry as the 1×1 convolution of its patches: convolution.shape has one pixel a position before
// pooling, the numbers of a patch as channels, all outputs, and no padding; convolution.input is the image, not the patches.
// patch_convolution: weights packed group by group with `block` = stn_convolution_block(outputs / groups);
//     tasks: stn_patch_convolution_tasks. Scratch: stn_patch_convolution_scratch bytes a thread.
// depthwise: groups of one channel and output, or of so few that they fit into half of a vector (stn_depthwise_fits); weights
//     packed with `block` = lanes; tasks: images × pooled rows.
typedef struct {
    stn_convolution_arguments convolution;
    stn_patch_geometry geometry;
    char *scratch;
    int64_t scratch_bytes;
} stn_patch_convolution_arguments;

// Both gradients of these, dInput overwritten, dWeight and dBias in parts to be added by sum_parts: a part has some of the
// images (stn_patch_parts), so that each sum and each image has one owner.
// patch_gradients: tasks: parts × groups. Scratch: stn_patch_gradient_scratch bytes a thread. Reads past `weight` and `input`.
// depthwise_gradients: tasks: parts. Scratch: stn_depthwise_gradient_scratch bytes a thread.
typedef struct {
    stn_convolution_shape shape;  // as convolution.shape above
    stn_patch_geometry geometry;
    stn_convolution_gradient_operands operands;
    const float *input;
    const float *weight;          // as stored
    float *d_input;               // or NULL
    float *d_weight_parts;        // [outputs, parts, numbers of a patch]
    float *d_bias_parts;          // [parts, outputs], or NULL
    char *scratch;
    int64_t scratch_bytes;
} stn_patch_gradient_arguments;

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
    int32_t *rows;  // stn_grid_sample_rows_count, or NULL with a single band
    char *scratch;
    int64_t scratch_bytes;
} stn_grid_sample_gradient_arguments;

// The positions of a grid [images, height, width, 2] before they are transformed: their normalised coordinates.
typedef struct {
    int64_t images, height, width;
    const float *x;  // [width]
    const float *y;  // [height]
} stn_grid_frame;

// The gradients of all grids for what they depend on come in parts, one a band of rows, to be added by sum_parts: [images, bands,
// numbers], overwritten. Tasks of these: images × bands (stn_grid_bands), which depend on the frame's size alone.

// The grid of an affine map, theta [images, 6], or of a homography whose last entry is 1, theta [images, 8]: `parameters`
// numbers. Past a homography's horizon (w below 2⁻¹⁰, or not a number) both coordinates are +∞, and have no gradient.
// Tasks: images × rows.
typedef struct {
    stn_grid_frame frame;
    int64_t parameters;  // 6 or 8
    const float *theta;
    float *grid;
} stn_homography_grid_arguments;

typedef struct {
    stn_homography_grid_arguments forward;  // `grid` is not used
    const float *d_grid;
    float *d_theta_parts;  // [images, bands, parameters]
} stn_homography_grid_gradient_arguments;

// grid = positions + Σ over functions of basis · theta, for x and y alike. Tasks: rows × images, row outermost; of the
// gradient bands × images, band outermost: images share the basis.
typedef struct {
    stn_grid_frame frame;
    int64_t functions;
    const float *basis;  // [height, functions, width]
    const float *theta;  // [images, functions, 2]
    float *grid;
} stn_basis_grid_arguments;

typedef struct {
    stn_basis_grid_arguments forward;  // `theta` and `grid` are not used
    const float *d_grid;
    float *d_theta_parts;  // [images, bands, functions, 2]
} stn_basis_grid_gradient_arguments;

// Points of a lattice on both sides of a position along one axis: the first, and the share of its successor.
typedef struct {
    int32_t first;
    float share;
} stn_lattice_place;

// grid = positions + displacements theta [images, lattice_height, lattice_width, 2], blended between the lattice's points; one
// each where the lattice is as large as the grid. Tasks: images × rows. The gradient d_theta (overwritten) is made lattice row
// by lattice row. Tasks: images × lattice rows.
typedef struct {
    stn_grid_frame frame;
    int64_t lattice_height, lattice_width;
    const stn_lattice_place *columns;  // [width]
    const stn_lattice_place *rows;     // [height], ascending
    const float *theta;
    float *grid;
} stn_lattice_grid_arguments;

typedef struct {
    stn_lattice_grid_arguments forward;  // `theta` and `grid` are not used
    const float *d_grid;
    float *d_theta;
} stn_lattice_grid_gradient_arguments;

// Where a velocity carries positions in unit time, by `steps` equal steps of the classical Runge–Kutta method. [−1, 1]² is cut
// into cells × cells squares, and each into four triangles that meet at its centre: right, left, bottom, top. On each the
// velocity is affine: pieces [images, cells, cells, 4, 3, 2] are what its (x, y) gain by x, by y, and at 0. Outside, it is that of
// the nearest point of the border. Tasks: images × rows. Scratch, for the gradient: stn_flow_scratch bytes a thread.
typedef struct {
    stn_grid_frame frame;
    int64_t cells, steps;
    const float *pieces;
    float *grid;
} stn_flow_grid_arguments;

typedef struct {
    stn_flow_grid_arguments forward;  // `grid` is not used
    const float *d_grid;
    float *d_piece_parts;  // [images, bands, cells, cells, 4, 3, 2]
    char *scratch;
    int64_t scratch_bytes;
} stn_flow_grid_gradient_arguments;

// What follows works image by image. Tasks: pieces of STN_ROWS images.

// The 2×3 matrix of a window: (sx·cos α, −sx·sin α / aspect, tx; sy·aspect·sin α, sy·cos α, ty). Each of the five is a number of
// theta [images, parameters], whose place is given, or, at place −1, no rotation, `scale` or no shift; both scales may share
// a place. window_matrix makes `matrices` [images, 6]; window_matrix_gradient makes d_theta (overwritten) from d_matrices.
typedef struct {
    int64_t images, parameters;
    int64_t angle, scale_x, scale_y, shift_x, shift_y;
    float scale, aspect;
    const float *theta;
    float *matrices;
    const float *d_matrices;
    float *d_theta;
} stn_window_matrix_arguments;

// product = left · right, 2×3 matrices [images, 6] with a last row (0 0 1); matrix_product_gradient makes d_left and d_right
// (overwritten; either may be NULL).
typedef struct {
    int64_t images;
    const float *left;
    const float *right;
    float *product;
    const float *d_product;
    float *d_left;
    float *d_right;
} stn_matrix_product_arguments;

// theta = identity + reach · tanh(raw), [images, parameters] with one identity and reach; bounds_gradient makes d_raw
// (overwritten) from d_theta.
typedef struct {
    int64_t images, parameters;
    const float *identity;  // [parameters]
    const float *reach;     // [parameters]
    const float *raw;
    float *theta;
    const float *d_theta;
    float *d_raw;
} stn_bounds_arguments;

// output [sums, width] = Σ over parts, in order, of input [sums, parts, width]. Tasks: sums.
typedef struct {
    int64_t parts, width;
    const float *input;
    float *output;
} stn_sum_parts_arguments;

// The windows of a pooling over input [images, height, width, channels] to output [images, output_height, output_width,
// channels]: window (y, x) covers rows y · stride − padding ..< that + window_height and columns likewise, as far as they are
// inside. Each has a pixel inside. Forward passes have images × output_height tasks, gradients images × height.
typedef struct {
    int64_t images, height, width, channels, output_height, output_width;
    int64_t window_height, window_width, stride, padding;
} stn_pooling_shape;

// The largest of each window. `choice` (may be NULL) receives its place in the window in reading order, ties to the first,
// the last NaN above all; a window has at most 255 places.
typedef struct {
    stn_pooling_shape shape;
    const float *input;
    float *output;
    uint8_t *choice;
} stn_max_pool_arguments;

typedef struct {
    stn_pooling_shape shape;
    const uint8_t *choice;
    const float *d_output;
    float *d_input;  // overwritten
} stn_max_pool_gradient_arguments;

// The sum of each window over its number of pixels, those of the padding included when `counts_padding`.
// average_pool: input to output; average_pool_gradient: d_output to d_input (overwritten).
typedef struct {
    stn_pooling_shape shape;
    int64_t counts_padding;
    const float *input;
    float *output;
    const float *d_output;
    float *d_input;
} stn_average_pool_arguments;

// Batch normalisation of input [rows, channels]: output = relu((input − mean) · scale + bias), mean NULL for zero.
// Tasks: B are blocks of rows, stn_batch_norm_blocks; V are vectors of channels.
//   batch_norm_parts (B), then batch_norm_moments (V): input and weight to mean, variance (over rows), inverse_deviation =
//     1 / √(variance + epsilon) and scale = weight · inverse_deviation
//   batch_norm (B): input, mean, scale and bias to output
//   batch_norm_gradient_parts (B), then batch_norm_gradient_sums (V): input, d_output and all of the above to d_weight, d_bias
//     and shares
//   batch_norm_gradient (B): these to d_input (overwritten)
typedef struct {
    int64_t rows, channels, relu;
    float epsilon;
    const float *input;
    const float *weight, *bias;
    float *parts;  // [blocks, 2, channels]
    float *mean, *variance, *inverse_deviation, *scale;
    float *output;
    const float *d_output;
    float *d_weight, *d_bias;
    float *shares;  // [2, channels]
    float *d_input;
} stn_batch_norm_arguments;

// Running statistics after one more batch of `rows` > 1: (1 − momentum) · running + momentum · the batch's, whose variance is
// over rows − 1 there; *batches counts on. Tasks: one.
typedef struct {
    int64_t rows, channels;
    float momentum;
    const float *mean, *variance;
    float *running_mean, *running_variance, *batches;
} stn_batch_norm_follow_arguments;

// Weight [rows, columns] (NULL for ones) and bias (NULL for zeros) of a layer to those that give what batch normalisation
// makes of its output: weight · f and (bias − mean) · f + shift with f = scale / √(variance + epsilon). Tasks: rows.
typedef struct {
    int64_t columns;
    float epsilon;
    const float *weight, *bias;
    const float *scale, *shift, *mean, *variance;
    float *folded_weight, *folded_bias;
} stn_batch_norm_fold_arguments;

// Elementwise kernels. Tasks: pieces of STN_PIECE elements of `count`.
#define STN_PIECE 4096

typedef struct {
    int64_t count;
    const float *input;
    float *output;
} stn_relu_arguments;

typedef struct {
    int64_t count;
    const float *output;
    const float *d_output;
    float *d_input;
} stn_relu_gradient_arguments;

// PyTorch's functions of these names; STN_GELU by the error function, STN_GELU_TANH by its approximation.
typedef enum {
    STN_LEAKY_RELU, STN_GELU, STN_GELU_TANH, STN_SILU, STN_TANH, STN_SIGMOID
} stn_activation_function;

// activation: output = f(input). activation_gradient: output = f′(input) · d_output; at zero STN_LEAKY_RELU has the slope of
// negative numbers.
typedef struct {
    int64_t count, function;
    float slope;  // of STN_LEAKY_RELU
    const float *input;
    const float *d_output;  // for activation_gradient
    float *output;
} stn_activation_arguments;

// output[i] = input[i] · factor[…]: factor is as long as input, or one an image and channel when `channels` > 0:
// factor [images, channels] against input [images, pixels, channels].
typedef struct {
    int64_t count, pixels, channels;
    const float *input;
    const float *factor;
    float *output;
} stn_scale_arguments;

// accumulator += addend.
typedef struct {
    int64_t count;
    const float *addend;
    float *accumulator;
} stn_add_arguments;

// output = left + right, or its ReLU.
typedef struct {
    int64_t count, relu;
    const float *left;
    const float *right;
    float *output;
} stn_residual_sum_arguments;

// d_input = d_output, or is added to when `adds`; with `output` (else NULL) zero where that is not positive.
typedef struct {
    int64_t count, adds;
    const float *output;
    const float *d_output;
    float *d_input;
} stn_residual_gradient_arguments;

// Copies, or adds when `adds`, rows of `width` floats that start `input_stride` and `output_stride` floats apart.
// Tasks: pieces of STN_ROWS rows.
#define STN_ROWS 64
typedef struct {
    int64_t rows, width, adds;
    const float *input;
    int64_t input_stride;
    float *output;
    int64_t output_stride;
} stn_copy_rows_arguments;

// For measuring the memory's bandwidth. stream_sum: output[piece] = the sum of a piece of `left`; stream_copy: output =
// left; stream_triad: output = left + factor · right. `right` and `factor` may be left out by the others.
typedef struct {
    int64_t count;
    const float *left;
    const float *right;
    float factor;
    float *output;
} stn_stream_arguments;

// mask[i] = 0 with the given probability, else 1 / (1 − probability). Word i of the Philox stream (key, step, stream) is
// word i % 4 of block i / 4; element i is dropped when its word is below threshold = probability · 2³².
typedef struct {
    int64_t count;
    uint32_t key_low, key_high, step, stream, threshold;
    float keep_scale;
    float *mask;
} stn_dropout_mask_arguments;

// For each row of logits [rows, classes]: the cross entropy to its target (may be NULL: skipped), the gradient (softmax −
// target) · gradient_scale (may be NULL), log_probabilities (may be NULL) and the index of the largest logit. The target is
// (1 − smoothing) · one-hot + smoothing / classes. Tasks: rows.
typedef struct {
    int64_t rows, classes;
    const float *logits;
    const int32_t *labels;
    float gradient_scale, smoothing;
    float *losses;
    float *d_logits;
    float *log_probabilities;
    int32_t *predictions;
} stn_cross_entropy_arguments;

// torch.optim.SGD: g = gradient + weight_decay · p; velocity = momentum · velocity + g; p −= rate · velocity.
// `velocity` starts at zero, and may be NULL when momentum = 0. Tasks: pieces.
typedef struct {
    int64_t count;
    float *parameters;
    const float *gradients;
    float *velocity;
    float rate, momentum, weight_decay;
} stn_sgd_arguments;

// torch.optim.Adam and AdamW. corrected_rate = rate / (1 − beta1^t), correction_root = √(1 − beta2^t); shrink = 1 for Adam,
// 1 − rate · weight decay for AdamW, whose weight_decay is 0 here. Tasks: pieces.
typedef struct {
    int64_t count;
    float *parameters;
    const float *gradients;
    float *first_moment, *second_moment;
    float corrected_rate, correction_root, beta1, beta2, epsilon, weight_decay, shrink;
} stn_adam_arguments;

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

// Lanes of one block of packed weights, a function of the number of outputs.
int64_t stn_convolution_block(const stn_kernels *kernels, int64_t outputs);
int64_t stn_convolution_tasks(const stn_kernels *kernels, const stn_convolution_shape *shape);
// Whether Winograd's way takes less than half of the multiplications, with padding two thirds: 3, 5 or 7 taps a side with
// enough channels and outputs.
int stn_winograd_fits(const stn_convolution_shape *shape);
// Whether winograd_narrow can run it: 5×5 and 7×7 kernels on at most 4 channels. Its weights are winograd_narrow_pack's, packed
// [vectors of outputs, 8, channels, 8, lanes]; a task is a row of tiles.
int stn_winograd_narrow_fits(const stn_convolution_shape *shape);
int64_t stn_winograd_narrow_tasks(const stn_convolution_shape *shape);
int64_t stn_winograd_narrow_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape);
int64_t stn_winograd_tasks(const stn_kernels *kernels, const stn_convolution_shape *shape);
int64_t stn_winograd_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape);
// Whether the gradients are faster by Winograd's way than over survivors.
int stn_winograd_gradient_fits(const stn_convolution_shape *shape);
// The sizes of the gradients' groups and workspace; `depth` is 1 for float32, 2 for bfloat16.
int64_t stn_winograd_gradient_images(const stn_kernels *kernels, const stn_convolution_shape *shape);
int64_t stn_winograd_gradient_tile_tasks(const stn_convolution_shape *shape, int64_t images);
int64_t stn_winograd_gradient_bytes(const stn_kernels *kernels, const stn_convolution_shape *shape, int64_t depth);
int64_t stn_linear_operand_tasks(const stn_kernels *kernels, int64_t inputs);
int64_t stn_linear_tasks(const stn_kernels *kernels, int64_t outputs);
int64_t stn_linear_workspace(const stn_kernels *kernels, int64_t rows, int64_t inputs, int64_t depth);
int64_t stn_linear_packed_tasks(const stn_kernels *kernels, int64_t rows, int64_t outputs);
int64_t stn_linear_scratch(const stn_kernels *kernels, int64_t inputs);
// Operands that pack_bf16 writes for a block of rows of `columns` numbers, for each row of the block.
int64_t stn_packed_pairs(const stn_kernels *kernels, int64_t columns);
int64_t stn_linear_gradient_operand_tasks(const stn_kernels *kernels, int64_t outputs);
int64_t stn_linear_gradient_bytes(const stn_kernels *kernels, int64_t rows, int64_t outputs, int64_t depth,
                                  int64_t threads);
int64_t stn_weight_gradient_tasks(const stn_convolution_shape *shape);
int64_t stn_weight_gradient_scratch(const stn_convolution_shape *shape);
int64_t stn_paired_weight_gradient_scratch(const stn_convolution_shape *shape);
int64_t stn_input_gradient_scratch(const stn_convolution_shape *shape);
int64_t stn_batch_norm_blocks(int64_t rows, int64_t channels);
int64_t stn_patch_convolution_tasks(const stn_convolution_shape *shape);
int64_t stn_patch_convolution_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape);
// Parts of the gradients by patches and of depthwise ones; a function of the shape.
int64_t stn_patch_parts(const stn_convolution_shape *shape);
int64_t stn_patch_gradient_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape,
                                   const stn_patch_geometry *geometry);
// Whether the depthwise kernels can run it.
int stn_depthwise_fits(const stn_kernels *kernels, const stn_convolution_shape *shape,
                       const stn_patch_geometry *geometry);
int64_t stn_depthwise_gradient_scratch(const stn_kernels *kernels, const stn_convolution_shape *shape);
int64_t stn_affine_bands(const stn_affine_sample_arguments *arguments);
int64_t stn_grid_sample_rows_count(const stn_affine_sample_arguments *arguments);
int64_t stn_affine_sample_gradient_scratch(const stn_kernels *kernels, const stn_affine_sample_arguments *arguments);
int64_t stn_grid_bands(const stn_grid_frame *frame);
int64_t stn_flow_scratch(const stn_kernels *kernels, int64_t steps);

// One turn of a spin loop.
static inline void stn_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
