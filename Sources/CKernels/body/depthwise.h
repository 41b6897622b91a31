// Depthwise convolution, every channel by itself, with the same bias, dropout, pooling and ReLU; likewise groups of so few
// channels that a vector holds several of them.
//
// Algorithm  vectors run across channels, and a tap is one FMA: up to 4 vectors of channels stay in registers while the taps
//            go by. In groups of n channels it is n FMAs, each with another channel of its group in every lane: a permutation,
//            which leaves no other group's numbers in a sum, as filling up with zeros would leave their NaN.
// Bound by   loads: two an FMA.

// index[c][lane]: the lane of channel c of a lane's group, `members` channels a group.
STN_INLINE void STN_LOCAL(list_members)(int64_t members, int32_t index[][STN_LANES]) {
    for (int64_t c = 0; c < members; c++)
        for (int64_t lane = 0; lane < STN_LANES; lane++) index[c][lane] = (int32_t)(lane / members * members + c);
}

// Adds `vectors` of pixels times their weights, `step` floats apart from vector to vector, to sums[vector][place].
STN_INLINE void STN_LOCAL(depthwise_add)(int vectors, int grouped, int count, int64_t members,
                                         const int32_t index[][STN_LANES], const float *pixels, const float *weights,
                                         int64_t step, int place, vec sums[][4]) {
    vec values[4];
    STN_UNROLL
    for (int v = 0; v < vectors; v++)
        values[v] = vectors > 1 ? vec_load(pixels + v * STN_LANES) : vec_load_first(pixels, count);
    for (int64_t c = 0; c < (grouped ? members : 1); c++) {
        STN_UNROLL
        for (int v = 0; v < vectors; v++) {
            vec value = grouped ? vec_permute(values[v], index[c]) : values[v];
            sums[v][place] = vec_fma(value, vec_load(weights + c * STN_LANES + v * step), sums[v][place]);
        }
    }
}

// The sums of `vectors` of channels for one window of positions, and what follows.
STN_INLINE void STN_LOCAL(depthwise_window)(int vectors, int pool, int grouped, const stn_patch_convolution_arguments *d,
                                            int64_t members, const int32_t index[][STN_LANES], int64_t image,
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
                STN_LOCAL(depthwise_add)(vectors, grouped, count, members, index,
                                         pixels + (y * g->width + x) * g->channels,
                                         weights + (i * g->kernel_width + j) * members * STN_LANES,
                                         a->shape.channels * STN_LANES, place, sums);
            }
        }
    }
    STN_UNROLL
    for (int v = 0; v < vectors; v++)
        STN_LOCAL(convolution_finish)(pool, a, sums[v], image, row, column, channel + v * STN_LANES);
}

// One row of outputs.
STN_INLINE void STN_LOCAL(depthwise_row)(int pool, int grouped, const stn_patch_convolution_arguments *d, int64_t members,
                                         const int32_t index[][STN_LANES], int64_t image, int64_t row) {
    int64_t width = stn_pooled_width(&d->convolution.shape), channels = d->geometry.channels;
    for (int64_t column = 0; column < width; column++) {
        int64_t channel = 0;
        for (; channel + 4 * STN_LANES <= channels; channel += 4 * STN_LANES)
            STN_LOCAL(depthwise_window)(4, pool, grouped, d, members, index, image, row, column, channel);
        for (; channel < channels; channel += STN_LANES)
            STN_LOCAL(depthwise_window)(1, pool, grouped, d, members, index, image, row, column, channel);
    }
}

static void STN_KERNEL_NAME(depthwise)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_patch_convolution_arguments *d = arguments;
    int64_t height = stn_pooled_height(&d->convolution.shape), members = d->geometry.channels / d->geometry.groups;
    int32_t index[STN_LANES][STN_LANES];
    STN_LOCAL(list_members)(members, index);
    for (int64_t task = first; task < last; task++) {
#define STN_CASE(window, grouped)                                                                                       \
    if (d->convolution.shape.pool == window && (members > 1) == grouped)                                                \
        STN_LOCAL(depthwise_row)(window, grouped, d, members, index, task / height, task % height);
        STN_CASE(1, 0) STN_CASE(1, 1) STN_CASE(2, 0) STN_CASE(2, 1)
#undef STN_CASE
    }
}
