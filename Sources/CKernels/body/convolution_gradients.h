// Gradients of a convolution that visit only positions carrying gradient.
//
// Idea       behind max-pooling one position in four carries gradient. Going from choice to choice is exact and skips the
//            rest of the work. (Where ReLU cut an output off its gradient is zero and goes along: leaving zeros out took lists
//            of their own for every channel, which cost more than they saved while half or more of the outputs are positive.)
// Entries    a position and output channel: the gradient, and how far its choice is from the first place of its window.
// Weights    task = 8 or 16 output channels. For a group of images the entries are listed, a row a position; then every piece
//            of dWeight is accumulated over its channel's column. Each sum runs over images and positions in one fixed order.
// Input      task = an image. A window's entries are all added to the pixels that its four places see, while these stay in
//            registers; weights with a border of zeros let every choice read as many. Output channels come in blocks of 32, so
//            that a block's weights stay in the first-level cache while all positions go by.

// Offsets of a row of entries, and their bits for the vocabulary, which moves floats.
typedef union {
    int32_t value[STN_CHANNEL_BLOCK];
    float bits[STN_CHANNEL_BLOCK];
} STN_LOCAL(entry_offsets);

// Writes `channels` entries from their parts. Left to the compiler, stores of every other word become a scatter, which takes
// longer than all else in a list.
STN_INLINE void STN_LOCAL(store_entries)(const STN_LOCAL(entry_offsets) *offsets, const float *gradients, int channels,
                                         stn_entry *entry) {
    int c = 0;
    for (; STN_LANES > 1 && c + STN_LANES <= channels; c += STN_LANES) {
        vec first, second;
        vec_interleave(vec_load(offsets->bits + c), vec_load(gradients + c), &first, &second);
        vec_store((float *)(entry + c), first);
        vec_store((float *)(entry + c) + STN_LANES, second);
    }
    for (; c < channels; c++) {
        entry[c].offset = offsets->value[c];
        entry[c].gradient = gradients[c];
    }
}

// Where a group of entries stands, and how offsets follow from places: places of a window are `across` and `down` apart, an
// entry's channel adds `channel_step`, and where entries say in which place of their group of images a position starts,
// `corner_step` is 1, else 0.
typedef struct {
    int64_t channel;
    int channels, corner_step;
    int32_t across, down, channel_step;
} STN_LOCAL(entry_places);

// The entries of one position, `image` of those from `first` on.
STN_INLINE void STN_LOCAL(entries_at)(const stn_convolution_gradient_operands *a, const stn_convolution_shape *s,
                                      const STN_LOCAL(entry_places) *places, int channels, int64_t first, int64_t image,
                                      int64_t position, STN_LOCAL(entry_offsets) *offsets, float *gradients) {
    int64_t height = stn_pooled_height(s), width = stn_pooled_width(s);
    const float *scale = a->channel_scale ? a->channel_scale + image * s->outputs + places->channel : 0;
    int64_t y = position / width * s->pool, x = position % width * s->pool;
    int64_t at = (image * height * width + position) * s->outputs + places->channel;
    const float *d_output = a->d_output + at, *output = a->output + at;
    int32_t corner = places->corner_step * (int32_t)((((image - first) * s->height + y) * s->width + x) * s->channels);
    // A task reads a part of each position, a stride that hardware does not fetch ahead far enough.
    __builtin_prefetch(d_output + STN_PREFETCHED * s->outputs);
    __builtin_prefetch(output + STN_PREFETCHED * s->outputs);
    // Each loop is a few vector instructions.
    for (int c = 0; c < channels; c++) gradients[c] = d_output[c];
    if (scale)
        for (int c = 0; c < channels; c++) gradients[c] *= scale[c];
    // `!(x <= 0)` lets NaN through, so that a broken network shows.
    if (s->relu)
        for (int c = 0; c < channels; c++) gradients[c] = output[c] <= 0 ? 0 : gradients[c];
    if (s->pool == 2) {
        const uint8_t *choice = a->choice + at;
        for (int c = 0; c < channels; c++)
            offsets->value[c] = corner + c * places->channel_step + (choice[c] & 1) * places->across +
                                (choice[c] >> 1) * places->down;
    } else {
        for (int c = 0; c < channels; c++) offsets->value[c] = corner + c * places->channel_step;
    }
}

// Lists the gradients of images `first` ..< `last`, one row of `channels` entries a position, and adds them up in `sums`.
STN_INLINE void STN_LOCAL(list_rows)(const stn_convolution_gradient_operands *a, const stn_convolution_shape *s,
                                     const STN_LOCAL(entry_places) *places, int channels, int64_t first, int64_t last,
                                     stn_entry *entry, float *sums) {
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    STN_LOCAL(entry_offsets) offsets;
    float gradients[STN_CHANNEL_BLOCK];
    for (int64_t image = first; image < last; image++)
        for (int64_t position = 0; position < positions; position++, entry += channels) {
            STN_LOCAL(entries_at)(a, s, places, channels, first, image, position, &offsets, gradients);
            STN_LOCAL(store_entries)(&offsets, gradients, channels, entry);
            for (int c = 0; c < channels; c++) sums[c] += gradients[c];
        }
}

STN_INLINE void STN_LOCAL(list_entries)(const stn_convolution_gradient_operands *a, const stn_convolution_shape *s,
                                        const STN_LOCAL(entry_places) *places, int64_t first, int64_t last,
                                        stn_entry *entry, float *sums) {
    // Full groups are cases of their own, so that their loops have a constant length.
    if (places->channels == STN_GRADIENT_CHANNELS)
        STN_LOCAL(list_rows)(a, s, places, STN_GRADIENT_CHANNELS, first, last, entry, sums);
    else if (places->channels == STN_GRADIENT_CHANNELS / 2)
        STN_LOCAL(list_rows)(a, s, places, STN_GRADIENT_CHANNELS / 2, first, last, entry, sums);
    else
        STN_LOCAL(list_rows)(a, s, places, places->channels, first, last, entry, sums);
}

static void STN_KERNEL_NAME(convolution_weight_gradient)(const void *arguments, int64_t first, int64_t last,
                                                         int64_t thread) {
    const stn_convolution_weight_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    int64_t group = stn_weight_gradient_group(s), run = stn_run(s), row_stride = s->width * s->channels;
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    stn_entry *entries = (stn_entry *)(a->scratch + thread * a->scratch_bytes);
    STN_LOCAL(cut) cut = STN_LOCAL(cut_of)(run, s->kernel_height);

    for (int64_t task = first; task < last; task++) {
        int64_t channel = task * stn_gradient_channels(s);
        int64_t channels = stn_min(stn_gradient_channels(s), s->outputs - channel);
        STN_LOCAL(entry_places) places = {channel, (int)channels, 1, (int32_t)s->channels, (int32_t)row_stride, 0};
        memset(a->d_weight + channel * stn_columns(s), 0, (size_t)(channels * stn_columns(s)) * sizeof(float));
        memset(a->d_bias + channel, 0, (size_t)channels * sizeof(float));
        for (int64_t image = 0; image < s->images; image += group) {
            int64_t end = stn_min(image + group, s->images), count = (end - image) * positions;
            float sums[STN_GRADIENT_CHANNELS] = {0};
            STN_LOCAL(list_entries)(&a->operands, s, &places, image, end, entries, sums);
            for (int64_t c = 0; c < channels; c++) a->d_bias[channel + c] += sums[c];
            const float *input = a->input + image * s->height * row_stride;
            for (int64_t row = 0; row < s->kernel_height; row += cut.rows) {
                int64_t rows = stn_min(cut.rows, s->kernel_height - row);
                for (int64_t k = 0; k < run; k += cut.vecs * STN_RUN_LANES) {
                    int64_t floats = stn_min(cut.vecs * STN_RUN_LANES, run - k);
                    int vecs = (int)stn_divide_up(floats, STN_RUN_LANES);
                    STN_LOCAL(accumulate_function) add = STN_LOCAL(accumulate_pieces)[rows][vecs];
                    for (int64_t c = 0; c < channels; c++)
                        add(entries + c, count, channels, input + row * row_stride + k, row_stride,
                            a->d_weight + (channel + c) * stn_columns(s) + row * run + k, run,
                            (int)(floats - (vecs - 1) * STN_RUN_LANES));
                }
            }
        }
    }
}

// Copies the weights into kernels with a border of zeros as wide as the window reaches.
STN_INLINE void STN_LOCAL(bordered_weights)(const stn_convolution_shape *s, const stn_border *b, const float *weight,
                                            float *to) {
    memset(to, 0, (size_t)(s->outputs * b->kernel) * sizeof(float));
    for (int64_t o = 0; o < s->outputs; o++)
        for (int64_t row = 0; row < s->kernel_height; row++)
            memcpy(to + o * b->kernel + (row + b->reach) * b->row + b->reach * s->channels,
                   weight + o * stn_columns(s) + row * stn_run(s), (size_t)stn_run(s) * sizeof(float));
}

// All pieces of the pixels that each position of an image sees, for one block of output channels.
STN_INLINE void STN_LOCAL(spread_block)(const stn_convolution_shape *s, const stn_border *b, int64_t channels,
                                        const stn_entry *entries, const float *weight, float *d_image) {
    int64_t width = stn_pooled_width(s), positions = stn_pooled_height(s) * width, row_stride = s->width * s->channels;
    int64_t height = s->kernel_height + b->reach, run = (s->kernel_width + b->reach) * s->channels;
    STN_LOCAL(cut) cut = STN_LOCAL(cut_of)(run, height);
    for (int64_t row = 0; row < height; row += cut.rows) {
        int64_t rows = stn_min(cut.rows, height - row);
        for (int64_t k = 0; k < run; k += cut.vecs * STN_RUN_LANES) {
            int64_t floats = stn_min(cut.vecs * STN_RUN_LANES, run - k);
            int vecs = (int)stn_divide_up(floats, STN_RUN_LANES);
            STN_LOCAL(accumulate_function) add = STN_LOCAL(accumulate_pieces)[rows][vecs];
            for (int64_t position = 0; position < positions; position++) {
                int64_t pixel = (position / width * s->pool + row) * s->width + position % width * s->pool;
                add(entries + position * channels, channels, 1, weight + row * b->row + k, b->row,
                    d_image + pixel * s->channels + k, row_stride, (int)(floats - (vecs - 1) * STN_RUN_LANES));
            }
        }
    }
}

static void STN_KERNEL_NAME(convolution_input_gradient)(const void *arguments, int64_t first, int64_t last,
                                                        int64_t thread) {
    const stn_convolution_input_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    stn_border b = stn_border_of(s);
    int64_t image_size = s->height * s->width * s->channels;
    // A choice right of or below the first place reads its kernel that much further to the left or up.
    int32_t across = (int32_t)-s->channels, down = (int32_t)-b.row;
    int32_t start = (int32_t)(b.reach * (b.row + s->channels)), kernel = (int32_t)b.kernel;
    stn_entry *entries = (stn_entry *)(a->scratch + thread * a->scratch_bytes);
    const float *weight = a->weight;
    if (b.reach > 0) {
        float *bordered = (float *)(entries + stn_pooled_height(s) * stn_pooled_width(s) * STN_CHANNEL_BLOCK);
        STN_LOCAL(bordered_weights)(s, &b, a->weight, bordered);
        weight = bordered;
    }
    for (int64_t image = first; image < last; image++) {
        float *d_image = a->d_input + image * image_size;
        memset(d_image, 0, (size_t)image_size * sizeof(float));
        for (int64_t channel = 0; channel < s->outputs; channel += STN_CHANNEL_BLOCK) {
            int64_t channels = stn_min(STN_CHANNEL_BLOCK, s->outputs - channel);
            float sums[STN_CHANNEL_BLOCK] = {0};  // of no use here
            STN_LOCAL(entry_places) places = {channel, (int)channels, 0, across, down, kernel};
            STN_LOCAL(list_entries)(&a->operands, s, &places, image, image + 1, entries, sums);
            STN_LOCAL(spread_block)(s, &b, channels, entries, weight + channel * b.kernel + start, d_image);
        }
    }
}
