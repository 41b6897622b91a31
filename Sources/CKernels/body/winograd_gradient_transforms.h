// What the gradients by Winograd's way share between precisions: transforms in float32, before and behind the products of
// winograd_gradients.h, which explains the whole.

// The gradient of m×m outputs before pooling, for one vector of output channels from `channel` on.
STN_INLINE void STN_LOCAL(winograd_dense_gradients)(int m, int pool, const stn_winograd_gradient_arguments *a,
                                                    int64_t image, stn_place corner, int64_t channel, vec dense[6][6]) {
    const stn_convolution_shape *s = &a->shape;
    int count = (int)stn_max(0, stn_min(STN_LANES, s->outputs - channel));
    int64_t height = stn_pooled_height(s), width = stn_pooled_width(s);
    vec scale = a->operands.channel_scale ? vec_load_first(a->operands.channel_scale + image * s->outputs + channel, count) : vec_set1(1);
    for (int i = 0; i < m / pool; i++)
        for (int j = 0; j < m / pool; j++) {
            int64_t row = corner.row / pool + i, column = corner.column / pool + j;
            int64_t at = ((image * height + row) * width + column) * s->outputs + channel;
            int exists = row < height && column < width;
            vec gradient = exists ? vec_mul(vec_load_first(a->operands.d_output + at, count), scale) : vec_zero();
            if (s->relu && exists)
                gradient = vec_select(vec_exceeds(vec_load_first(a->operands.output + at, count), vec_zero()), gradient, vec_zero());
            if (pool == 1) {
                dense[i][j] = gradient;
                continue;
            }
            vec choice = exists ? vec_load_bytes(a->operands.choice + at, count) : vec_zero();
            STN_UNROLL
            for (int place = 0; place < 4; place++)
                dense[2 * i + place / 2][2 * j + place % 2] =
                    vec_select(vec_equals(choice, vec_set1((float)place)), gradient, vec_zero());
        }
}

// A · dOutput · Aᵀ.
STN_INLINE void STN_LOCAL(winograd_gradient_places)(const stn_winograd_gradient_arguments *a, int64_t image,
                                                    stn_place corner, int64_t channel, vec places[8][8]) {
#define STN_CASE(m, window)                                                                                         \
    if (stn_winograd_outputs(&a->shape) == m && a->shape.pool == window) {                                          \
        vec dense[6][6], half[8][6];                                                                               \
        STN_LOCAL(winograd_dense_gradients)(m, window, a, image, corner, channel, dense);                           \
        for (int j = 0; j < m; j++) {                                                                              \
            vec column[m], transformed[8];                                                                         \
            for (int i = 0; i < m; i++) column[i] = dense[i][j];                                                   \
            STN_LOCAL(winograd_evaluate)(m, 0, column, transformed);                                               \
            for (int i = 0; i < 8; i++) half[i][j] = transformed[i];                                               \
        }                                                                                                          \
        for (int i = 0; i < 8; i++) STN_LOCAL(winograd_evaluate)(m, 0, half[i], places[i]);                        \
        return;                                                                                                    \
    }
    STN_CASE(2, 1) STN_CASE(2, 2) STN_CASE(4, 1) STN_CASE(4, 2) STN_CASE(6, 1) STN_CASE(6, 2)
#undef STN_CASE
}

// One vector of channels of two neighbouring tiles, transformed: of inputs, or of gradients.
STN_INLINE void STN_LOCAL(winograd_tile_pair)(const stn_winograd_gradient_arguments *a, int is_input, int64_t tile,
                                              int64_t channel, vec places[2][8][8]) {
    const stn_convolution_shape *s = &a->shape;
    int64_t per_image = stn_winograd_tiles(s) / s->images, count = a->image_count * per_image;
    for (int k = 0; k < 2; k++) {
        int64_t image = a->first_image + (tile + k) / per_image;
        stn_place corner = stn_winograd_corner(s, (tile + k) % per_image);
        if (tile + k >= count)
            memset(places[k], 0, sizeof places[k]);
        else if (is_input)
            STN_LOCAL(winograd_input_places)(s, a->input + image * s->height * s->width * s->channels, corner, channel,
                                             places[k]);
        else
            STN_LOCAL(winograd_gradient_places)(a, image, corner, channel, places[k]);
    }
}

// Adds B · Q · Bᵀ of one tile and vector of channels to the pixels it covers.
STN_INLINE void STN_LOCAL(winograd_add_tile)(const stn_convolution_shape *s, const float *products, int64_t stride,
                                             stn_place corner, int64_t channel, float *d_image) {
    stn_winograd_window w = stn_winograd_window_of(s, corner);
    int count = (int)stn_min(STN_LANES, s->channels - channel);
    vec half[8][8];
    for (int j = 0; j < 8; j++) {
        vec values[8], transformed[8];
        for (int i = 0; i < 8; i++) values[i] = vec_load(products + (i * 8 + j) * stride);
        STN_LOCAL(winograd_input_adjoint)(values, transformed);
        for (int i = 0; i < 8; i++) half[i][j] = transformed[i];
    }
    for (int i = w.first_row; i < w.end_row; i++) {
        vec pixels[8];
        STN_LOCAL(winograd_input_adjoint)(half[i], pixels);
        for (int j = w.first_column; j < w.end_column; j++) {
            float *to = d_image + w.offset + (i * s->width + j) * s->channels + channel;
            vec_store_first(to, vec_add(vec_load_first(to, count), pixels[j]), count);
        }
    }
}

static void STN_KERNEL_NAME(winograd_input_gradient)(const void *arguments, int64_t first, int64_t last,
                                                     int64_t thread) {
    (void)thread;
    const stn_winograd_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    // Where products and dU lie does not depend on the precision.
    stn_winograd_gradient_layout b = stn_winograd_gradient_layout_of(s, STN_LANES, 1);
    int64_t per_image = stn_winograd_tiles(s) / s->images, size = s->height * s->width * s->channels;
    for (int64_t image = first; image < last; image++) {
        float *d_image = a->d_input + (a->first_image + image) * size;
        memset(d_image, 0, (size_t)size * sizeof(float));
        for (int64_t tile = 0; tile < per_image; tile++) {
            const float *from = (const float *)(a->workspace + b.products) + (image * per_image + tile) * b.channels;
            for (int64_t channel = 0; channel < s->channels; channel += STN_LANES)
                STN_LOCAL(winograd_add_tile)(s, from + channel, b.product_stride, stn_winograd_corner(s, tile), channel,
                                             d_image);
        }
    }
}

// dBias of one vector of outputs, image by image, so that each sum stays short.
STN_INLINE void STN_LOCAL(winograd_bias_gradient)(const stn_winograd_gradient_arguments *a, int64_t channel) {
    const stn_convolution_shape *s = &a->shape;
    int count = (int)stn_min(STN_LANES, s->outputs - channel);
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    vec total = vec_zero();
    for (int64_t image = 0; image < s->images; image++) {
        vec sum = vec_zero();
        for (int64_t position = image * positions; position < (image + 1) * positions; position++) {
            int64_t at = position * s->outputs + channel;
            vec gradient = vec_load_first(a->operands.d_output + at, count);
            if (s->relu)
                gradient = vec_select(vec_exceeds(vec_load_first(a->operands.output + at, count), vec_zero()), gradient, vec_zero());
            sum = vec_add(sum, gradient);
        }
        total = a->operands.channel_scale
                    ? vec_fma(sum, vec_load_first(a->operands.channel_scale + image * s->outputs + channel, count), total)
                    : vec_add(total, sum);
    }
    vec_store_first(a->d_bias + channel, total, count);
}

// Gᵀ · dU · G of one output and vector of channels.
STN_INLINE void STN_LOCAL(winograd_kernel_gradient)(int taps, const float *from, int64_t stride, float *to,
                                                    int64_t channels, int count) {
    vec half[7][8];
    for (int j = 0; j < 8; j++) {
        vec values[8], transformed[7];
        for (int i = 0; i < 8; i++) values[i] = vec_load(from + (i * 8 + j) * stride);
        STN_LOCAL(winograd_gather)(taps, 1, values, transformed);
        for (int i = 0; i < taps; i++) half[i][j] = transformed[i];
    }
    for (int i = 0; i < taps; i++) {
        vec row[7];
        STN_LOCAL(winograd_gather)(taps, 1, half[i], row);
        for (int j = 0; j < taps; j++) vec_store_first(to + (i * taps + j) * channels, row[j], count);
    }
}

static void STN_KERNEL_NAME(winograd_weight_gradient)(const void *arguments, int64_t first, int64_t last,
                                                      int64_t thread) {
    (void)thread;
    const stn_winograd_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    stn_winograd_gradient_layout b = stn_winograd_gradient_layout_of(s, STN_LANES, 1);
    for (int64_t block = first; block < last; block++) {
        if (a->d_bias) STN_LOCAL(winograd_bias_gradient)(a, block * STN_LANES);
        for (int64_t o = block * STN_LANES; o < stn_min((block + 1) * STN_LANES, s->outputs); o++)
            for (int64_t channel = 0; channel < s->channels; channel += STN_LANES) {
                const float *from = (const float *)(a->workspace + b.weights) + o * b.channels + channel;
                float *to = a->d_weight + o * stn_columns(s) + channel;
                int count = (int)stn_min(STN_LANES, s->channels - channel);
                if (s->kernel_width == 3)
                    STN_LOCAL(winograd_kernel_gradient)(3, from, b.weight_stride, to, s->channels, count);
                else if (s->kernel_width == 5)
                    STN_LOCAL(winograd_kernel_gradient)(5, from, b.weight_stride, to, s->channels, count);
                else
                    STN_LOCAL(winograd_kernel_gradient)(7, from, b.weight_stride, to, s->channels, count);
            }
    }
}
