// Depthwise convolution, every channel by itself, with the same bias, dropout, pooling and ReLU; and its gradients.
//
// Algorithm  vectors run across channels, and a tap is one FMA: up to 4 vectors of channels stay in registers while the taps
//            go by. The gradients go row by row, so that a row of gradients stays in the first-level cache for all taps.
// Owners     of the gradients as in body/patch_gradients.h.
// Bound by   loads: two an FMA, or with dInput three and a store for two.

// The sums of `vectors` of channels for one window of positions, and what follows.
STN_INLINE void STN_LOCAL(depthwise_window)(int vectors, int pool, const stn_patch_convolution_arguments *d, int64_t image,
                                            int64_t row, int64_t column, int64_t channel) {
    const stn_convolution_arguments *a = &d->convolution;
    const stn_patch_geometry *g = &d->geometry;
    const float *pixels = a->input + image * g->height * g->width * g->channels + channel;
    const float *weights = (const float *)a->packed + channel * a->shape.channels;
    int count = (int)stn_min(STN_LANES, g->channels - channel);
    vec sums[4][4];
    STN_UNROLL
    for (int place = 0; place < pool * pool; place++) {
        int64_t top = (row * pool + place / pool) * g->stride_height - g->top;
        int64_t left = (column * pool + place % pool) * g->stride_width - g->left;
        STN_UNROLL
        for (int v = 0; v < vectors; v++) sums[v][place] = vec_zero();
        for (int64_t i = 0; i < g->kernel_height; i++) {
            int64_t y = top + i * g->dilation_height;
            if (y < 0 || y >= g->height) continue;
            for (int64_t j = 0; j < g->kernel_width; j++) {
                int64_t x = left + j * g->dilation_width;
                if (x < 0 || x >= g->width) continue;
                const float *from = pixels + (y * g->width + x) * g->channels;
                const float *weight = weights + (i * g->kernel_width + j) * STN_LANES;
                STN_UNROLL
                for (int v = 0; v < vectors; v++) {
                    vec value = vectors > 1 ? vec_load(from + v * STN_LANES) : vec_load_first(from, count);
                    sums[v][place] = vec_fma(value, vec_load(weight + v * a->shape.channels * STN_LANES), sums[v][place]);
                }
            }
        }
    }
    STN_UNROLL
    for (int v = 0; v < vectors; v++)
        STN_LOCAL(convolution_finish)(pool, a, sums[v], image, row, column, channel + v * STN_LANES);
}

// One row of outputs.
STN_INLINE void STN_LOCAL(depthwise_row)(int pool, const stn_patch_convolution_arguments *d, int64_t image, int64_t row) {
    int64_t width = stn_pooled_width(&d->convolution.shape), channels = d->geometry.channels;
    for (int64_t column = 0; column < width; column++) {
        int64_t channel = 0;
        for (; channel + 4 * STN_LANES <= channels; channel += 4 * STN_LANES)
            STN_LOCAL(depthwise_window)(4, pool, d, image, row, column, channel);
        for (; channel < channels; channel += STN_LANES)
            STN_LOCAL(depthwise_window)(1, pool, d, image, row, column, channel);
    }
}

static void STN_KERNEL_NAME(depthwise)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_patch_convolution_arguments *d = arguments;
    int64_t height = stn_pooled_height(&d->convolution.shape);
    for (int64_t task = first; task < last; task++)
        if (d->convolution.shape.pool == 2)
            STN_LOCAL(depthwise_row)(2, d, task / height, task % height);
        else
            STN_LOCAL(depthwise_row)(1, d, task / height, task % height);
}

// One tap of `vectors` of channels at `positions` of a row: d_weight += Σ gradient · pixel, d_pixel += gradient · weight.
STN_INLINE void STN_LOCAL(depthwise_tap)(int vectors, int spreads, int count, int64_t positions, const float *gradients,
                                         int64_t gradient_step, const float *pixels, float *d_pixels, int64_t step,
                                         const float *weights, int64_t weight_step, float *d_weight) {
    vec sums[4], factors[4];
    STN_UNROLL
    for (int v = 0; v < vectors; v++) {
        sums[v] = vec_zero();
        factors[v] = vec_load(weights + v * weight_step);
    }
    for (int64_t x = 0; x < positions; x++) {
        STN_UNROLL
        for (int v = 0; v < vectors; v++) {
            const int64_t at = x * step + v * STN_LANES;
            vec gradient = vec_load(gradients + x * gradient_step + v * STN_LANES);
            vec pixel = vectors > 1 ? vec_load(pixels + at) : vec_load_first(pixels + at, count);
            sums[v] = vec_fma(gradient, pixel, sums[v]);
            if (!spreads) continue;
            vec d_pixel = vectors > 1 ? vec_load(d_pixels + at) : vec_load_first(d_pixels + at, count);
            d_pixel = vec_fma(gradient, factors[v], d_pixel);
            if (vectors > 1)
                vec_store(d_pixels + at, d_pixel);
            else
                vec_store_first(d_pixels + at, d_pixel, count);
        }
    }
    // Row by row, so that each sum stays short.
    STN_UNROLL
    for (int v = 0; v < vectors; v++)
        vec_store(d_weight + v * STN_LANES, vec_add(vec_load(d_weight + v * STN_LANES), sums[v]));
}

// All channels of one tap, `left` columns left of which the first position's pixel lies; positions outside are left out.
STN_INLINE void STN_LOCAL(depthwise_taps)(const stn_patch_gradient_arguments *a, int64_t tap, int64_t left, int64_t count,
                                          const float *gradients, int64_t stride, const float *row, float *d_row,
                                          float *d_weight) {
    const stn_patch_geometry *g = &a->geometry;
    int64_t taps = a->shape.channels, step = g->stride_width * g->channels;
    int64_t first = left < 0 ? stn_divide_up(-left, g->stride_width) : 0;
    int64_t end = left < g->width ? stn_min(count, stn_divide_up(g->width - left, g->stride_width)) : 0;
    if (first >= end) return;
    int64_t pixel = (left + first * g->stride_width) * g->channels, channel = 0;
    gradients += first * stride;
    d_weight += tap * stride;
    for (; channel < g->channels; channel += STN_LANES) {
        const float *weights = a->weight + channel * taps + tap * STN_LANES, *from = row + pixel + channel;
        float *to = d_row ? d_row + pixel + channel : 0;
        int wide = channel + 4 * STN_LANES <= g->channels, there = (int)stn_min(STN_LANES, g->channels - channel);
#define STN_CASE(vectors, spreads)                                                                                      \
    if (wide == (vectors == 4) && (to != 0) == spreads)                                                                 \
        STN_LOCAL(depthwise_tap)(vectors, spreads, there, end - first, gradients + channel, stride, from, to, step,     \
                                 weights, taps * STN_LANES, d_weight + channel);
        STN_CASE(4, 1) STN_CASE(4, 0) STN_CASE(1, 1) STN_CASE(1, 0)
#undef STN_CASE
        if (wide) channel += 3 * STN_LANES;
    }
}

// Adds what the positions from column `column` on, of one row of outputs, give to all gradients.
STN_INLINE void STN_LOCAL(depthwise_gradient_row)(const stn_patch_gradient_arguments *a, const stn_position *positions,
                                                  int64_t count, const float *gradients, int64_t stride,
                                                  float *d_weight) {
    const stn_patch_geometry *g = &a->geometry;
    int64_t top = positions[0].row * g->stride_height - g->top, left = positions[0].column * g->stride_width - g->left;
    int64_t image = positions[0].image * g->height * g->width * g->channels;
    for (int64_t i = 0; i < g->kernel_height; i++) {
        int64_t y = top + i * g->dilation_height, row = image + y * g->width * g->channels;
        if (y < 0 || y >= g->height) continue;
        for (int64_t j = 0; j < g->kernel_width; j++)
            STN_LOCAL(depthwise_taps)(a, i * g->kernel_width + j, left + j * g->dilation_width, count, gradients, stride,
                                      a->input + row, a->d_input ? a->d_input + row : 0, d_weight);
    }
}

static void STN_KERNEL_NAME(depthwise_gradients)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_patch_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    const stn_patch_geometry *g = &a->geometry;
    int64_t parts = stn_patch_parts(s), taps = s->channels, stride = stn_gradient_stride(s->outputs, STN_LANES);
    int64_t height = stn_pooled_height(s) * s->pool, width = stn_pooled_width(s) * s->pool;
    int64_t image_size = g->height * g->width * g->channels;
    float *d_weight = (float *)(a->scratch + thread * a->scratch_bytes), *gradients = d_weight + taps * stride;
    for (int64_t part = first; part < last; part++) {
        int64_t begin = part * s->images / parts, end = (part + 1) * s->images / parts;
        float *d_bias = a->d_bias_parts ? a->d_bias_parts + part * s->outputs : 0;
        memset(d_weight, 0, (size_t)(taps * stride) * sizeof(float));
        if (d_bias) memset(d_bias, 0, (size_t)s->outputs * sizeof(float));
        if (a->d_input) memset(a->d_input + begin * image_size, 0, (size_t)((end - begin) * image_size) * sizeof(float));
        for (int64_t row = begin * height; row < end * height; row++)
            for (int64_t column = 0; column < width; column += STN_PATCH_ROWS) {
                stn_position positions[STN_PATCH_ROWS];
                int64_t count = stn_min(STN_PATCH_ROWS, width - column);
                for (int64_t i = 0; i < count; i++)
                    positions[i] = (stn_position){row / height, row % height, column + i};
                STN_LOCAL(position_gradients)(s, &a->operands, positions, count, 0, s->outputs, stride, gradients, d_bias);
                STN_LOCAL(depthwise_gradient_row)(a, positions, count, gradients, stride, d_weight);
            }
        for (int64_t channel = 0; channel < s->outputs; channel++)
            for (int64_t tap = 0; tap < taps; tap++)
                a->d_weight_parts[(channel * parts + part) * taps + tap] = d_weight[tap * stride + channel];
    }
}
