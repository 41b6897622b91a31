// Gradients of a convolution that visit only outputs carrying gradient.
//
// Idea       behind max-pooling at most one position in four carries gradient, and behind ReLU only positive outputs do.
//            Listing the survivors first and going through the lists is exact and skips the rest of the work.
// Weights    task = 8 or 16 output channels. For a group of images one list a channel; then every piece of dWeight is
//            accumulated over its channel's list. Each sum runs over images and positions in one fixed order.
// Input      task = a group of images. Lists by block of 32 output channels, position and place in the window, so that the
//            rows of weight of one block stay in the first-level cache while all positions go by.

// Gradients of `channels` neighbouring outputs before pooling: zero where ReLU cut them off. Written so that each loop is
// a few vector instructions: a branch on the sign of an output would be mispredicted every other time.
STN_INLINE void STN_LOCAL(gradients_at)(const stn_convolution_shape *s, const float *d_output, const float *output,
                                        const float *scale, int channels, float *gradients) {
    for (int c = 0; c < channels; c++) gradients[c] = d_output[c];
    if (scale)
        for (int c = 0; c < channels; c++) gradients[c] *= scale[c];
    // `!(x <= 0)` lets NaN through, so that a broken network shows.
    if (s->relu)
        for (int c = 0; c < channels; c++) gradients[c] = output[c] <= 0 ? 0 : gradients[c];
}

// Where the places of a pooling window start, in floats from its corner.
STN_INLINE void STN_LOCAL(place_offsets)(const stn_convolution_shape *s, int32_t offsets[4]) {
    for (int place = 0; place < 4; place++)
        offsets[place] = (int32_t)(((place >> 1) * s->width + (place & 1)) * s->channels);
}

// Appends the survivors of one position to the lists of its channels.
STN_INLINE void STN_LOCAL(append_by_channel)(int channels, const float *gradients, const uint8_t *choice,
                                             const int32_t offsets[4], int32_t corner, stn_survivor *lists,
                                             int64_t capacity, int64_t *counts) {
    for (int c = 0; c < channels; c++) {
        // Written before it is known whether it counts: the next one then takes its place.
        stn_survivor *entry = lists + c * capacity + counts[c];
        entry->offset = corner + (choice ? offsets[choice[c] & 3] : 0);
        entry->gradient = gradients[c];
        counts[c] += gradients[c] != 0;
    }
}

// Fills one list a channel with the survivors of images `first` ..< `last`.
STN_INLINE void STN_LOCAL(list_by_channel)(const stn_convolution_weight_gradient_arguments *a,
                                           const stn_convolution_shape *s, int64_t first, int64_t last,
                                           int64_t channel, int channels, stn_survivor *lists, int64_t capacity,
                                           int64_t *counts) {
    int64_t height = stn_pooled_height(s), width = stn_pooled_width(s);
    int32_t offsets[4];
    float gradients[STN_GRADIENT_CHANNELS];
    STN_LOCAL(place_offsets)(s, offsets);
    for (int c = 0; c < channels; c++) counts[c] = 0;
    for (int64_t image = first; image < last; image++) {
        const float *scale = a->channel_scale ? a->channel_scale + image * s->outputs + channel : 0;
        for (int64_t position = 0; position < height * width; position++) {
            int64_t y = position / width * s->pool, x = position % width * s->pool;
            int64_t at = (image * height * width + position) * s->outputs + channel;
            int32_t corner = (int32_t)((((image - first) * s->height + y) * s->width + x) * s->channels);
            const uint8_t *choice = s->pool == 2 ? a->choice + at : 0;
            // A task reads a part of each position, a stride that hardware does not fetch ahead far enough.
            __builtin_prefetch(a->d_output + at + STN_PREFETCHED * s->outputs);
            __builtin_prefetch(a->output + at + STN_PREFETCHED * s->outputs);
            STN_LOCAL(gradients_at)(s, a->d_output + at, a->output + at, scale, channels, gradients);
            STN_LOCAL(append_by_channel)(channels, gradients, choice, offsets, corner, lists, capacity, counts);
        }
    }
}

static void STN_KERNEL_NAME(convolution_weight_gradient)(const void *arguments, int64_t first, int64_t last,
                                                         int64_t thread) {
    const stn_convolution_weight_gradient_arguments *a = arguments;
    const stn_convolution_shape shape = stn_by_image(&a->shape), *s = &shape;
    int64_t group = stn_weight_gradient_group(s), run = stn_run(s), row_stride = s->width * s->channels;
    int64_t capacity = group * stn_pooled_height(s) * stn_pooled_width(s) + 1, counts[STN_GRADIENT_CHANNELS];
    stn_survivor *lists = (stn_survivor *)(a->scratch + thread * a->scratch_bytes);
    STN_LOCAL(cut) cut = STN_LOCAL(cut_of)(run, s->kernel_height);

    for (int64_t task = first; task < last; task++) {
        int64_t channel = task * stn_gradient_channels(s);
        int64_t channels = stn_min(stn_gradient_channels(s), s->outputs - channel);
        memset(a->d_weight + channel * stn_columns(s), 0, (size_t)(channels * stn_columns(s)) * sizeof(float));
        memset(a->d_bias + channel, 0, (size_t)channels * sizeof(float));
        for (int64_t image = 0; image < s->images; image += group) {
            int64_t end = stn_min(image + group, s->images);
            // Full groups are cases of their own, so that their loops have a constant length.
            if (channels == STN_GRADIENT_CHANNELS / 2)
                STN_LOCAL(list_by_channel)(a, s, image, end, channel, STN_GRADIENT_CHANNELS / 2, lists, capacity,
                                           counts);
            else if (channels == STN_GRADIENT_CHANNELS)
                STN_LOCAL(list_by_channel)(a, s, image, end, channel, STN_GRADIENT_CHANNELS, lists, capacity, counts);
            else
                STN_LOCAL(list_by_channel)(a, s, image, end, channel, (int)channels, lists, capacity, counts);
            const float *input = a->input + image * s->height * row_stride;
            for (int64_t c = 0; c < channels; c++)
                for (int64_t i = 0; i < counts[c]; i++) a->d_bias[channel + c] += lists[c * capacity + i].gradient;
            for (int64_t row = 0; row < s->kernel_height; row += cut.rows) {
                int64_t rows = stn_min(cut.rows, s->kernel_height - row);
                for (int64_t k = 0; k < run; k += cut.vecs * STN_LANES) {
                    int64_t floats = stn_min(cut.vecs * STN_LANES, run - k);
                    int vecs = (int)stn_divide_up(floats, STN_LANES);
                    STN_LOCAL(accumulate_function) add = STN_LOCAL(accumulate_pieces)[rows][vecs];
                    for (int64_t c = 0; c < channels; c++)
                        add(lists + c * capacity, counts[c], input + row * row_stride + k, row_stride,
                            a->d_weight + (channel + c) * stn_columns(s) + row * run + k, run,
                            (int)(floats - (vecs - 1) * STN_LANES));
                }
            }
        }
    }
}

// Lists the survivors of one position and block of channels by place in the window; returns where the next ones go.
STN_INLINE stn_survivor *STN_LOCAL(list_by_place)(const stn_convolution_input_gradient_arguments *a,
                                                  const stn_convolution_shape *s, int64_t image, int64_t at,
                                                  int64_t channel, int channels, stn_survivor *to, int32_t *counts) {
    stn_survivor places[4][STN_CHANNEL_BLOCK + 1];
    float gradients[STN_CHANNEL_BLOCK];
    int32_t used[4] = {0, 0, 0, 0}, columns = (int32_t)stn_columns(s), offset = (int32_t)channel * columns;
    const float *scale = a->channel_scale ? a->channel_scale + image * s->outputs + channel : 0;
    const uint8_t *choice = s->pool == 2 ? a->choice + at + channel : 0;
    STN_LOCAL(gradients_at)(s, a->d_output + at + channel, a->output + at + channel, scale, channels, gradients);
    for (int c = 0; c < channels; c++, offset += columns) {
        int place = choice ? choice[c] & 3 : 0;
        stn_survivor *entry = &places[place][used[place]];
        entry->offset = offset;
        entry->gradient = gradients[c];
        used[place] += gradients[c] != 0;
    }
    for (int64_t place = 0; place < s->pool * s->pool; place++) {
        memcpy(to, places[place], (size_t)used[place] * sizeof(stn_survivor));
        to += used[place];
        counts[place] = used[place];
    }
    return to;
}

// One piece of kernel over all positions of the group, block by block in the order the lists were made.
STN_INLINE void STN_LOCAL(spread_piece)(const stn_convolution_input_gradient_arguments *a,
                                        const stn_convolution_shape *s, int64_t first, int64_t last, int64_t row,
                                        int64_t rows, int64_t k, int64_t floats, const stn_survivor *entry,
                                        const int32_t *counts) {
    int64_t height = stn_pooled_height(s), width = stn_pooled_width(s), row_stride = s->width * s->channels;
    int vecs = (int)stn_divide_up(floats, STN_LANES);
    STN_LOCAL(accumulate_function) add = STN_LOCAL(accumulate_pieces)[rows][vecs];
    for (int64_t channel = 0; channel < s->outputs; channel += STN_CHANNEL_BLOCK) {
        for (int64_t image = first; image < last; image++) {
            for (int64_t position = 0; position < height * width; position++) {
                int64_t y = position / width * s->pool, x = position % width * s->pool;
                for (int64_t place = 0; place < s->pool * s->pool; place++) {
                    int32_t count = *counts++;
                    if (count == 0) continue;
                    int64_t pixel = (image * s->height + y + (place >> 1) + row) * s->width + x + (place & 1);
                    add(entry, count, a->weight + row * stn_run(s) + k, stn_run(s),
                        a->d_input + pixel * s->channels + k, row_stride, (int)(floats - (vecs - 1) * STN_LANES));
                    entry += count;
                }
            }
        }
    }
}

static void STN_KERNEL_NAME(convolution_input_gradient)(const void *arguments, int64_t first, int64_t last,
                                                        int64_t thread) {
    const stn_convolution_input_gradient_arguments *a = arguments;
    const stn_convolution_shape shape = stn_by_image(&a->shape), *s = &shape;
    int64_t group = stn_input_gradient_group(s), run = stn_run(s);
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s), image_size = s->height * s->width * s->channels;
    int64_t blocks = stn_divide_up(s->outputs, STN_CHANNEL_BLOCK), windows = s->pool * s->pool;
    char *scratch = a->scratch + thread * a->scratch_bytes;
    int32_t *counts = (int32_t *)scratch;
    stn_survivor *entries = (stn_survivor *)(scratch + group * positions * blocks * windows * (int64_t)sizeof(int32_t));
    STN_LOCAL(cut) cut = STN_LOCAL(cut_of)(run, s->kernel_height);

    for (int64_t task = first; task < last; task++) {
        int64_t begin = task * group, end = stn_min(begin + group, s->images);
        stn_survivor *to = entries;
        int32_t *count = counts;
        for (int64_t block = 0; block < blocks; block++) {
            int64_t channel = block * STN_CHANNEL_BLOCK, channels = stn_min(STN_CHANNEL_BLOCK, s->outputs - channel);
            for (int64_t image = begin; image < end; image++)
                for (int64_t position = 0; position < positions; position++, count += windows)
                    to = STN_LOCAL(list_by_place)(a, s, image, (image * positions + position) * s->outputs, channel,
                                                  (int)channels, to, count);
        }
        memset(a->d_input + begin * image_size, 0, (size_t)((end - begin) * image_size) * sizeof(float));
        for (int64_t row = 0; row < s->kernel_height; row += cut.rows) {
            int64_t rows = stn_min(cut.rows, s->kernel_height - row);
            for (int64_t k = 0; k < run; k += cut.vecs * STN_LANES)
                STN_LOCAL(spread_piece)(a, s, begin, end, row, rows, k, stn_min(cut.vecs * STN_LANES, run - k),
                                        entries, counts);
        }
    }
}
