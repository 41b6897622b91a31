// The register tile of every dense product: rows × 2 vectors of sums, one pass along k.
//
// sums[r][v] += Σ_k a[r · row_stride + k · a_stride] · b[k · b_stride + v · lanes]
//
// Registers  AVX-512: 8 rows × 2 vectors = 16 accumulators, 2 vectors of b, 1 broadcast of a. AVX2: 4 × 2 = 8, 2, 1.
// Bound by   FMA throughput: 16 FMAs for 8 broadcast loads and 2 vector loads.
STN_INLINE void STN_PRECISE(product_tile)(int rows, int vectors, const operand *a, int64_t row_stride, int64_t a_stride,
                                          int64_t count, const operand *b, int64_t b_stride, vec sums[][2]) {
    const operand *at[STN_TILE_PIXELS];
    STN_UNROLL
    for (int r = 0; r < rows; r++) at[r] = a + r * row_stride;
    for (int64_t k = 0; k < count; k++) {
        operand_vec values[2];
        STN_UNROLL
        for (int v = 0; v < vectors; v++) values[v] = operand_load(b + v * STN_LANES);
        STN_UNROLL
        for (int r = 0; r < rows; r++) {
            operand_vec factor = operand_set1(at[r] + k * a_stride);
            STN_UNROLL
            for (int v = 0; v < vectors; v++) sums[r][v] = operand_fma(factor, values[v], sums[r][v]);
        }
        b += b_stride;
    }
}

// to[row][column] (+)= the product, for `rows` rows (at most a tile's; constant where inlined) and at most 2 vectors of columns.
STN_INLINE void STN_PRECISE(product_rows)(int rows, int accumulates, const operand *a, int64_t row_stride,
                                          int64_t a_stride, int64_t count, const operand *b, int64_t b_stride, float *to,
                                          int64_t to_stride, int columns) {
    const int counts[2] = {columns < STN_LANES ? columns : STN_LANES, columns - STN_LANES};
    vec sums[STN_TILE_PIXELS][2];
    STN_UNROLL
    for (int r = 0; r < rows; r++) {
        STN_UNROLL
        for (int v = 0; v < 2; v++)
            sums[r][v] = accumulates && counts[v] > 0 ? vec_load_first(to + r * to_stride + v * STN_LANES, counts[v])
                                                      : vec_zero();
    }
    STN_PRECISE(product_tile)(rows, 2, a, row_stride, a_stride, count, b, b_stride, sums);
    STN_UNROLL
    for (int r = 0; r < rows; r++) {
        STN_UNROLL
        for (int v = 0; v < 2; v++) {
            float *at = to + r * to_stride + v * STN_LANES;
            if (counts[v] == STN_LANES)
                vec_store(at, sums[r][v]);
            else if (counts[v] > 0)
                vec_store_first(at, sums[r][v], counts[v]);
        }
    }
}

// The same for any number of rows.
static void STN_PRECISE(product)(int64_t rows, int accumulates, const operand *a, int64_t row_stride, int64_t a_stride,
                                 int64_t count, const operand *b, int64_t b_stride, float *to, int64_t to_stride,
                                 int columns) {
    int64_t r = 0;
    for (; r + STN_TILE_PIXELS <= rows; r += STN_TILE_PIXELS)
        STN_PRECISE(product_rows)(STN_TILE_PIXELS, accumulates, a + r * row_stride, row_stride, a_stride, count, b,
                                  b_stride, to + r * to_stride, to_stride, columns);
    if (STN_TILE_PIXELS > 4 && r + 4 <= rows) {
        STN_PRECISE(product_rows)(4, accumulates, a + r * row_stride, row_stride, a_stride, count, b, b_stride,
                                  to + r * to_stride, to_stride, columns);
        r += 4;
    }
    for (; r < rows; r++)
        STN_PRECISE(product_rows)(1, accumulates, a + r * row_stride, row_stride, a_stride, count, b, b_stride,
                                  to + r * to_stride, to_stride, columns);
}
