// The sums that a band of input rows receives from output pixels, and how they come to the gradient of the image; for each
// kind of part like sampling_pixel.h.

// A band and its sums.
typedef struct {
    STN_LOCAL(rows) rows;
    float *sums;
} STN_PART_LOCAL(band);

// The sums of a pixel of the image, or of a margin.
STN_INLINE float *STN_PART_LOCAL(sum_at)(const STN_PART_LOCAL(band) *band, int64_t row, int64_t column) {
    const STN_LOCAL(rows) *rows = &band->rows;
    return band->sums + (row - rows->low + rows->margin) * rows->row_stride + (column + rows->margin) * rows->stride;
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
        STN_PART_LOCAL(scatter_pairs)(taps, b, k, gradient, band->rows.row_stride, corner);
        return;
    }
#endif
    // Known to the compiler for quads.
    int64_t stride = STN_PART_IS_PIXEL ? STN_PART_LANES : band->rows.stride;
    for (int64_t c = 0; c < (STN_PART_IS_PIXEL ? 1 : channels); c += STN_PART_LANES) {
        int count = STN_PART_COUNT(channels, c);
        STN_PART_TYPE part = STN_PART_LOAD(gradient + c, count);
        STN_UNROLL for (int i = 0; i < taps; i++) {
            STN_PART_TYPE product = taps == 1 ? part : STN_PART(mul)(STN_PART(set1)(b->y.weight[i][k]), part);
            float *sum = corner + i * band->rows.row_stride + c;
            STN_UNROLL for (int j = 0; j < taps; j++) {
                STN_PART_TYPE old = STN_PART(load)(sum + j * stride);
                STN_PART_TYPE weight = STN_PART(set1)(b->x.weight[j][k]);
                STN_PART_TYPE sum_j = taps == 1 ? STN_PART(add)(old, product) : STN_PART(fma)(weight, product, old);
                STN_PART(store)(sum + j * stride, sum_j);
            }
        }
    }
}

// Brings the sums, which stand apart, to d_input.
STN_INLINE void STN_PART_LOCAL(store_sums)(const STN_PART_LOCAL(band) *band, int64_t width, int64_t channels,
                                           float *d_input) {
    const STN_LOCAL(rows) *rows = &band->rows;
    for (int64_t y = rows->low; y < rows->high; y++, d_input += width * channels) {
        const float *row = STN_PART_LOCAL(sum_at)(band, y, 0);
#if STN_PART_IS_PIXEL && STN_GROUP > 1
        for (int64_t column = 0; column < width; column += STN_GROUP)
            STN_LOCAL(store_group)(vec_load(row + column * 4), channels, (width - column) * channels,
                                   d_input + column * channels);
#else
        for (int64_t column = 0; column < width; column++)
            for (int64_t c = 0; c < channels; c += STN_PART_LANES) {
                int64_t count = stn_min(STN_PART_LANES, channels - c);
                STN_PART_TYPE sum = STN_PART(load)(row + column * rows->stride + c);
                STN_PART_LOCAL(store_part)(d_input + column * channels + c, sum, (int)count, count);
            }
#endif
    }
}

// Clears the sums of a band and returns where it stands in d_input.
STN_INLINE float *STN_PART_LOCAL(open_band)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                            int64_t image, int64_t place, float *d_input, float *scratch,
                                            STN_PART_LOCAL(band) *band) {
    int64_t count = stn_affine_band_rows(a);
    STN_LOCAL(rows) *rows = &band->rows;
    rows->low = place * count;
    rows->high = stn_min(a->height, rows->low + count);
    rows->margin = taps - 1;
    rows->stride = stn_divide_up(channels, STN_PART_LANES) * STN_PART_LANES;
    rows->row_stride = (a->width + 2 * rows->margin) * rows->stride;
    if (d_input) d_input += (image * a->height + rows->low) * a->width * channels;
    // Without margins, whole vectors are summed in place.
    band->sums = d_input && (rows->margin > 0 || rows->stride > channels) ? scratch : d_input;
    int64_t sums = (rows->high - rows->low + 2 * rows->margin) * rows->row_stride;
    if (d_input) memset(band->sums, 0, (size_t)sums * sizeof(float));
    return d_input;
}
