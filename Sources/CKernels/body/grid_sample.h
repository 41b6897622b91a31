// The sampler on a grid in memory, and its gradients. Pixels, weights and sums are affine_sample.h's; positions are
// grid_positions.h's.
//
// Shapes     input [images, height, width, channels], grid [images, output_height, output_width, 2]
//            → [images, output_height, output_width, channels].
// Blocking   forward and the grid's gradient a row of the output at a time. The input's gradient in bands of input rows: a
//            stored grid may read anywhere, so grid_sample_rows first notes which input rows each block of positions reads,
//            and a band visits only blocks that reach it.
// Bound by   as affine_sample; the grid adds 8 bytes a pixel to read, and as many to write.

// How many channels, and as which parts: constants for the compiler. Calls body(quads, channels).
#define STN_GRID_CHANNELS(channels, body) \
    do {                                  \
        if ((channels) == 3)              \
            body(quad, 3);                \
        else if ((channels) <= 4)         \
            body(quad, (channels));       \
        else                              \
            body(vec, (channels));        \
    } while (0)

STN_INLINE void STN_LOCAL(grid_rows)(int taps, const stn_grid_sample_arguments *g, int64_t first, int64_t last) {
    // No store can change a copy, so it is not read again after each; as in sample_rows.
    const stn_grid_sample_arguments copy = *g;
    if (taps < 4) g = &copy;
    const stn_affine_sample_arguments *a = &g->sample;
    STN_LOCAL(geometry) geometry = STN_LOCAL(geometry_of)(taps, a, 0);
    for (int64_t task = first; task < last; task++) {
        const float *input = a->input + task / a->output_height * a->height * a->width * a->channels;
        const float *pairs = g->grid + task * a->output_width * 2;
        float *output = a->output + task * a->output_width * a->channels;
#define STN_ROW(part, channels) STN_LOCAL(part##_grid_row)(taps, g, channels, &geometry, pairs, input, output)
        STN_GRID_CHANNELS(a->channels, STN_ROW);
#undef STN_ROW
    }
}

static void STN_KERNEL_NAME(grid_sample)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_grid_sample_arguments *g = arguments;
    switch (g->sample.mode) {
    case STN_NEAREST: STN_LOCAL(grid_rows)(1, g, first, last); break;
    case STN_BILINEAR: STN_LOCAL(grid_rows)(2, g, first, last); break;
    case STN_BICUBIC: STN_LOCAL(grid_rows)(4, g, first, last); break;
    }
}

STN_INLINE void STN_LOCAL(grid_gradients)(int taps, const stn_grid_sample_gradient_arguments *s, int64_t first,
                                          int64_t last) {
    const stn_grid_sample_arguments *g = &s->forward;
    const stn_affine_sample_arguments *a = &g->sample;
    STN_LOCAL(geometry) geometry = STN_LOCAL(geometry_of)(taps, a, 0);
    for (int64_t task = first; task < last; task++) {
        const float *input = a->input + task / a->output_height * a->height * a->width * a->channels;
        const float *pairs = g->grid + task * a->output_width * 2;
        const float *d_output = s->d_output + task * a->output_width * a->channels;
        float *d_grid = s->d_grid + task * a->output_width * 2;
#define STN_ROW(part, channels) \
    STN_LOCAL(part##_grid_row_gradient)(taps, g, channels, &geometry, pairs, input, d_output, d_grid)
        STN_GRID_CHANNELS(a->channels, STN_ROW);
#undef STN_ROW
    }
}

static void STN_KERNEL_NAME(grid_sample_grid_gradient)(const void *arguments, int64_t first, int64_t last,
                                                       int64_t thread) {
    (void)thread;
    const stn_grid_sample_gradient_arguments *s = arguments;
    int64_t row = s->forward.sample.output_width * 2;
    switch (s->forward.sample.mode) {
    // A step has no slope.
    case STN_NEAREST: memset(s->d_grid + first * row, 0, (size_t)((last - first) * row) * sizeof(float)); break;
    case STN_BILINEAR: STN_LOCAL(grid_gradients)(2, s, first, last); break;
    case STN_BICUBIC: STN_LOCAL(grid_gradients)(4, s, first, last); break;
    }
}

STN_INLINE void STN_LOCAL(grid_touched_rows)(int taps, const stn_grid_sample_gradient_arguments *s, int64_t first,
                                             int64_t last) {
    const stn_affine_sample_arguments *a = &s->forward.sample;
    int64_t stride = stn_grid_row_stride(a);
    for (int64_t task = first; task < last; task++) {
        int32_t *rows = s->rows + task * stride, *block = rows + 2;
        const float *pairs = s->forward.grid + task * a->output_width * 2;
        int64_t low = a->height, high = -1;
        for (int64_t column = 0; column < a->output_width; column += STN_COLUMNS, block += 2) {
            int64_t block_low, block_high;
            int columns = (int)stn_min(STN_COLUMNS, a->output_width - column);
            STN_LOCAL(grid_rows_at)(taps, &s->forward, pairs + 2 * column, columns, &block_low, &block_high);
            block[0] = (int32_t)block_low;
            block[1] = (int32_t)block_high;
            low = stn_min(low, block_low);
            high = stn_max(high, block_high);
        }
        rows[0] = (int32_t)low;
        rows[1] = (int32_t)high;
    }
}

static void STN_KERNEL_NAME(grid_sample_rows)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_grid_sample_gradient_arguments *s = arguments;
    switch (s->forward.sample.mode) {
    case STN_NEAREST: STN_LOCAL(grid_touched_rows)(1, s, first, last); break;
    case STN_BILINEAR: STN_LOCAL(grid_touched_rows)(2, s, first, last); break;
    case STN_BICUBIC: STN_LOCAL(grid_touched_rows)(4, s, first, last); break;
    }
}

STN_INLINE void STN_LOCAL(grid_bands)(int taps, const stn_grid_sample_gradient_arguments *s, int64_t first,
                                      int64_t last, float *scratch) {
    const stn_affine_sample_arguments *a = &s->forward.sample;
    int64_t bands = stn_affine_bands(a);
    for (int64_t task = first; task < last; task++) {
        int64_t image = task / bands, place = task % bands;
#define STN_BAND(part, channels) STN_LOCAL(part##_grid_band_gradient)(taps, s, channels, image, place, scratch)
        STN_GRID_CHANNELS(a->channels, STN_BAND);
#undef STN_BAND
    }
}

static void STN_KERNEL_NAME(grid_sample_input_gradient)(const void *arguments, int64_t first, int64_t last,
                                                        int64_t thread) {
    const stn_grid_sample_gradient_arguments *s = arguments;
    float *scratch = (float *)(s->scratch + thread * s->scratch_bytes);
    switch (s->forward.sample.mode) {
    case STN_NEAREST: STN_LOCAL(grid_bands)(1, s, first, last, scratch); break;
    case STN_BILINEAR: STN_LOCAL(grid_bands)(2, s, first, last, scratch); break;
    case STN_BICUBIC: STN_LOCAL(grid_bands)(4, s, first, last, scratch); break;
    }
}
