// Dropout, loss and updates. Contract: stn_kernels.h.
#ifndef STN_LEARNING_H
#define STN_LEARNING_H

#include "stn_kernels.h"

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

// Numbers that must be below `limit` in magnitude, which NaN never is; a limit of infinity asks for finite ones.
typedef struct {
    int64_t count;
    const float *values;
    float limit;
} stn_screened_part;

// Says of each part whether one of its numbers is not. Tasks: parts.
typedef struct {
    const stn_screened_part *parts;
    uint8_t *failed;
} stn_screen_arguments;

// torch.optim.SGD: g = gradient + weight_decay · p; velocity = momentum · velocity + g; p −= rate · velocity.
// `velocity` starts at zero, and may be NULL when momentum = 0. Tasks: pieces of STN_PIECE parameters (stn_layers.h).
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

#endif
