// Both gradients of a depthwise convolution, or of one in small groups: the adjoint of body/depthwise.h.
//
// Algorithm  row by row of outputs, so that a row of gradients stays in the first-level cache while the taps go by. A tap of
//            some channels adds gradient · pixel to its dWeight, in registers for the whole row, and gradient · weight to the
//            pixels. In groups each channel c of a group is a permutation of the pixels, each of its outputs one of the
//            gradients; the weights are laid out for both, [tap][member of the group][lane].
// Owners     as in body/patch_gradients.h: a task has a part of the images.
// Bound by   loads and stores: with dInput three and one for two FMAs.

// factors[tap][o][channel] = the weight of that tap between the channel and output o of its group.
STN_INLINE void STN_LOCAL(depthwise_factors)(const stn_patch_gradient_arguments *a, int64_t members, int64_t stride,
                                             float *factors) {
    int64_t depth = a->shape.channels;
    for (int64_t channel = 0; channel < a->geometry.channels; channel++) {
        const float *weight = a->weight + channel / members * members * depth + channel % members;
        for (int64_t tap = 0; tap < depth; tap += members)
            for (int64_t o = 0; o < members; o++) factors[(tap + o) * stride + channel] = weight[o * depth + tap];
    }
}

// One tap of `vectors` of channels at `positions` of a row: d_weight += Σ gradient · pixel, d_pixel += gradient · weight.
STN_INLINE void STN_LOCAL(depthwise_tap)(int vectors, int spreads, int count, int64_t positions, const float *gradients,
                                         int64_t stride, const float *pixels, float *d_pixels, int64_t step,
                                         const float *factors, float *d_weight) {
    vec sums[4], weights[4];
    STN_UNROLL
    for (int v = 0; v < vectors; v++) {
        sums[v] = vec_zero();
        weights[v] = vec_load(factors + v * STN_LANES);
    }
    for (int64_t x = 0; x < positions; x++) {
        STN_UNROLL
        for (int v = 0; v < vectors; v++) {
            const int64_t at = x * step + v * STN_LANES;
            vec gradient = vec_load(gradients + x * stride + v * STN_LANES);
            vec pixel = vectors > 1 ? vec_load(pixels + at) : vec_load_first(pixels + at, count);
            sums[v] = vec_fma(gradient, pixel, sums[v]);
            if (!spreads) continue;
            vec d_pixel = vectors > 1 ? vec_load(d_pixels + at) : vec_load_first(d_pixels + at, count);
            d_pixel = vec_fma(gradient, weights[v], d_pixel);
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

// The same of one vector and `members` of each group, an even number, `index` theirs; their factors and d_weight lie `stride`
// apart.
STN_INLINE void STN_LOCAL(grouped_tap)(int members, int spreads, int count, int64_t positions, const float *gradients,
                                       int64_t stride, const float *pixels, float *d_pixels, int64_t step,
                                       const int32_t index[][STN_LANES], const float *factors, float *d_weight) {
    vec sums[4], weights[4];
    STN_UNROLL
    for (int c = 0; c < members; c++) {
        sums[c] = vec_zero();
        weights[c] = vec_load(factors + c * stride);
    }
    for (int64_t x = 0; x < positions; x++) {
        vec gradient = vec_load(gradients + x * stride), pixel = vec_load_first(pixels + x * step, count);
        STN_UNROLL
        for (int c = 0; c < members; c++) sums[c] = vec_fma(gradient, vec_permute(pixel, index[c]), sums[c]);
        if (!spreads) continue;
        vec d_pixel = vec_load_first(d_pixels + x * step, count);
        STN_UNROLL
        for (int c = 0; c < members; c++) d_pixel = vec_fma(vec_permute(gradient, index[c]), weights[c], d_pixel);
        vec_store_first(d_pixels + x * step, d_pixel, count);
    }
    STN_UNROLL
    for (int c = 0; c < members; c++)
        vec_store(d_weight + c * stride, vec_add(vec_load(d_weight + c * stride), sums[c]));
}

// What a row of gradients shares with all its taps.
typedef struct {
    const stn_patch_geometry *geometry;
    int64_t members, stride;
    const int32_t (*index)[STN_LANES];
    const float *factors;
    float *d_weight;
} STN_LOCAL(depthwise_sums);

// All channels of one tap, `tap` the first row of its factors. The first position's pixel is column `left`; positions whose
// pixels lie outside are left out.
STN_INLINE void STN_LOCAL(depthwise_channels)(int spreads, const STN_LOCAL(depthwise_sums) *d, int64_t tap, int64_t left,
                                              int64_t count, const float *gradients, const float *row, float *d_row) {
    const stn_patch_geometry *g = d->geometry;
    int64_t step = g->stride_width * g->channels, channel = 0;
    int64_t first = left < 0 ? stn_divide_up(-left, g->stride_width) : 0;
    int64_t end = left < g->width ? stn_min(count, stn_divide_up(g->width - left, g->stride_width)) : 0;
    int64_t positions = end - first, at = (left + first * g->stride_width) * g->channels;
    if (positions <= 0) return;
    gradients += first * d->stride;
    while (channel < g->channels) {
        const float *from = row + at + channel, *gradient = gradients + channel;
        float *to = spreads ? d_row + at + channel : 0;
        int there = (int)stn_min(STN_LANES, g->channels - channel);
        const float *factors = d->factors + tap * d->stride + channel;
        float *d_weight = d->d_weight + tap * d->stride + channel;
        if (d->members == 1 && channel + 4 * STN_LANES <= g->channels) {
            STN_LOCAL(depthwise_tap)(4, spreads, there, positions, gradient, d->stride, from, to, step, factors, d_weight);
            channel += 4 * STN_LANES;
            continue;
        }
        if (d->members == 1)
            STN_LOCAL(depthwise_tap)(1, spreads, there, positions, gradient, d->stride, from, to, step, factors, d_weight);
        else if (d->members == 2)
            STN_LOCAL(grouped_tap)(2, spreads, there, positions, gradient, d->stride, from, to, step, d->index, factors,
                                   d_weight);
        else
            for (int64_t c = 0; c < d->members; c += 4)
                STN_LOCAL(grouped_tap)(4, spreads, there, positions, gradient, d->stride, from, to, step, d->index + c,
                                       factors + c * d->stride, d_weight + c * d->stride);
        channel += STN_LANES;
    }
}

// Adds what `count` positions of one row of outputs, from `p` on, give to all gradients.
STN_INLINE void STN_LOCAL(depthwise_gradient_row)(const stn_patch_gradient_arguments *a,
                                                  const STN_LOCAL(depthwise_sums) *d, stn_position p, int64_t count,
                                                  const float *gradients) {
    const stn_patch_geometry *g = &a->geometry;
    int64_t top = p.row * g->stride_height - g->top, left = p.column * g->stride_width - g->left;
    for (int64_t i = 0; i < g->kernel_height; i++) {
        int64_t y = top + i * g->dilation_height, row = (p.image * g->height + y) * g->width * g->channels;
        if (y < 0 || y >= g->height) continue;
        for (int64_t j = 0; j < g->kernel_width; j++) {
            int64_t tap = (i * g->kernel_width + j) * d->members, x = left + j * g->dilation_width;
            if (a->d_input)
                STN_LOCAL(depthwise_channels)(1, d, tap, x, count, gradients, a->input + row, a->d_input + row);
            else
                STN_LOCAL(depthwise_channels)(0, d, tap, x, count, gradients, a->input + row, 0);
        }
    }
}

static void STN_KERNEL_NAME(depthwise_gradients)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_patch_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    const stn_patch_geometry *g = &a->geometry;
    int64_t parts = stn_patch_parts(s), depth = s->channels, stride = stn_gradient_stride(s->outputs, STN_LANES);
    int64_t height = stn_pooled_height(s) * s->pool, width = stn_pooled_width(s) * s->pool;
    int64_t image_size = g->height * g->width * g->channels, members = g->channels / g->groups;
    float *factors = (float *)(a->scratch + thread * a->scratch_bytes), *d_weight = factors + depth * stride;
    float *gradients = d_weight + depth * stride;
    int32_t index[STN_LANES][STN_LANES];
    STN_LOCAL(list_members)(members, index);
    STN_LOCAL(depthwise_sums) sums = {g, members, stride, index, factors, d_weight};
    STN_LOCAL(depthwise_factors)(a, members, stride, factors);
    for (int64_t part = first; part < last; part++) {
        int64_t begin = part * s->images / parts, end = (part + 1) * s->images / parts;
        float *d_bias = a->d_bias_parts ? a->d_bias_parts + part * s->outputs : 0;
        memset(d_weight, 0, (size_t)(depth * stride) * sizeof(float));
        if (d_bias) memset(d_bias, 0, (size_t)s->outputs * sizeof(float));
        if (a->d_input) memset(a->d_input + begin * image_size, 0, (size_t)((end - begin) * image_size) * sizeof(float));
        for (int64_t row = begin * height; row < end * height; row++)
            for (int64_t column = 0; column < width; column += STN_PATCH_ROWS) {
                stn_position positions[STN_PATCH_ROWS];
                int64_t count = stn_min(STN_PATCH_ROWS, width - column);
                for (int64_t i = 0; i < count; i++)
                    positions[i] = (stn_position){row / height, row % height, column + i};
                STN_LOCAL(position_gradients)(s, &a->operands, positions, count, 0, s->outputs, stride, gradients, d_bias);
                STN_LOCAL(depthwise_gradient_row)(a, &sums, positions[0], count, gradients);
            }
        for (int64_t channel = 0; channel < s->outputs; channel++)
            for (int64_t k = 0; k < depth; k++)
                a->d_weight_parts[(channel * parts + part) * depth + k] = d_weight[k * stride + channel];
    }
}
