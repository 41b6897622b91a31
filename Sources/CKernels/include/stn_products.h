// Everything made of sums of products: packed weights, linear layers, convolutions and their gradients. Contract: stn_kernels.h.
#ifndef STN_PRODUCTS_H
#define STN_PRODUCTS_H

#include "stn_kernels.h"

// Places of a tile of Winograd's filtering: 8×8.
#define STN_WINOGRAD_PLACES 64

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

#endif
