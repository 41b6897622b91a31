// One pixel's taps, and rows of pixels, a part of the channels at a time. affine_sample.h includes this once for each kind
// of part: a vector of channels, or a quad, which is a whole pixel of up to four and reads past it (STN_OVER_READ).

// How many of the channels from `c` on are loaded as one part.
#define STN_PART_COUNT(channels, c) (STN_PART_IS_PIXEL ? STN_PART_LANES : (int)stn_min(STN_PART_LANES, (channels) - (c)))
#define STN_PART_LOAD(p, count) ((count) == STN_PART_LANES ? STN_PART(load)(p) : STN_PART(load_first)(p, count))

// Where the taps of pixel k are read; `whole` says that all count. One that does not is −0, which changes no sum:
// x + 0 · −0 is x for every x, also for −0.
STN_INLINE void STN_PART_LOCAL(find_taps)(int taps, int whole, const stn_affine_sample_arguments *a, int64_t channels,
                                          const STN_LOCAL(sampling_block) *b, int k,
                                          const float *image, const float **tap) {
    const float *row = image + b->offset[k];
    STN_UNROLL for (int i = 0; i < taps; i++, row += a->width * channels) {
        uint32_t row_counts = b->y.counts[i] >> k;
        STN_UNROLL for (int j = 0; j < taps; j++) {
            int counts = whole || (row_counts & b->x.counts[j] >> k & 1);
            tap[i * taps + j] = counts ? row + j * channels : stn_nothing;
        }
    }
}

// The same where not all count. Under a padding that folds (`g`, NULL for zeros) a tap outside is read elsewhere, or is the
// constant; `c` is the first channel of the part. With `slopes` taps of weight zero are read, as their derivatives are not.
STN_INLINE void STN_PART_LOCAL(find_partial_taps)(int taps, int slopes, const stn_affine_sample_arguments *a,
                                                  const stn_grid_sample_arguments *g, int64_t channels,
                                                  const STN_LOCAL(sampling_block) *b, int k, const float *image,
                                                  int64_t c, const float **tap) {
    if (!g || !stn_grid_folds(g)) {
        STN_PART_LOCAL(find_taps)(taps, 0, a, channels, b, k, image, tap);
        return;
    }
    STN_UNROLL for (int i = 0; i < taps; i++) {
        int64_t row = stn_grid_fold(g, b->y.first[k] + i, a->height);
        STN_UNROLL for (int j = 0; j < taps; j++) {
            int64_t column = stn_grid_fold(g, b->x.first[k] + j, a->width);
            int counts = slopes || (b->y.weight[i][k] != 0 && b->x.weight[j][k] != 0);
            const float *pixel = row < 0 || column < 0 ? g->constant + c : image + (row * a->width + column) * channels;
            tap[i * taps + j] = counts ? pixel : stn_nothing;
        }
    }
}

// Σ over the taps of weight × pixel.
STN_INLINE STN_PART_TYPE STN_PART_LOCAL(blend)(int taps, const STN_LOCAL(sampling_block) *b, int k,
                                               const float *const *tap, int count) {
    if (taps == 1) return STN_PART_LOAD(tap[0], count);
    STN_PART_TYPE sum = STN_PART(zero)();
    STN_UNROLL for (int i = 0; i < taps; i++) {
        STN_PART_TYPE row = STN_PART(zero)(), weight;
        STN_UNROLL for (int j = 0; j < taps; j++) {
            STN_PART_TYPE value = STN_PART_LOAD(tap[i * taps + j], count);
            weight = STN_PART(set1)(b->x.weight[j][k]);
            row = j == 0 ? STN_PART(mul)(weight, value) : STN_PART(fma)(weight, value, row);
        }
        weight = STN_PART(set1)(b->y.weight[i][k]);
        sum = i == 0 ? STN_PART(mul)(weight, row) : STN_PART(fma)(weight, row, sum);
    }
    return sum;
}

STN_INLINE void STN_PART_LOCAL(store_part)(float *output, STN_PART_TYPE sum, int count, int64_t room) {
    if (count == STN_PART_LANES && room >= STN_PART_LANES)
        STN_PART(store)(output, sum);
    else
        STN_PART(store_first)(output, sum, (int)stn_min(count, room));
}

// One part of an output pixel, from channel `c` on. `room` floats are left in the row: a quad's surplus is overwritten by the
// next pixel.
STN_INLINE void STN_PART_LOCAL(sample_part)(int taps, const stn_affine_sample_arguments *a,
                                            const stn_grid_sample_arguments *g, int64_t channels,
                                            const STN_LOCAL(sampling_block) *b, int k, const float *image, int64_t c,
                                            int count, int64_t room, float *output) {
    const float *tap[16];
    STN_PART_TYPE sum;
    if (b->whole >> k & 1) {
        STN_PART_LOCAL(find_taps)(taps, 1, a, channels, b, k, image + c, tap);
        sum = STN_PART_LOCAL(blend)(taps, b, k, tap, count);
    } else {
        STN_PART_LOCAL(find_partial_taps)(taps, 0, a, g, channels, b, k, image + c, c, tap);
        sum = STN_PART_LOCAL(blend)(taps, b, k, tap, count);
    }
    STN_PART_LOCAL(store_part)(output, sum, count, room);
}

// The pixels of one block; `g` is NULL for zeros outside.
STN_INLINE void STN_PART_LOCAL(sample_block)(int taps, const stn_affine_sample_arguments *a,
                                             const stn_grid_sample_arguments *g, int64_t channels,
                                             const STN_LOCAL(sampling_block) *b, int columns, const float *image,
                                             int64_t room, float *output) {
#if STN_PART_IS_PIXEL && STN_LANES >= 16
    STN_LOCAL(wide_taps) wide;
    int is_wide = taps == 4 && !(g && stn_grid_folds(g));
    if (is_wide && b->alive) STN_LOCAL(gather_taps)(b->x.weight, wide.weight);
#endif
    for (int k = 0; k < columns; k++, output += channels, room -= channels) {
#if STN_PART_IS_PIXEL && STN_GROUP > 1
        // With sixteen taps, groups are no faster than pixels.
        if (taps < 4 && STN_LOCAL(is_group)(b->whole, k)) {
            STN_LOCAL(sample_group)(taps, a, channels, b, k, image, room, output);
            k += STN_GROUP - 1;
            output += (STN_GROUP - 1) * channels;
            room -= (STN_GROUP - 1) * channels;
            continue;
        }
#endif
#if STN_PART_IS_PIXEL && STN_LANES >= 16
        if (is_wide && b->alive >> k & 1) {
            uint32_t lanes[4];
            STN_LOCAL(wide_counts)(channels, b, k, lanes);
            quad sum = b->whole >> k & 1 ? STN_LOCAL(wide_pixel)(a, channels, b, &wide, k, image, 0)
                                         : STN_LOCAL(wide_pixel)(a, channels, b, &wide, k, image, lanes);
            STN_PART_LOCAL(store_part)(output, sum, 4, room);
            continue;
        }
#endif
        if (!(b->alive >> k & 1)) {
            for (int64_t c = 0; c < channels; c++) output[c] = g && g->constant ? g->constant[c] : 0;
            continue;
        }
#if STN_PART_IS_PIXEL && STN_GROUP > 1
        if (taps == 2 && !(g && stn_grid_folds(g))) {
            STN_PART_LOCAL(store_part)(output, STN_LOCAL(sample_pair)(a, channels, b, k, image), 4, room);
            continue;
        }
#endif
        int64_t c = 0;
        for (; STN_PART_IS_PIXEL ? c == 0 : c + STN_PART_LANES <= channels; c += STN_PART_LANES)
            STN_PART_LOCAL(sample_part)(taps, a, g, channels, b, k, image, c, STN_PART_LANES, room - c, output + c);
        if (!STN_PART_IS_PIXEL && c < channels)
            STN_PART_LOCAL(sample_part)(taps, a, g, channels, b, k, image, c, (int)(channels - c), room - c, output + c);
    }
}

// One output row.
STN_INLINE void STN_PART_LOCAL(sample_row)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                           const STN_LOCAL(geometry) *geometry, const STN_LOCAL(sampling_map) *map,
                                           float m, const float *image, float *output) {
    STN_LOCAL(sampling_block) b;
    float x_row = map->x_m * m + map->x_0, y_row = map->y_m * m + map->y_0;
    int64_t shift = STN_LOCAL(prefetch_shift)(a, map, STN_PREFETCH_PIXELS, 0);
    for (int64_t column = 0; column < a->output_width; column += STN_COLUMNS) {
        int columns = (int)stn_min(STN_COLUMNS, a->output_width - column);
        STN_LOCAL(sampling_block_at)(taps, 0, a, geometry, map, x_row, y_row, column, columns, 0, &b);
        if (STN_PART_IS_PIXEL && STN_PREFETCHES_FORWARD && shift) STN_LOCAL(prefetch_taps)(taps, a, &b, image, shift);
        STN_PART_LOCAL(sample_block)(taps, a, 0, channels, &b, columns, image, (a->output_width - column) * channels,
                                     output + column * channels);
    }
}
