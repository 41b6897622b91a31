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

// Where the sums of a band are kept: [rows + 2 margins, width + 2 margins, stride]. The margins take what falls outside the
// image or to other bands, so that no tap needs a test. Quads of several taps are summed two columns at a time, and twice in
// each row: pairs that begin at an even column, then, `odd` floats further on and shifted by one column, the others. Pairs
// are so either the same or apart: a load across parts of two stores would wait for both. The second pixel of a pair stands
// behind the channels of the first where STN_PAIRS says so, else behind four floats.
typedef struct {
    STN_LOCAL(rows) rows;
    int64_t margin, stride, odd, row_stride;
    float *sums;
} STN_PART_LOCAL(band);

// Where the first taps of a block's pixels are summed.
STN_INLINE void STN_PART_LOCAL(sum_places)(int taps, const STN_LOCAL(sampling_block) *b,
                                           const STN_PART_LOCAL(band) *band, int64_t *place) {
    int64_t stride = STN_PART_IS_PIXEL ? STN_PART_LANES : band->stride;
    for (int k = 0; k < b->count; k++) {
        int64_t column = b->x.first[k] + band->margin, odd = STN_PART_IS_PIXEL && taps > 1 ? column & 1 : 0;
        place[k] = (b->y.first[k] - band->rows.low + band->margin) * band->row_stride + odd * band->odd +
                   (column + odd) * stride;
    }
}

// Whether sampling_pairs.h has these pixels.
#define STN_PAIRS(taps) (STN_PART_IS_PIXEL && STN_GROUP > 1 && (taps) == 2)

// Where the sums of a pixel stand among those of even pairs; row and column count the margins.
STN_INLINE float *STN_PART_LOCAL(sum_at)(int taps, const STN_PART_LOCAL(band) *band, int64_t channels, int64_t row,
                                         int64_t column) {
    float *start = band->sums + row * band->row_stride;
    return STN_PAIRS(taps) ? start + column / 2 * 8 + (column & 1) * channels : start + column * band->stride;
}

#if STN_PART_IS_PIXEL
// Adds weight × gradient to the taps of a pixel, two columns at a time.
STN_INLINE void STN_PART_LOCAL(scatter_pairs)(int taps, const STN_LOCAL(sampling_block) *b, int k, const float *gradient,
                                              int64_t row_stride, float *sums) {
    quads part = quads_twice(quad_load(gradient)), product[2];
    STN_UNROLL for (int j = 0; j < taps / 2; j++)
        product[j] = quads_mul(quads_set(b->x.weight[2 * j][k], b->x.weight[2 * j + 1][k]), part);
    STN_UNROLL for (int i = 0; i < taps; i++, sums += row_stride) {
        quads weight = quads_set1(b->y.weight[i][k]);
        STN_UNROLL for (int j = 0; j < taps / 2; j++)
            quads_store(sums + j * 8, quads_fma(weight, product[j], quads_load(sums + j * 8)));
    }
}
#endif

// Adds weight × gradient to the taps of a pixel.
STN_INLINE void STN_PART_LOCAL(scatter)(int taps, int64_t channels, const STN_LOCAL(sampling_block) *b, int k,
                                        const float *gradient, const STN_PART_LOCAL(band) *band, float *corner) {
#if STN_PART_IS_PIXEL
    if (taps > 1) {
        STN_PART_LOCAL(scatter_pairs)(taps, b, k, gradient, band->row_stride, corner);
        return;
    }
#endif
    // Known to the compiler for quads.
    int64_t stride = STN_PART_IS_PIXEL ? STN_PART_LANES : band->stride;
    for (int64_t c = 0; c < (STN_PART_IS_PIXEL ? 1 : channels); c += STN_PART_LANES) {
        int count = STN_PART_COUNT(channels, c);
        STN_PART_TYPE part = STN_PART_LOAD(gradient + c, count);
        STN_UNROLL for (int i = 0; i < taps; i++) {
            STN_PART_TYPE product = taps == 1 ? part : STN_PART(mul)(STN_PART(set1)(b->y.weight[i][k]), part);
            float *sum = corner + i * band->row_stride + c;
            STN_UNROLL for (int j = 0; j < taps; j++) {
                STN_PART_TYPE old = STN_PART(load)(sum + j * stride);
                STN_PART_TYPE weight = STN_PART(set1)(b->x.weight[j][k]);
                STN_PART_TYPE sum_j = taps == 1 ? STN_PART(add)(old, product) : STN_PART(fma)(weight, product, old);
                STN_PART(store)(sum + j * stride, sum_j);
            }
        }
    }
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
    int64_t place[STN_COLUMNS];
    if (band->sums) STN_PART_LOCAL(sum_places)(taps, b, band, place);
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    if (taps == 2) {
        STN_LOCAL(pair_block)(a, channels, b, image, d_output, place, band->row_stride, band->sums, pairs);
        return;
    }
#else
    (void)pairs;
#endif
    uint32_t home = taps > 1 ? b->home : 0;
#if STN_PART_IS_PIXEL && STN_LANES >= 16
    STN_LOCAL(wide_taps) x;
    if (taps == 4 && home) {
        STN_LOCAL(gather_taps)(b->x.weight, x.weight);
        STN_LOCAL(gather_taps)(b->x.slope, x.slope);
        for (uint32_t rest = home; rest; rest &= rest - 1) {
            int k = __builtin_ctz(rest);
            uint32_t lanes[4];
            STN_LOCAL(wide_counts)(channels, b, k, lanes);
            if (b->whole >> k & 1)
                STN_LOCAL(add_wide)(a, channels, b, &x, k, image, 0, d_output + k * channels, wide);
            else
                STN_LOCAL(add_wide)(a, channels, b, &x, k, image, lanes, d_output + k * channels, wide);
        }
        home = 0;
    }
#else
    (void)wide;
#endif
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
    for (uint32_t rest = band->sums ? b->alive : home; rest; rest &= rest - 1) {
        int k = __builtin_ctz(rest);
        const float *gradient = d_output + k * channels;
        if (taps > 1 && home >> k & 1) STN_PART_LOCAL(add_pixel)(taps, a, channels, b, k, image, gradient, row);
        if (band->sums) STN_PART_LOCAL(scatter)(taps, channels, b, k, gradient, band, band->sums + place[k]);
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
                                             const STN_LOCAL(sampling_map) *map, float m, const float *image,
                                             const float *d_output, const STN_PART_LOCAL(band) *band,
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
        STN_LOCAL(sampling_block_at)(taps, taps > 1, a, map, x_row, y_row, column, columns, &band->rows, &b);
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

// The sums of one pixel's part.
STN_INLINE STN_PART_TYPE STN_PART_LOCAL(sum_of)(int taps, const STN_PART_LOCAL(band) *band, int64_t channels,
                                                const float *row, int64_t column, int64_t c) {
    if (STN_PAIRS(taps)) {
        // Of the pair that begins with the pixel, and of the one before, which it ends.
        const float *left = row + column / 2 * 8 + (column & 1) * channels, *right = row + band->odd + (column + 1) / 2 * 8;
        return STN_PART(add)(STN_PART(load)(left), STN_PART(load)(right + (column & 1 ? 0 : channels)));
    }
    const float *sum = row + column * band->stride + c;
    STN_PART_TYPE even = STN_PART(load)(sum);
    if (!STN_PART_IS_PIXEL || taps == 1) return even;
    return STN_PART(add)(even, STN_PART(load)(sum + band->odd + STN_PART_LANES));
}

// Brings as many sums of a row to d_input as go several pixels at a time; what is stored too much the next ones overwrite.
// Returns where the rest begins.
STN_INLINE int64_t STN_PART_LOCAL(store_many)(int taps, const STN_PART_LOCAL(band) *band, int64_t width, int64_t channels,
                                              const float *row, float *d_input) {
    int64_t column = 0;
#if STN_PART_IS_PIXEL && STN_GROUP > 1
    int64_t surplus = stn_divide_up(STN_LANES - STN_GROUP * channels, channels);
    if (STN_PAIRS(taps)) {
        // Column 0 has one margin before it, so pairs that begin in `odd` begin with it.
        for (; column + 2 + surplus <= width; column += 2, row += 8, d_input += 2 * channels)
            quads_store(d_input, STN_LOCAL(pair_pixels)(channels, row + band->odd + 8, row));
        return column;
    }
    const int32_t *packed = STN_LOCAL(packed_lanes)[channels - 1];
    row += band->margin * STN_PART_LANES;
    for (; column + STN_GROUP + surplus <= width; column += STN_GROUP, row += STN_LANES, d_input += STN_GROUP * channels) {
        vec sums = vec_load(row);
        if (taps > 1) sums = vec_add(sums, vec_load(row + band->odd + STN_PART_LANES));
        vec_store(d_input, vec_permute(sums, packed));
    }
#else
    (void)taps, (void)band, (void)width, (void)channels, (void)row, (void)d_input;
#endif
    return column;
}

// Brings the sums, which stand apart, to d_input.
STN_INLINE void STN_PART_LOCAL(store_sums)(int taps, const STN_PART_LOCAL(band) *band, int64_t width, int64_t channels,
                                           float *d_input) {
    for (int64_t y = 0; y < band->rows.high - band->rows.low; y++, d_input += width * channels) {
        const float *row = band->sums + (y + band->margin) * band->row_stride;
        int64_t column = STN_PART_LOCAL(store_many)(taps, band, width, channels, row, d_input);
        for (; column < width; column++)
            for (int64_t c = 0; c < channels; c += STN_PART_LANES) {
                STN_PART_TYPE sum = STN_PART_LOCAL(sum_of)(taps, band, channels, row, column + band->margin, c);
                int64_t count = stn_min(STN_PART_LANES, channels - c);
                STN_PART_LOCAL(store_part)(d_input + column * channels + c, sum, (int)count, count);
            }
    }
}

// Clears the sums of a band and returns where it stands in d_input.
STN_INLINE float *STN_PART_LOCAL(open_band)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                            int64_t image, int64_t place, float *d_input, float *scratch,
                                            STN_PART_LOCAL(band) *band) {
    int64_t rows = stn_affine_band_rows(a);
    band->rows.low = place * rows;
    band->rows.high = stn_min(a->height, band->rows.low + rows);
    band->margin = taps - 1;
    band->stride = stn_divide_up(channels, STN_PART_LANES) * STN_PART_LANES;
    int64_t columns = stn_sum_columns(a);
    band->odd = columns / 2 * band->stride;
    band->row_stride = columns * band->stride;
    if (d_input) d_input += (image * a->height + band->rows.low) * a->width * channels;
    // Without margins, whole vectors are summed in place.
    band->sums = d_input && (band->margin > 0 || band->stride > channels) ? scratch : d_input;
    int64_t sums = (band->rows.high - band->rows.low + 2 * band->margin) * band->row_stride;
    if (d_input) memset(band->sums, 0, (size_t)sums * sizeof(float));
    return d_input;
}

// One band of one image.
STN_INLINE void STN_PART_LOCAL(gradient_band)(int taps, const stn_affine_sample_gradient_arguments *g,
                                              int64_t channels, int64_t image, int64_t place, float *scratch,
                                              float *d_theta) {
    const stn_affine_sample_arguments *a = &g->forward;
    STN_PART_LOCAL(band) band;
    float *d_input = STN_PART_LOCAL(open_band)(taps, a, channels, image, place, g->d_input, scratch, &band);
    STN_LOCAL(sampling_map) map = STN_LOCAL(sampling_map_of)(a, a->theta + image * 6);
    const float *input = a->input + image * a->height * a->width * channels;
    const float *d_output = g->d_output + image * a->output_height * a->output_width * channels;
    STN_PART_LOCAL(moments) moments;
    moments.x = moments.x_n = moments.x_m = moments.y = moments.y_n = moments.y_m = STN_PART(zero)();
    STN_LOCAL(pair_moments) pairs;
    STN_LOCAL(clear_pairs)(&pairs);
    for (int64_t row = 0; row < a->output_height; row++) {
        float m = STN_LOCAL(from_middle)(row, a->output_height);
        STN_PART_LOCAL(gradient_row)(taps, a, channels, &map, m, input, d_output + row * a->output_width * channels,
                                     &band, &moments, &pairs);
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
    if (band.sums != d_input) STN_PART_LOCAL(store_sums)(taps, &band, a->width, channels, d_input);
}
