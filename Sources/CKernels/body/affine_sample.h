// Affine grid and sampler in one: positions are computed a few at a time, and no grid is stored.
//
// Shapes     input [images, height, width, channels], theta [images, 6] → [images, output_height, output_width, channels].
// Blocking   a pixel's weights are broadcast from the block of positions; up to four channels go through as one quad, more
//            as vectors. Gradients: one task owns a band of input rows and looks at the output pixels whose taps may fall
//            there, row by row, so every sum has one order. Sums of up to four channels are kept four floats apart: stores
//            of neighbours would overlap, and a load across two stores waits for both.
// Bound by   loads in the first-level cache for few channels (nearest: 1, bilinear: 4 + 4 weights, bicubic: 16 + 8 for a
//            part) and putting vectors together, memory for many.



// The kind of part, then what is compiled for it, sampling on stored grids too.
#define STN_PART_LOCAL(name) STN_PASTE(STN_PART(name), STN_ISA)

#include "sampling_group.h"
#include "sampling_pairs.h"
#include "sampling_prefetch.h"
#include "sampling_wide.h"

#define STN_PART_TYPE quad
#define STN_PART(name) quad_##name
#define STN_PART_LANES 4
#define STN_PART_IS_PIXEL 1
#include "sampling_pixel.h"
#include "sampling_sums.h"
#include "sampling_pixel_gradient.h"
#include "grid_pixel.h"
#undef STN_PART_TYPE
#undef STN_PART
#undef STN_PART_LANES
#undef STN_PART_IS_PIXEL

#undef STN_PART_COUNT
#undef STN_PART_LOAD
#define STN_PART_TYPE vec
#define STN_PART(name) vec_##name
#define STN_PART_LANES STN_LANES
#define STN_PART_IS_PIXEL 0
#include "sampling_pixel.h"
#include "sampling_sums.h"
#include "sampling_pixel_gradient.h"
#include "grid_pixel.h"

// Output rows first ..< last, by number of taps and kind of part, which both are constants.
STN_INLINE void STN_LOCAL(sample_rows)(int taps, int quads, const stn_affine_sample_arguments *a, int64_t first,
                                       int64_t last) {
    // No store can change a copy, so it is not read again after each. With sixteen taps registers are short, and it is slower.
    const stn_affine_sample_arguments copy = *a;
    if (taps < 4) a = &copy;
    STN_LOCAL(geometry) geometry = STN_LOCAL(geometry_of)(taps, a, 0);
    if (taps == 4) STN_KEEP_IN_MEMORY(geometry);
    STN_LOCAL(sampling_map) map;
    for (int64_t task = first, image = -1; task < last; task++) {
        int64_t row = task % a->output_height;
        if (image != task / a->output_height) {
            image = task / a->output_height;
            map = STN_LOCAL(sampling_map_of)(a, a->theta + image * 6);
        }
        float m = STN_LOCAL(from_middle)(row, a->output_height);
        const float *input = a->input + image * a->height * a->width * a->channels;
        float *output = a->output + task * a->output_width * a->channels;
        if (quads && a->channels == 3)
            STN_LOCAL(quad_sample_row)(taps, a, 3, &geometry, &map, m, input, output);
        else if (quads)
            STN_LOCAL(quad_sample_row)(taps, a, a->channels, &geometry, &map, m, input, output);
        else
            STN_LOCAL(vec_sample_row)(taps, a, a->channels, &geometry, &map, m, input, output);
    }
}

static void STN_KERNEL_NAME(affine_sample)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_affine_sample_arguments *a = arguments;
    int quads = a->channels <= 4;
    switch (a->mode) {
    case STN_NEAREST:
        quads ? STN_LOCAL(sample_rows)(1, 1, a, first, last) : STN_LOCAL(sample_rows)(1, 0, a, first, last);
        break;
    case STN_BILINEAR:
        quads ? STN_LOCAL(sample_rows)(2, 1, a, first, last) : STN_LOCAL(sample_rows)(2, 0, a, first, last);
        break;
    case STN_BICUBIC:
        quads ? STN_LOCAL(sample_rows)(4, 1, a, first, last) : STN_LOCAL(sample_rows)(4, 0, a, first, last);
        break;
    }
}

STN_INLINE void STN_LOCAL(gradient_bands)(int taps, int quads, const stn_affine_sample_gradient_arguments *g,
                                          int64_t first, int64_t last, float *scratch) {
    const stn_affine_sample_gradient_arguments copy = *g;
    if (taps < 4) g = &copy;
    const stn_affine_sample_arguments *a = &g->forward;
    int64_t bands = stn_affine_bands(a);
    for (int64_t task = first; task < last; task++) {
        float *d_theta = g->d_theta_parts + task * 6;
        if (quads && a->channels == 3)
            STN_LOCAL(quad_gradient_band)(taps, g, 3, task / bands, task % bands, scratch, d_theta);
        else if (quads)
            STN_LOCAL(quad_gradient_band)(taps, g, a->channels, task / bands, task % bands, scratch, d_theta);
        else
            STN_LOCAL(vec_gradient_band)(taps, g, a->channels, task / bands, task % bands, scratch, d_theta);
    }
}

static void STN_KERNEL_NAME(affine_sample_gradient)(const void *arguments, int64_t first, int64_t last,
                                                    int64_t thread) {
    const stn_affine_sample_gradient_arguments *g = arguments;
    float *scratch = (float *)(g->scratch + thread * g->scratch_bytes);
    int quads = g->forward.channels <= 4;
    switch (g->forward.mode) {
    case STN_NEAREST:
        quads ? STN_LOCAL(gradient_bands)(1, 1, g, first, last, scratch)
              : STN_LOCAL(gradient_bands)(1, 0, g, first, last, scratch);
        break;
    case STN_BILINEAR:
        quads ? STN_LOCAL(gradient_bands)(2, 1, g, first, last, scratch)
              : STN_LOCAL(gradient_bands)(2, 0, g, first, last, scratch);
        break;
    case STN_BICUBIC:
        quads ? STN_LOCAL(gradient_bands)(4, 1, g, first, last, scratch)
              : STN_LOCAL(gradient_bands)(4, 0, g, first, last, scratch);
        break;
    }
}

static void STN_KERNEL_NAME(sum_parts)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_sum_parts_arguments *a = arguments;
    for (int64_t task = first; task < last; task++)
        for (int64_t i = 0; i < a->width; i += STN_LANES) {
            const float *part = a->input + task * a->parts * a->width + i;
            int count = (int)stn_min(STN_LANES, a->width - i);
            vec sum = vec_load_first(part, count);
            for (int64_t p = 1; p < a->parts; p++) sum = vec_add(sum, vec_load_first(part + p * a->width, count));
            vec_store_first(a->output + task * a->width + i, sum, count);
        }
}
