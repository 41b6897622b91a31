// Layers that are not products: pooling, batch normalisation, what works number by number. Contract: stn_kernels.h.
#ifndef STN_LAYERS_H
#define STN_LAYERS_H

#include "stn_kernels.h"

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

int64_t stn_batch_norm_blocks(int64_t rows, int64_t channels);

#endif
