// Kernels that measure the machine. Contract: stn_kernels.h.
#ifndef STN_MEASURING_H
#define STN_MEASURING_H

#include "stn_kernels.h"

// Memory's bandwidth. stream_sum: output[piece] = the sum of a piece of `left`; stream_copy: output =
// left; stream_triad: output = left + factor · right. `right` and `factor` may be left out by the others.
typedef struct {
    int64_t count;
    const float *left;
    const float *right;
    float factor;
    float *output;
} stn_stream_arguments;

#endif
