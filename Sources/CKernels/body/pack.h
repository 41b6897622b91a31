// Rearranges weight [rows, columns] to [rows / block, columns, block], so that kernels load vectors of rows: a transposition,
// vector by vector in registers. In bfloat16 the columns come in pairs.
// Bound by   memory; a scalar loop, which writes every number by itself, was 3 times slower.

// Transposes the square in place: log₂(lanes) perfect shuffles.
STN_INLINE void STN_PRECISE(transpose)(vec rows[STN_LANES]) {
    STN_UNROLL
    for (int stage = 1; stage < STN_LANES; stage *= 2) {
        vec shuffled[STN_LANES];
        STN_UNROLL
        for (int i = 0; i < STN_LANES / 2; i++)
            vec_interleave(rows[i], rows[i + STN_LANES / 2], &shuffled[2 * i], &shuffled[2 * i + 1]);
        STN_UNROLL
        for (int i = 0; i < STN_LANES; i++) rows[i] = shuffled[i];
    }
}

// Transposes a square of floats, `rows` × `columns` of it there and the rest zeros, to operands [k][one vector], rows of k
// `to_stride` apart. On one lane a pair of columns makes the square. In float32 only columns that are there are written.
STN_INLINE void STN_PRECISE(transpose_square)(const float *from, int64_t stride, int64_t rows, int64_t columns,
                                              operand *to, int64_t to_stride) {
    enum { side = STN_LANES > 1 ? STN_LANES : 2 };
    vec square[side];
    if (STN_LANES > 1) {
        for (int64_t r = 0; r < STN_LANES; r++)
            square[r] = r < rows ? vec_load_first(from + r * stride, (int)columns) : vec_zero();
        STN_PRECISE(transpose)(square);
    } else {
        for (int k = 0; k < side; k++) square[k] = rows > 0 && k < columns ? vec_load_first(from + k, 1) : vec_zero();
    }
    for (int64_t k = 0; k < (STN_DEPTH == 1 ? columns : side); k += 2)
        if (STN_DEPTH == 2 || k + 1 < columns)
            STN_PRECISE(store_across)(to + k / STN_DEPTH * to_stride, to_stride, square[k], square[k + 1]);
        else
            STN_PRECISE(store_along)(to + k * to_stride, 0, square[k]);
}

static void STN_PRECISE_KERNEL(pack)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_pack_arguments *a = arguments;
    // In pairs the columns are filled up with zeros, as the operands that meet them are.
    int64_t depth = STN_DEPTH == 1 ? a->columns : stn_linear_depth(a->columns, STN_LANES), step = stn_max(2, STN_LANES);
    int64_t blocks = stn_divide_up(a->rows, a->block);
    for (int64_t task = first; task < last; task++)
        for (int64_t column = 0; column < depth * STN_DEPTH; column += step)
            for (int64_t v = 0; v < a->block; v += STN_LANES) {
                int64_t group = task / blocks, row = task % blocks * a->block + v;
                STN_PRECISE(transpose_square)(a->weight + (group * a->rows + row) * a->columns + column, a->columns,
                                              stn_max(0, stn_min(STN_LANES, a->rows - row)),
                                              stn_min(step, a->columns - column),
                                              (operand *)a->packed + (task * depth + column / STN_DEPTH) * a->block + v,
                                              a->block);
            }
}
