// Gradients of one pixel and of a band of input rows, for each kind of part like sampling_pixel.h.

// Σ of a pixel's derivatives by x and y, alone and times n and m, lane by lane.
typedef struct {
    STN_PART_TYPE x, x_n, x_m, y, y_n, y_m;
} STN_PART_LOCAL(moments);

// Adds gradient × derivative of one part to `dx` and `dy`.
STN_INLINE void STN_PART_LOCAL(add_derivatives)(int taps, const STN_LOCAL(sampling_block) *b, int k,
                                                const float *const *tap, STN_PART_TYPE gradient, int count,
                                                STN_PART_TYPE *dx, STN_PART_TYPE *dy) {
    STN_PART_TYPE x_sum = STN_PART(zero)(), y_sum = STN_PART(zero)();
    STN_UNROLL for (int i = 0; i < taps; i++) {
        STN_PART_TYPE value = STN_PART(zero)(), slope = STN_PART(zero)(), first = STN_PART(zero)();
        STN_UNROLL for (int j = 0; j < taps; j++) {
            STN_PART_TYPE pixel = STN_PART_LOAD(tap[i * taps + j], count), weight = STN_PART(set1)(b->x.weight[j][k]);
            value = j == 0 ? STN_PART(mul)(weight, pixel) : STN_PART(fma)(weight, pixel, value);
            if (taps == 2)  // The slopes are −1 and 1.
                slope = j == 0 ? (first = pixel) : STN_PART(sub)(pixel, first);
            else
                slope = STN_PART(fma)(STN_PART(set1)(b->x.slope[j][k]), pixel, slope);
        }
        x_sum = STN_PART(fma)(STN_PART(set1)(b->y.weight[i][k]), slope, x_sum);
        if (taps == 2)
            y_sum = i == 0 ? value : STN_PART(sub)(value, y_sum);
        else
            y_sum = STN_PART(fma)(STN_PART(set1)(b->y.slope[i][k]), value, y_sum);
    }
    *dx = STN_PART(fma)(gradient, x_sum, *dx);
    *dy = STN_PART(fma)(gradient, y_sum, *dy);
}

// The same from wherever the taps of pixel k are.
STN_INLINE void STN_PART_LOCAL(add_part)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                         const STN_LOCAL(sampling_block) *b, int k, const float *image,
                                         const float *gradient, int count, STN_PART_TYPE *dx, STN_PART_TYPE *dy) {
    const float *tap[16];
    STN_PART_TYPE part = STN_PART_LOAD(gradient, count);
    if (b->whole >> k & 1) {
        STN_PART_LOCAL(find_taps)(taps, 1, a, channels, b, k, image, tap);
        STN_PART_LOCAL(add_derivatives)(taps, b, k, tap, part, count, dx, dy);
    } else {
        STN_PART_LOCAL(find_taps)(taps, 0, a, channels, b, k, image, tap);
        STN_PART_LOCAL(add_derivatives)(taps, b, k, tap, part, count, dx, dy);
    }
}

// What one pixel adds to the row's moments (x, x_n, y, y_n).
STN_INLINE void STN_PART_LOCAL(add_pixel)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                          const STN_LOCAL(sampling_block) *b, int k, const float *image,
                                          const float *gradient, STN_PART_LOCAL(moments) *row) {
    STN_PART_TYPE dx = STN_PART(zero)(), dy = STN_PART(zero)(), n = STN_PART(set1)(b->n[k]);
    int64_t c = 0;
    for (; STN_PART_IS_PIXEL ? c == 0 : c + STN_PART_LANES <= channels; c += STN_PART_LANES)
        STN_PART_LOCAL(add_part)(taps, a, channels, b, k, image + c, gradient + c, STN_PART_LANES, &dx, &dy);
    if (!STN_PART_IS_PIXEL && c < channels)
        STN_PART_LOCAL(add_part)(taps, a, channels, b, k, image + c, gradient + c, (int)(channels - c), &dx, &dy);
    row->x = STN_PART(add)(row->x, dx);
    row->x_n = STN_PART(fma)(dx, n, row->x_n);
    row->y = STN_PART(add)(row->y, dy);
    row->y_n = STN_PART(fma)(dy, n, row->y_n);
}

// Columns first ..< last of an output row: all whose taps may lie in the band, and perhaps a few more.
STN_INLINE void STN_PART_LOCAL(columns_of)(int taps, const stn_affine_sample_arguments *a,
                                           const STN_LOCAL(sampling_map) *map, float y_row,
                                           const STN_PART_LOCAL(band) *band, int64_t *first, int64_t *last) {
    *first = *last = 0;
    if (band->rows.low == 0 && band->rows.high == a->height) {
        *last = a->output_width;
        return;
    }
    double reach = taps == 4 ? 2 : 1, width = (double)a->output_width, slope = map->y_n;
    // More than y is rounded by.
    reach += 1e-6 * (fabs(slope) * width + fabs((double)y_row));
    double low = (double)band->rows.low - reach - y_row, high = (double)band->rows.high + reach - y_row;
    // Also true where y is not finite: such a row reads nothing.
    if (!(low < high) || !isfinite(slope) || !isfinite(low)) return;
    if (slope == 0) {
        if (low <= 0 && high >= 0) *last = a->output_width;
        return;
    }
    double from = (slope > 0 ? low : high) / slope, to = (slope > 0 ? high : low) / slope;
    // n = 2j + 1 − width.
    *first = (int64_t)fmax(0, fmin(width, floor((from + width - 1) / 2)));
    *last = (int64_t)fmax(0, fmin(width, ceil((to + width - 1) / 2) + 1));
}

// The pixels of one block: sums to the band, and to `row` (x, x_n, y, y_n) the moments of those that are at home in it. What
// goes several pixels at a time is added to `groups` in the same order, bicubic pixels where a vector holds a row of taps to
// `wide`, and bilinear ones where a vector holds a pair to `pairs`.
STN_INLINE void STN_PART_LOCAL(gradient_block)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                               const STN_LOCAL(sampling_block) *b, const float *image,
                                               const float *d_output, const STN_PART_LOCAL(band) *band,
                                               STN_PART_LOCAL(moments) *row, vec *groups, vec *wide,
                                               STN_LOCAL(pair_moments) *pairs) {
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    if (taps == 2) {
        int64_t row_stride = band->rows.row_stride;
        if (band->sums)
            STN_LOCAL(pair_block)(1, a, channels, b, image, d_output, row_stride, band->sums, pairs);
        else
            STN_LOCAL(pair_block)(0, a, channels, b, image, d_output, row_stride, 0, pairs);
        return;
    }
#else
    (void)pairs;
#endif
#if STN_PART_IS_PIXEL && STN_LANES >= 16
    if (taps == 4) {
        STN_LOCAL(wide_block)(a, channels, b, image, d_output, band->rows.row_stride, band->sums, wide);
        return;
    }
#else
    (void)wide;
#endif
    uint32_t home = taps > 1 ? b->home : 0;
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    for (int k = 0; k + STN_GROUP <= STN_COLUMNS && home >> k; k += STN_GROUP) {
        if (!STN_LOCAL(is_group)(home & b->whole, k)) continue;
        STN_LOCAL(add_group)(taps, a, channels, b, k, image, d_output + k * channels, &groups[0], &groups[1], &groups[2],
                             &groups[3]);
        home &= ~(((1u << STN_GROUP) - 1) << k);
    }
#else
    (void)groups;
#endif
    STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(STN_PART_IS_PIXEL ? taps : 1, b, band->sums ? b->alive : home);
    while (STN_LOCAL(has_next)(&turns)) {
        int k = (int)STN_LOCAL(next)(&turns);
        const float *gradient = d_output + k * channels;
        if (taps > 1 && home >> k & 1) STN_PART_LOCAL(add_pixel)(taps, a, channels, b, k, image, gradient, row);
        if (band->sums) STN_PART_LOCAL(scatter)(taps, channels, b, k, gradient, band, band->sums + b->place[k]);
    }
}

// Adds what one output row has summed up.
STN_INLINE void STN_PART_LOCAL(add_row)(int taps, int64_t channels, STN_PART_LOCAL(moments) row, const vec *groups,
                                        const vec *wide, float m, STN_PART_LOCAL(moments) *moments) {
#if STN_PART_IS_PIXEL && STN_LANES >= 16
    if (taps == 4) {
        row.x = STN_PART(add)(row.x, STN_LOCAL(wide_sum)(channels, wide[0]));
        row.x_n = STN_PART(add)(row.x_n, STN_LOCAL(wide_sum)(channels, wide[1]));
        row.y = STN_PART(add)(row.y, STN_LOCAL(wide_sum)(channels, wide[2]));
        row.y_n = STN_PART(add)(row.y_n, STN_LOCAL(wide_sum)(channels, wide[3]));
    }
#else
    (void)taps, (void)channels, (void)wide;
#endif
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    row.x = STN_PART(add)(row.x, vec_sum_quads(groups[0]));
    row.x_n = STN_PART(add)(row.x_n, vec_sum_quads(groups[1]));
    row.y = STN_PART(add)(row.y, vec_sum_quads(groups[2]));
    row.y_n = STN_PART(add)(row.y_n, vec_sum_quads(groups[3]));
#else
    (void)groups;
#endif
    STN_PART_TYPE down = STN_PART(set1)(m);
    moments->x = STN_PART(add)(moments->x, row.x);
    moments->x_n = STN_PART(add)(moments->x_n, row.x_n);
    moments->x_m = STN_PART(fma)(row.x, down, moments->x_m);
    moments->y = STN_PART(add)(moments->y, row.y);
    moments->y_n = STN_PART(add)(moments->y_n, row.y_n);
    moments->y_m = STN_PART(fma)(row.y, down, moments->y_m);
}

// One output row's part in the band, and in `moments` or `pairs` if it belongs there: to the band of its uppermost row inside.
STN_INLINE void STN_PART_LOCAL(gradient_row)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                             const STN_LOCAL(geometry) *geometry, const STN_LOCAL(sampling_map) *map,
                                             float m, const float *image, const float *d_output, const STN_PART_LOCAL(band) *band,
                                             STN_PART_LOCAL(moments) *moments, STN_LOCAL(pair_moments) *pairs) {
    STN_LOCAL(sampling_block) b;
    float x_row = map->x_m * m + map->x_0, y_row = map->y_m * m + map->y_0;
    STN_PART_LOCAL(moments) row;
    row.x = row.x_n = row.x_m = row.y = row.y_n = row.y_m = STN_PART(zero)();
    vec groups[4] = {vec_zero(), vec_zero(), vec_zero(), vec_zero()};
    vec wide[4] = {vec_zero(), vec_zero(), vec_zero(), vec_zero()};
    STN_LOCAL(pair_moments) row_pairs;
    STN_LOCAL(clear_pairs)(&row_pairs);
    int64_t column, last;
    STN_PART_LOCAL(columns_of)(taps, a, map, y_row, band, &column, &last);
    int64_t shift = STN_LOCAL(prefetch_shift)(a, map, 0, STN_PREFETCH_ROWS);
    for (; column < last; column += STN_COLUMNS) {
        int columns = (int)stn_min(STN_COLUMNS, last - column);
        STN_LOCAL(sampling_block_at)(taps, taps > 1, a, geometry, map, x_row, y_row, column, columns, &band->rows, &b);
        if (STN_PART_IS_PIXEL && shift) {
            STN_LOCAL(prefetch_run)(d_output + column * channels, STN_PREFETCH_ROWS * a->output_width * channels,
                                    columns * channels);
            if (taps > 1) STN_LOCAL(prefetch_taps)(taps, a, &b, image, shift);
        }
        STN_PART_LOCAL(gradient_block)(taps, a, channels, &b, image, d_output + column * channels, band, &row, groups,
                                       wide, &row_pairs);
    }
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    if (taps == 2) {
        STN_LOCAL(pair_row)(&row_pairs, m, pairs);
        return;
    }
#else
    (void)pairs;
#endif
    STN_PART_LOCAL(add_row)(taps, channels, row, groups, wide, m, moments);
}

// Sum of the lanes that are channels.
STN_INLINE float STN_PART_LOCAL(lane_sum)(STN_PART_TYPE a, int64_t channels) {
    float lanes[STN_PART_LANES], sum = 0;
    STN_PART(store)(lanes, a);
    for (int64_t c = 0; c < stn_min(STN_PART_LANES, channels); c++) sum += lanes[c];
    return sum;
}

STN_INLINE void STN_PART_LOCAL(theta_gradient)(const STN_PART_LOCAL(moments) *s, const STN_LOCAL(sampling_map) *map,
                                               int64_t channels, float *d_theta) {
    d_theta[0] = STN_PART_LOCAL(lane_sum)(s->x_n, channels) * map->x_half * map->column_scale;
    d_theta[1] = STN_PART_LOCAL(lane_sum)(s->x_m, channels) * map->x_half * map->row_scale;
    d_theta[2] = STN_PART_LOCAL(lane_sum)(s->x, channels) * map->x_half;
    d_theta[3] = STN_PART_LOCAL(lane_sum)(s->y_n, channels) * map->y_half * map->column_scale;
    d_theta[4] = STN_PART_LOCAL(lane_sum)(s->y_m, channels) * map->y_half * map->row_scale;
    d_theta[5] = STN_PART_LOCAL(lane_sum)(s->y, channels) * map->y_half;
}

// One band of one image.
STN_INLINE void STN_PART_LOCAL(gradient_band)(int taps, const stn_affine_sample_gradient_arguments *g,
                                              int64_t channels, int64_t image, int64_t place, float *scratch,
                                              float *d_theta) {
    const stn_affine_sample_arguments *a = &g->forward;
    STN_PART_LOCAL(band) band;
    float *d_input = STN_PART_LOCAL(open_band)(taps, a, channels, image, place, g->d_input, scratch, &band);
    STN_LOCAL(geometry) geometry = STN_LOCAL(geometry_of)(taps, a, &band.rows);
    if (taps == 4) STN_KEEP_IN_MEMORY(geometry);
    STN_LOCAL(sampling_map) map = STN_LOCAL(sampling_map_of)(a, a->theta + image * 6);
    const float *input = a->input + image * a->height * a->width * channels;
    const float *d_output = g->d_output + image * a->output_height * a->output_width * channels;
    STN_PART_LOCAL(moments) moments;
    moments.x = moments.x_n = moments.x_m = moments.y = moments.y_n = moments.y_m = STN_PART(zero)();
    STN_LOCAL(pair_moments) pairs;
    STN_LOCAL(clear_pairs)(&pairs);
    for (int64_t row = 0; row < a->output_height; row++) {
        float m = STN_LOCAL(from_middle)(row, a->output_height);
        STN_PART_LOCAL(gradient_row)(taps, a, channels, &geometry, &map, m, input,
                                     d_output + row * a->output_width * channels, &band, &moments, &pairs);
    }
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    if (taps == 2) {
        moments.x = STN_LOCAL(pair_sum)(pairs.x, channels, -1);
        moments.x_n = STN_LOCAL(pair_sum)(pairs.x_n, channels, -1);
        moments.x_m = STN_LOCAL(pair_sum)(pairs.x_m, channels, -1);
        moments.y = STN_LOCAL(pair_sum)(pairs.y, channels, 1);
        moments.y_n = STN_LOCAL(pair_sum)(pairs.y_n, channels, 1);
        moments.y_m = STN_LOCAL(pair_sum)(pairs.y_m, channels, 1);
    }
#endif
    STN_PART_LOCAL(theta_gradient)(&moments, &map, channels, d_theta);
    if (band.sums != d_input) STN_PART_LOCAL(store_sums)(&band, a->width, channels, d_input);
}
