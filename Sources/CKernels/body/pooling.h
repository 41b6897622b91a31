// Pooling on its own; bound by memory. A gradient is made row by row of the input: each row takes from all windows above it,
// in reading order, so that rows are independent tasks even where windows overlap.

static void STN_KERNEL_NAME(max_pool)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_max_pool_arguments *a = arguments;
    const stn_pooling_shape *s = &a->shape;
    int64_t channels = s->channels;
    for (int64_t position = first * s->output_width; position < last * s->output_width; position++) {
        int64_t x = position % s->output_width, y = position / s->output_width % s->output_height;
        const float *image =
            a->input + position / s->output_width / s->output_height * s->height * s->width * channels;
        stn_span rows = stn_pooled_rows(s, y, s->window_height, s->height);
        stn_span columns = stn_pooled_rows(s, x, s->window_width, s->width);
        // The place of the image's pixel (0, 0), were it in this window.
        int64_t origin = (s->padding - y * s->stride) * s->window_width + s->padding - x * s->stride;
        STN_FOR_VECTORS_OF(channels, {
            vec best = STN_LOAD(image + (rows.first * s->width + columns.first) * channels + c);
            vec choice = vec_set1((float)(origin + rows.first * s->window_width + columns.first));
            for (int64_t row = rows.first; row < rows.last; row++) {
                for (int64_t column = columns.first; column < columns.last; column++) {
                    vec value = STN_LOAD(image + (row * s->width + column) * channels + c);
                    vec_mask better = vec_exceeds(value, best);
                    best = vec_select(better, value, best);
                    choice = vec_select(better, vec_set1((float)(origin + row * s->window_width + column)), choice);
                }
            }
            STN_STORE(a->output + position * channels + c, best);
            if (a->choice) vec_store_bytes(a->choice + position * channels + c, choice, n);
        });
    }
}

static void STN_KERNEL_NAME(max_pool_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_max_pool_gradient_arguments *a = arguments;
    const stn_pooling_shape *s = &a->shape;
    int64_t channels = s->channels;
    for (int64_t task = first; task < last; task++) {
        int64_t y = task % s->height, image = task / s->height;
        float *row = a->d_input + task * s->width * channels;
        memset(row, 0, (size_t)(s->width * channels) * sizeof(float));
        stn_span windows = stn_pooling_windows(s, y, s->window_height, s->output_height);
        for (int64_t position = windows.first * s->output_width; position < windows.last * s->output_width; position++) {
            int64_t down = position / s->output_width, across = position % s->output_width;
            int64_t from = (image * s->output_height * s->output_width + position) * channels;
            stn_span columns = stn_pooled_rows(s, across, s->window_width, s->width);
            int64_t place = (y + s->padding - down * s->stride) * s->window_width + s->padding - across * s->stride;
            for (int64_t x = columns.first; x < columns.last; x++) {
                STN_FOR_VECTORS_OF(channels, {
                    vec_mask chosen =
                        vec_equals(vec_load_bytes(a->choice + from + c, n), vec_set1((float)(place + x)));
                    vec share = vec_select(chosen, STN_LOAD(a->d_output + from + c), vec_zero());
                    float *to = row + x * channels + c;
                    STN_STORE(to, vec_add(STN_LOAD(to), share));
                });
            }
        }
    }
}

// How many pixels a window counts.
STN_INLINE float STN_LOCAL(pixels_of_window)(const stn_average_pool_arguments *a, int64_t y, int64_t x) {
    const stn_pooling_shape *s = &a->shape;
    stn_span rows = stn_pooled_rows(s, y, s->window_height, s->height);
    stn_span columns = stn_pooled_rows(s, x, s->window_width, s->width);
    if (a->counts_padding) {
        rows.first = y * s->stride - s->padding;
        rows.last = stn_min(rows.first + s->window_height, s->height + s->padding);
        columns.first = x * s->stride - s->padding;
        columns.last = stn_min(columns.first + s->window_width, s->width + s->padding);
    }
    return (float)((rows.last - rows.first) * (columns.last - columns.first));
}

static void STN_KERNEL_NAME(average_pool)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_average_pool_arguments *a = arguments;
    const stn_pooling_shape *s = &a->shape;
    int64_t channels = s->channels;
    for (int64_t position = first * s->output_width; position < last * s->output_width; position++) {
        int64_t x = position % s->output_width, y = position / s->output_width % s->output_height;
        const float *image =
            a->input + position / s->output_width / s->output_height * s->height * s->width * channels;
        stn_span rows = stn_pooled_rows(s, y, s->window_height, s->height);
        stn_span columns = stn_pooled_rows(s, x, s->window_width, s->width);
        vec pixels = vec_set1(STN_LOCAL(pixels_of_window)(a, y, x));
        STN_FOR_VECTORS_OF(channels, {
            vec sum = vec_zero();
            for (int64_t row = rows.first; row < rows.last; row++)
                for (int64_t column = columns.first; column < columns.last; column++)
                    sum = vec_add(sum, STN_LOAD(image + (row * s->width + column) * channels + c));
            STN_STORE(a->output + position * channels + c, vec_div(sum, pixels));
        });
    }
}

static void STN_KERNEL_NAME(average_pool_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_average_pool_arguments *a = arguments;
    const stn_pooling_shape *s = &a->shape;
    int64_t channels = s->channels;
    for (int64_t task = first; task < last; task++) {
        int64_t image = task / s->height;
        float *row = a->d_input + task * s->width * channels;
        memset(row, 0, (size_t)(s->width * channels) * sizeof(float));
        stn_span windows = stn_pooling_windows(s, task % s->height, s->window_height, s->output_height);
        for (int64_t position = windows.first * s->output_width; position < windows.last * s->output_width; position++) {
            int64_t down = position / s->output_width, across = position % s->output_width;
            const float *from = a->d_output + (image * s->output_height * s->output_width + position) * channels;
            stn_span columns = stn_pooled_rows(s, across, s->window_width, s->width);
            vec share = vec_set1(1 / STN_LOCAL(pixels_of_window)(a, down, across));
            for (int64_t x = columns.first; x < columns.last; x++) {
                STN_FOR_VECTORS_OF(channels, {
                    float *to = row + x * channels + c;
                    vec sum = vec_fma(STN_LOAD(from + c), share, STN_LOAD(to));
                    STN_STORE(to, sum);
                });
            }
        }
    }
}
