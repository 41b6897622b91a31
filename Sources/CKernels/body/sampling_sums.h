// The sums that a band of input rows receives from output pixels, and how they come to the gradient of the image; for each
// kind of part like sampling_pixel.h.

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
