// Both gradients of a convolution by patches: the adjoint of body/patch_convolution.h.
//
// Algorithm  for some positions at a time: G, the gradients before pooling, and P, the patches, are matrices with a row a
//            position. dWeight += Gᵀ · P; the gradient of the patches is G · weight, added to the pixels they were copied from.
// Owners     a task has a part of the images and one group of channels: it alone adds to dInput of these images, and to the
//            part of dWeight and dBias that is its own. Parts depend on the shape; they are added up in their order.
// Blocking   G, P and the gradient of P stay in the second-level cache; nothing of them is ever stored as a whole. Long patches
//            come a piece at a time, some of the taps, so that many positions share a pass over dWeight and weight.
// Bound by   FMA throughput of the two products. Behind pooling three of four gradients are zeros and are multiplied
//            nevertheless: choices would make the products bound by loads.

// The gradients of one group's sums at `count` positions, `stride` floats apart; adds them up in `sums`, unless NULL.
STN_INLINE void STN_LOCAL(pooled_gradients)(int pool, const stn_convolution_shape *s,
                                            const stn_convolution_gradient_operands *a, const stn_position *positions,
                                            int64_t count, int64_t channel, int64_t outputs, int64_t stride, float *to,
                                            float *sums) {
    int64_t height = stn_positions_down(s) / pool, width = stn_positions_across(s) / pool;
    for (int64_t v = 0; v < outputs; v += STN_LANES) {
        int there = (int)stn_min(STN_LANES, outputs - v);
        vec sum = vec_zero();
        for (int64_t i = 0; i < count; i++) {
            stn_position p = positions[i];
            int64_t pixel = (p.image * height + p.row / pool) * width + p.column / pool;
            int64_t at = pixel * s->outputs + channel + v;
            vec gradient = vec_load_first(a->d_output + at, there);
            if (a->channel_scale)
                gradient = vec_mul(gradient, vec_load_first(a->channel_scale + p.image * s->outputs + channel + v, there));
            if (s->relu)
                gradient =
                    vec_select(vec_exceeds(vec_load_first(a->output + at, there), vec_zero()), gradient, vec_zero());
            if (pool == 2) {
                vec place = vec_set1((float)(p.row % 2 * 2 + p.column % 2));
                gradient = vec_select(vec_equals(vec_load_bytes(a->choice + at, there), place), gradient, vec_zero());
            }
            vec_store(to + i * stride + v, gradient);
            sum = vec_add(sum, gradient);
        }
        if (sums) vec_store_first(sums + v, vec_add(vec_load_first(sums + v, there), sum), there);
    }
}

static void STN_LOCAL(position_gradients)(const stn_convolution_shape *s, const stn_convolution_gradient_operands *a,
                                          const stn_position *positions, int64_t count, int64_t channel,
                                          int64_t outputs, int64_t stride, float *to, float *sums) {
    if (s->pool == 2)
        STN_LOCAL(pooled_gradients)(2, s, a, positions, count, channel, outputs, stride, to, sums);
    else
        STN_LOCAL(pooled_gradients)(1, s, a, positions, count, channel, outputs, stride, to, sums);
}

// to[row][column] (+)= the product, for any number of columns; see product.
STN_INLINE void STN_LOCAL(wide_product)(int64_t rows, int accumulates, const float *a, int64_t row_stride,
                                        int64_t a_stride, int64_t count, const float *b, int64_t b_stride, float *to,
                                        int64_t to_stride, int64_t columns) {
    const int64_t block = 2 * STN_LANES;
    for (int64_t column = 0; column < columns; column += block)
        STN_PRECISE(product)(rows, accumulates, a, row_stride, a_stride, count, b + column, b_stride, to + column,
                             to_stride, (int)stn_min(block, columns - column));
}

// Sets dInput of the part's images to zero, the channels of one group.
STN_INLINE void STN_LOCAL(clear_images)(const stn_patch_geometry *g, float *d_input, int64_t group, int64_t first,
                                        int64_t last) {
    int64_t pixels = g->height * g->width, channels = g->channels / g->groups;
    if (g->groups == 1)
        memset(d_input + first * pixels * channels, 0, (size_t)((last - first) * pixels * channels) * sizeof(float));
    else
        for (int64_t pixel = first * pixels; pixel < last * pixels; pixel++)
            STN_LOCAL(zero_run)(d_input + pixel * g->channels + group * channels, channels);
}

// What one piece of the patches at some positions, taps `tap` ..< `end_tap`, gives to both gradients.
STN_INLINE void STN_LOCAL(patch_piece)(const stn_patch_gradient_arguments *a, const stn_position *positions,
                                       int64_t count, int64_t group, int64_t tap, int64_t end_tap, const float *gradients,
                                       float *d_weight, int64_t weight_step, float *patches, int64_t stride) {
    const stn_convolution_shape *s = &a->shape;
    const stn_patch_geometry *g = &a->geometry;
    int64_t channels = g->channels / g->groups, outputs = s->outputs / g->groups, depth = s->channels;
    int64_t gradient_stride = stn_gradient_stride(outputs, STN_LANES), offset = tap * channels;
    int64_t numbers = (end_tap - tap) * channels;
    // Which only reads the images.
    STN_LOCAL(move_patches)(0, g, positions, count, tap, end_tap, (float *)a->input + group * channels, patches, stride);
    STN_LOCAL(wide_product)(outputs, 1, gradients, 1, gradient_stride, count, patches, stride, d_weight + offset,
                            weight_step, numbers);
    if (!a->d_input) return;
    STN_LOCAL(wide_product)(count, 0, gradients, gradient_stride, 1, outputs,
                            a->weight + group * outputs * depth + offset, depth, patches, stride, numbers);
    STN_LOCAL(move_patches)(1, g, positions, count, tap, end_tap, a->d_input + group * channels, patches, stride);
}

// The same where the patches are the pixels from position `begin` on.
STN_INLINE void STN_LOCAL(pixel_gradients)(const stn_patch_gradient_arguments *a, int64_t begin, int64_t count,
                                           int64_t group, const float *gradients, float *d_weight, int64_t weight_step) {
    const stn_patch_geometry *g = &a->geometry;
    int64_t outputs = a->shape.outputs / g->groups, depth = a->shape.channels;
    int64_t gradient_stride = stn_gradient_stride(outputs, STN_LANES), pixel = begin * g->channels + group * depth;
    STN_LOCAL(wide_product)(outputs, 1, gradients, 1, gradient_stride, count, a->input + pixel, g->channels, d_weight,
                            weight_step, depth);
    if (a->d_input)
        STN_LOCAL(wide_product)(count, 0, gradients, gradient_stride, 1, outputs, a->weight + group * outputs * depth, depth,
                                a->d_input + pixel, g->channels, depth);
}

// One part's gradients of one group.
STN_INLINE void STN_LOCAL(patch_part)(const stn_patch_gradient_arguments *a, int64_t part, int64_t group, float *scratch) {
    const stn_convolution_shape *s = &a->shape;
    const stn_patch_geometry *g = &a->geometry;
    int64_t taps = stn_piece_taps(s, g), rows = stn_piece_rows(s, g), parts = stn_patch_parts(s), depth = s->channels;
    int64_t outputs = s->outputs / g->groups, channel = group * outputs;
    int64_t per_image = stn_patch_positions(s) / stn_max(1, s->images);
    int64_t first = part * s->images / parts, last = (part + 1) * s->images / parts;
    int in_place = stn_patches_are_pixels(s, g);
    int64_t stride = stn_patch_stride(stn_piece_numbers(s, g), STN_LANES);
    float *gradients = scratch + rows * stride;
    float *d_weight = a->d_weight_parts + (channel * parts + part) * depth;
    float *d_bias = a->d_bias_parts ? a->d_bias_parts + part * s->outputs + channel : 0;

    for (int64_t o = 0; o < outputs; o++) memset(d_weight + o * parts * depth, 0, (size_t)depth * sizeof(float));
    if (d_bias) memset(d_bias, 0, (size_t)outputs * sizeof(float));
    if (a->d_input && !in_place) STN_LOCAL(clear_images)(g, a->d_input, group, first, last);
    for (int64_t begin = first * per_image; begin < last * per_image; begin += rows) {
        stn_position positions[STN_PATCH_ROWS];
        int64_t count = stn_min(rows, last * per_image - begin);
        stn_list_positions(s, begin, count, positions);
        STN_LOCAL(position_gradients)(s, &a->operands, positions, count, channel, outputs,
                                      stn_gradient_stride(outputs, STN_LANES), gradients, d_bias);
        if (in_place)
            STN_LOCAL(pixel_gradients)(a, begin, count, group, gradients, d_weight, parts * depth);
        else
            for (int64_t tap = 0; tap < g->kernel_height * g->kernel_width; tap += taps)
                STN_LOCAL(patch_piece)(a, positions, count, group, tap,
                                       stn_min(tap + taps, g->kernel_height * g->kernel_width), gradients, d_weight,
                                       parts * depth, scratch, stride);
    }
}

static void STN_KERNEL_NAME(patch_gradients)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_patch_gradient_arguments *a = arguments;
    float *scratch = (float *)(a->scratch + thread * a->scratch_bytes);
    for (int64_t task = first; task < last; task++)
        STN_LOCAL(patch_part)(a, task / a->geometry.groups, task % a->geometry.groups, scratch);
}
