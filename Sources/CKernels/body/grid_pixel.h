// Sampling on a grid in memory, for each kind of part like sampling_pixel.h, whose taps and sums it uses.

// One output row.
STN_INLINE void STN_PART_LOCAL(grid_row)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                         const STN_LOCAL(geometry) *geometry, const float *pairs, const float *image,
                                         float *output) {
    STN_LOCAL(sampling_block) b;
    const stn_affine_sample_arguments *a = &g->sample;
    for (int64_t column = 0; column < a->output_width; column += STN_COLUMNS) {
        int columns = (int)stn_min(STN_COLUMNS, a->output_width - column);
        STN_LOCAL(grid_block)(taps, 0, g, geometry, pairs + 2 * column, columns, 0, &b, 0);
        STN_PART_LOCAL(sample_block)(taps, a, g, channels, &b, columns, image, (a->output_width - column) * channels,
                                     output + column * channels);
    }
}

// Adds what one part of pixel k has of gradient × derivative.
STN_INLINE void STN_PART_LOCAL(add_grid_part)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                              const STN_LOCAL(sampling_block) *b, int k, const float *image,
                                              const float *gradient, int64_t c, int count, STN_PART_TYPE *dx,
                                              STN_PART_TYPE *dy) {
    const float *tap[16];
    STN_PART_TYPE part = STN_PART_LOAD(gradient + c, count);
    if (b->whole >> k & 1) {
        STN_PART_LOCAL(find_taps)(taps, 1, &g->sample, channels, b, k, image + c, tap);
        STN_PART_LOCAL(add_derivatives)(taps, b, k, tap, part, count, dx, dy);
    } else {
        STN_PART_LOCAL(find_partial_taps)(taps, 1, &g->sample, g, channels, b, k, image + c, c, tap);
        STN_PART_LOCAL(add_derivatives)(taps, b, k, tap, part, count, dx, dy);
    }
}

// Sum of the lanes that are channels; those of vectors that are not are zero.
STN_INLINE float STN_PART_LOCAL(channel_sum)(STN_PART_TYPE a, int64_t channels) {
#if STN_PART_IS_PIXEL
    float sum = a[0];
    for (int64_t c = 1; c < channels; c++) sum += a[c];
    return sum;
#else
    (void)channels;
    return vec_sum(a);
#endif
}

// Does what sampling_pairs.h can: derivatives and, unless `sums` is NULL, sums. Returns the pixels that are left to do; those
// that are not alive are done.
STN_INLINE uint32_t STN_PART_LOCAL(do_pairs)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                             const STN_LOCAL(sampling_block) *b, const float *image,
                                             const float *d_output, int64_t row_stride, float *sums,
                                             STN_LOCAL(grid_derivatives) *d) {
    uint32_t rest = b->alive;
    if (~b->whole) memset(d, 0, sizeof *d);
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    if (taps == 2) {
        rest &= ~b->whole;
        uint32_t others = stn_grid_folds(g) ? 0 : rest;
        STN_LOCAL(pair_gradients)(&g->sample, channels, b, others, image, d_output, row_stride, sums, d->parts);
        return rest & ~others;
    }
#else
    (void)taps, (void)g, (void)channels, (void)image, (void)d_output, (void)row_stride, (void)sums;
#endif
    return rest;
}

// Derivatives of the pixels of one block whose bits are set.
STN_INLINE void STN_PART_LOCAL(grid_block_gradient)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                                    const STN_LOCAL(sampling_block) *b, uint32_t rest,
                                                    const float *image, const float *d_output,
                                                    STN_LOCAL(grid_derivatives) *d) {
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    for (int k = 0; k + STN_GROUP <= STN_COLUMNS && rest >> k; k += STN_GROUP) {
        if (!STN_LOCAL(is_group)(rest & b->whole, k)) continue;
        vec dx, dy;
        float x[STN_LANES], y[STN_LANES];
        STN_LOCAL(group_derivatives)(taps, &g->sample, channels, b, k, image, d_output + k * channels, &dx, &dy);
        vec_store(x, dx);
        vec_store(y, dy);
        STN_UNROLL for (int p = 0; p < STN_GROUP; p++)
            STN_LOCAL(set_derivative)(d, k + p, STN_PART_LOCAL(channel_sum)(quad_load(x + 4 * p), channels),
                                      STN_PART_LOCAL(channel_sum)(quad_load(y + 4 * p), channels));
        rest &= ~(((1u << STN_GROUP) - 1) << k);
    }
#endif
    for (; rest; rest &= rest - 1) {
        int k = __builtin_ctz(rest);
        const float *gradient = d_output + k * channels;
        STN_PART_TYPE dx = STN_PART(zero)(), dy = STN_PART(zero)();
        int64_t c = 0;
        for (; STN_PART_IS_PIXEL ? c == 0 : c + STN_PART_LANES <= channels; c += STN_PART_LANES)
            STN_PART_LOCAL(add_grid_part)(taps, g, channels, b, k, image, gradient, c, STN_PART_LANES, &dx, &dy);
        if (!STN_PART_IS_PIXEL && c < channels)
            STN_PART_LOCAL(add_grid_part)(taps, g, channels, b, k, image, gradient, c, (int)(channels - c), &dx, &dy);
        STN_LOCAL(set_derivative)(d, k, STN_PART_LOCAL(channel_sum)(dx, channels),
                                  STN_PART_LOCAL(channel_sum)(dy, channels));
    }
}

// The gradient of one row of the grid.
STN_INLINE void STN_PART_LOCAL(grid_row_gradient)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                                  const STN_LOCAL(geometry) *geometry, const float *pairs,
                                                  const float *image, const float *d_output, float *d_grid) {
    int64_t width = g->sample.output_width;
    for (int64_t column = 0; column < width; column += STN_COLUMNS) {
        STN_LOCAL(sampling_block) b;
        STN_LOCAL(grid_derivatives) d;
        float moved[2 * STN_COLUMNS], *factors = STN_LOCAL(keeps_positions)(g) ? 0 : moved;
        int columns = (int)stn_min(STN_COLUMNS, width - column);
        STN_LOCAL(grid_block)(taps, 1, g, geometry, pairs + 2 * column, columns, 0, &b, factors);
        const float *gradient = d_output + column * channels;
        uint32_t rest = STN_PART_LOCAL(do_pairs)(taps, g, channels, &b, image, gradient, 0, 0, &d);
        STN_PART_LOCAL(grid_block_gradient)(taps, g, channels, &b, rest, image, gradient, &d);
        STN_LOCAL(store_grid_gradient)(geometry, columns, factors, &d, d_grid + 2 * column);
    }
}

// Adds weight × gradient to the taps of a pixel, each where it is folded to.
STN_INLINE void STN_PART_LOCAL(scatter_folded)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                               const STN_LOCAL(sampling_block) *b, int k, const float *gradient,
                                               const STN_PART_LOCAL(band) *band) {
    for (int i = 0; i < taps; i++) {
        int64_t row = stn_grid_fold(g, b->y.first[k] + i, g->sample.height);
        if (row < band->rows.low || row >= band->rows.high) continue;
        for (int j = 0; j < taps; j++) {
            int64_t column = stn_grid_fold(g, b->x.first[k] + j, g->sample.width);
            if (column < 0) continue;
            STN_PART_TYPE weight = STN_PART(set1)(b->y.weight[i][k] * b->x.weight[j][k]);
            float *sum = STN_PART_LOCAL(sum_at)(band, row, column);
            for (int64_t c = 0; c < channels; c += STN_PART_LANES) {
                STN_PART_TYPE part = STN_PART_LOAD(gradient + c, STN_PART_COUNT(channels, c));
                int64_t count = stn_min(STN_PART_LANES, channels - c);
                STN_PART_LOCAL(store_part)(sum + c, STN_PART(fma)(weight, part, STN_PART(load)(sum + c)), (int)count, count);
            }
        }
    }
}

// What the pixels of one block whose bits are set add to a band.
STN_INLINE void STN_PART_LOCAL(scatter_block)(int taps, const stn_grid_sample_arguments *g, int64_t channels,
                                              const STN_LOCAL(sampling_block) *b, uint32_t rest, const float *d_output,
                                              const STN_PART_LOCAL(band) *band) {
    int folds = stn_grid_folds(g);
    STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(STN_PART_IS_PIXEL ? taps : 1, b, rest);
    while (STN_LOCAL(has_next)(&turns)) {
        int k = (int)STN_LOCAL(next)(&turns);
        const float *gradient = d_output + k * channels;
        if (folds && !(b->whole >> k & 1)) {
            STN_PART_LOCAL(scatter_folded)(taps, g, channels, b, k, gradient, band);
            continue;
        }
        if (b->y.first[k] <= band->rows.low - taps || b->y.first[k] >= band->rows.high) continue;
#if STN_PART_IS_PIXEL && STN_GROUP > 1
        if (taps == 2) {
            STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(0, channels, b, k, d_output);
            STN_LOCAL(scatter_pair)(channels, b, k, pair, (STN_LOCAL(pair_rows)){{band->sums, band->sums + band->rows.row_stride}});
            continue;
        }
#endif
        STN_PART_LOCAL(scatter)(taps, channels, b, k, gradient, band, band->sums + b->place[k]);
    }
}

// One band of one image's gradient. A band that is the whole image looks at each position once, and so makes the grid's
// gradient on the way.
STN_INLINE void STN_PART_LOCAL(grid_band_gradient)(int taps, const stn_grid_sample_gradient_arguments *s,
                                                   int64_t channels, int64_t image, int64_t place, float *scratch) {
    const stn_grid_sample_arguments *g = &s->forward;
    const stn_affine_sample_arguments *a = &g->sample;
    STN_PART_LOCAL(band) band;
    float *d_input = STN_PART_LOCAL(open_band)(taps, a, channels, image, place, s->d_input, scratch, &band);
    STN_LOCAL(geometry) geometry = STN_LOCAL(geometry_of)(taps, a, &band.rows);
    int64_t stride = stn_grid_row_stride(a), width = a->output_width;
    int whole = band.rows.low == 0 && band.rows.high == a->height, slopes = taps > 1 && whole && s->d_grid;
    const float *input = a->input + image * a->height * a->width * channels;
    for (int64_t row = image * a->output_height; row < (image + 1) * a->output_height; row++) {
        const int32_t *rows = s->rows ? s->rows + row * stride : 0;
        if (rows && (rows[1] < band.rows.low || rows[0] >= band.rows.high)) continue;
        for (int64_t column = 0; column < width; column += STN_COLUMNS) {
            const int32_t *block = rows ? rows + 2 + column / STN_COLUMNS * 2 : 0;
            if (block && (block[1] < band.rows.low || block[0] >= band.rows.high)) continue;
            STN_LOCAL(sampling_block) b;
            STN_LOCAL(grid_derivatives) d;
            float moved[2 * STN_COLUMNS], *factors = slopes && !STN_LOCAL(keeps_positions)(g) ? moved : 0;
            int64_t position = row * width + column;
            const float *d_output = s->d_output + position * channels;
            STN_LOCAL(grid_block)(taps, slopes, g, &geometry, g->grid + position * 2,
                                  (int)stn_min(STN_COLUMNS, width - column), &band.rows, &b, factors);
            uint32_t rest = b.alive;
            if (slopes)
                rest = STN_PART_LOCAL(do_pairs)(taps, g, channels, &b, input, d_output, band.rows.row_stride, band.sums, &d);
            STN_PART_LOCAL(scatter_block)(taps, g, channels, &b, rest, d_output, &band);
            if (!slopes) continue;
            STN_PART_LOCAL(grid_block_gradient)(taps, g, channels, &b, rest, input, d_output, &d);
            STN_LOCAL(store_grid_gradient)(&geometry, b.count, factors, &d, s->d_grid + position * 2);
        }
    }
    if (taps == 1 && whole && s->d_grid)
        memset(s->d_grid + image * a->output_height * width * 2, 0, (size_t)(a->output_height * width * 2) * sizeof(float));
    if (band.sums != d_input) STN_PART_LOCAL(store_sums)(&band, a->width, channels, d_input);
}
