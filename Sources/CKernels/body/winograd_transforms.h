// The transforms of Winograd's minimal filtering with tiles of 8: F(m, r), m outputs of a kernel of r taps, m + r = 9.
//
// A tile of 8 inputs and a kernel of r taps are both evaluated at the eight points 0, ±1, ±2, ±1/2, ∞; there the convolution
// is a product a point, and m outputs are read back (Lavin and Gray 2016). One set of points serves kernels of 3, 5 and 7
// taps, so the input's transform is the same for all. In two dimensions each transform runs over columns, then over rows.
//
// Forward    V = Bᵀ·d (input), U = G·g (kernel), y = Aᵀ·(U ⊙ V).
// Gradients  the adjoints: A·dy (of the output), B·dV (of the input), Gᵀ·dU (of the kernel).
// A and G are the same evaluation of a polynomial, G with a factor a point; Aᵀ and Gᵀ are its adjoint.

// Powers of the points ±1, ±2, ±1/2, and what G multiplies their rows by: 1 / Π (p − q) over the other points q.
static const float STN_LOCAL(winograd_powers)[3][7] = {
    {1, 1, 1, 1, 1, 1, 1}, {1, 2, 4, 8, 16, 32, 64}, {1, 0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f}};
static const float STN_LOCAL(winograd_factors)[3] = {-2 / 9.0f, 1 / 90.0f, 32 / 45.0f};

// Values at the eight points of the polynomial with `count` coefficients; at ∞ the last one.
STN_INLINE void STN_LOCAL(winograd_evaluate)(int count, int is_kernel, const vec *coefficients, vec to[8]) {
    to[0] = coefficients[0];
    to[7] = coefficients[count - 1];
    STN_UNROLL
    for (int p = 0; p < 3; p++) {
        float factor = is_kernel ? STN_LOCAL(winograd_factors)[p] : 1;
        vec even = vec_mul(coefficients[0], vec_set1(factor));
        vec odd = vec_mul(coefficients[1], vec_set1(factor * STN_LOCAL(winograd_powers)[p][1]));
        STN_UNROLL
        for (int k = 2; k < count; k++) {
            vec power = vec_set1(factor * STN_LOCAL(winograd_powers)[p][k]);
            if (k % 2)
                odd = vec_fma(power, coefficients[k], odd);
            else
                even = vec_fma(power, coefficients[k], even);
        }
        to[2 * p + 1] = vec_add(even, odd);
        to[2 * p + 2] = vec_sub(even, odd);
    }
}

// The adjoint: `count` coefficients from values at the eight points.
STN_INLINE void STN_LOCAL(winograd_gather)(int count, int is_kernel, const vec values[8], vec *to) {
    vec sums[3], differences[3];
    STN_UNROLL
    for (int p = 0; p < 3; p++) {
        vec factor = vec_set1(is_kernel ? STN_LOCAL(winograd_factors)[p] : 1);
        sums[p] = vec_add(values[2 * p + 1], values[2 * p + 2]);
        differences[p] = vec_sub(values[2 * p + 1], values[2 * p + 2]);
        if (is_kernel) {
            sums[p] = vec_mul(sums[p], factor);
            differences[p] = vec_mul(differences[p], factor);
        }
    }
    STN_UNROLL
    for (int k = 0; k < count; k++) {
        const vec *terms = k % 2 ? differences : sums;
        vec sum = k == 0 ? vec_add(values[0], terms[0]) : terms[0];
        if (k == count - 1) sum = vec_add(sum, values[7]);
        STN_UNROLL
        for (int p = 1; p < 3; p++) sum = vec_fma(vec_set1(STN_LOCAL(winograd_powers)[p][k]), terms[p], sum);
        to[k] = sum;
    }
}

// Bᵀ · d.
STN_INLINE void STN_LOCAL(winograd_input)(const vec d[8], vec to[8]) {
    vec half = vec_set1(0.5f), two = vec_set1(2), four = vec_set1(4), quarter = vec_set1(0.25f);
    vec a = vec_set1(-4.25f), b = vec_set1(5.25f), c = vec_set1(-1.25f), e = vec_set1(-2.5f), f = vec_set1(-5);
    to[0] = vec_fma(b, vec_sub(d[4], d[2]), vec_sub(d[0], d[6]));
    to[7] = vec_fma(b, vec_sub(d[3], d[5]), vec_sub(d[7], d[1]));
    vec even = vec_fma(a, d[4], vec_add(d[2], d[6])), odd = vec_fma(a, d[3], vec_add(d[1], d[5]));
    to[1] = vec_add(even, odd);
    to[2] = vec_sub(even, odd);
    even = vec_fma(quarter, d[2], vec_fma(c, d[4], d[6]));
    odd = vec_fma(half, d[1], vec_fma(e, d[3], vec_mul(two, d[5])));
    to[3] = vec_add(even, odd);
    to[4] = vec_sub(even, odd);
    even = vec_fma(four, d[2], vec_fma(f, d[4], d[6]));
    odd = vec_fma(two, d[1], vec_fma(e, d[3], vec_mul(half, d[5])));
    to[5] = vec_add(even, odd);
    to[6] = vec_sub(even, odd);
}

// B · v, the adjoint.
STN_INLINE void STN_LOCAL(winograd_input_adjoint)(const vec v[8], vec to[8]) {
    vec half = vec_set1(0.5f), two = vec_set1(2), four = vec_set1(4), quarter = vec_set1(0.25f);
    vec a = vec_set1(-4.25f), b = vec_set1(5.25f), c = vec_set1(-1.25f), e = vec_set1(-2.5f), f = vec_set1(-5);
    vec sum1 = vec_add(v[1], v[2]), sum2 = vec_add(v[3], v[4]), sum3 = vec_add(v[5], v[6]);
    vec difference1 = vec_sub(v[1], v[2]), difference2 = vec_sub(v[3], v[4]), difference3 = vec_sub(v[5], v[6]);
    to[0] = v[0];
    to[7] = v[7];
    to[1] = vec_fma(two, difference3, vec_fma(half, difference2, vec_sub(difference1, v[7])));
    to[6] = vec_add(vec_add(sum2, sum3), vec_sub(sum1, v[0]));
    vec v0 = vec_mul(b, v[0]), v7 = vec_mul(b, v[7]);
    to[2] = vec_fma(four, sum3, vec_fma(quarter, sum2, vec_sub(sum1, v0)));
    to[3] = vec_fma(e, vec_add(difference2, difference3), vec_fma(a, difference1, v7));
    to[4] = vec_fma(f, sum3, vec_fma(c, sum2, vec_fma(a, sum1, v0)));
    to[5] = vec_fma(half, difference3, vec_fma(two, difference2, vec_sub(difference1, v7)));
}

// The 8×8 numbers of a kernel of taps×taps vectors, `stride` floats apart.
STN_INLINE void STN_LOCAL(winograd_kernel_places)(int taps, const float *kernel, int64_t stride, vec places[8][8]) {
    vec rows[7][8];
    for (int y = 0; y < taps; y++) {
        vec row[7];
        STN_UNROLL
        for (int x = 0; x < taps; x++) row[x] = vec_load(kernel + (y * taps + x) * stride);
        STN_LOCAL(winograd_evaluate)(taps, 1, row, rows[y]);
    }
    for (int x = 0; x < 8; x++) {
        vec column[7], transformed[8];
        STN_UNROLL
        for (int y = 0; y < taps; y++) column[y] = rows[y][x];
        STN_LOCAL(winograd_evaluate)(taps, 1, column, transformed);
        for (int y = 0; y < 8; y++) places[y][x] = transformed[y];
    }
}

// The 8×8 numbers of a tile of inputs, for one vector of channels; outside the image and behind the last channel zeros.
STN_INLINE void STN_LOCAL(winograd_input_places)(const stn_convolution_shape *s, const float *image, stn_place corner,
                                                 int64_t channel, vec places[8][8]) {
    stn_winograd_window w = stn_winograd_window_of(s, corner);
    int count = (int)stn_max(0, stn_min(STN_LANES, s->channels - channel));
    const float *from = image + w.offset + channel;
    int is_whole = w.first_row == 0 && w.end_row == 8 && w.first_column == 0 && w.end_column == 8 && count == STN_LANES;
    vec half[8][8];
    for (int j = 0; j < 8; j++) {
        vec d[8], transformed[8];
        if (is_whole)
            for (int i = 0; i < 8; i++) d[i] = vec_load(from + (i * s->width + j) * s->channels);
        else
            for (int i = 0; i < 8; i++)
                d[i] = i >= w.first_row && i < w.end_row && j >= w.first_column && j < w.end_column
                           ? vec_load_first(from + (i * s->width + j) * s->channels, count)
                           : vec_zero();
        STN_LOCAL(winograd_input)(d, transformed);
        for (int i = 0; i < 8; i++) half[i][j] = transformed[i];
    }
    for (int i = 0; i < 8; i++) STN_LOCAL(winograd_input)(half[i], places[i]);
}

// Transforms the products of one tile back and stores the m×m outputs that exist, pooled.
STN_INLINE void STN_LOCAL(winograd_store_outputs)(int m, int pool, const stn_convolution_arguments *a,
                                                  const float *products, int64_t stride, int64_t image,
                                                  stn_place corner, int64_t channel) {
    vec half[6][8], outputs[6][6];
    for (int j = 0; j < 8; j++) {
        vec values[8], transformed[6];
        for (int i = 0; i < 8; i++) values[i] = vec_load(products + (i * 8 + j) * stride);
        STN_LOCAL(winograd_gather)(m, 0, values, transformed);
        for (int i = 0; i < m; i++) half[i][j] = transformed[i];
    }
    for (int i = 0; i < m; i++) STN_LOCAL(winograd_gather)(m, 0, half[i], outputs[i]);
    int64_t row = corner.row / pool, column = corner.column / pool;
    int64_t height = stn_pooled_height(&a->shape), width = stn_pooled_width(&a->shape);
    for (int i = 0; i < m / pool && row + i < height; i++)
        for (int j = 0; j < m / pool && column + j < width; j++) {
            vec window[4];
            for (int place = 0; place < pool * pool; place++)
                window[place] = outputs[i * pool + place / pool][j * pool + place % pool];
            STN_LOCAL(convolution_finish)(pool, a, window, image, row + i, column + j, channel);
        }
}

// One case for each size, so that the transforms' loops have constant lengths.
STN_INLINE void STN_LOCAL(winograd_store)(const stn_convolution_arguments *a, const float *products, int64_t stride,
                                          int64_t image, stn_place corner, int64_t channel) {
#define STN_CASE(m, window)                                                                                        \
    if (stn_winograd_outputs(&a->shape) == m && a->shape.pool == window)                                           \
        STN_LOCAL(winograd_store_outputs)(m, window, a, products, stride, image, corner, channel);
    STN_CASE(2, 1) STN_CASE(2, 2) STN_CASE(4, 1) STN_CASE(4, 2) STN_CASE(6, 1) STN_CASE(6, 2)
#undef STN_CASE
}
