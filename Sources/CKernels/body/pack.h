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

static void STN_PRECISE_KERNEL(pack)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_pack_arguments *a = arguments;
    // In pairs the columns are filled up with zeros, as the operands that meet them are.
    int64_t depth = STN_DEPTH == 1 ? a->columns : stn_linear_depth(a->columns, STN_LANES);
    const int step = STN_LANES > 1 ? STN_LANES : 2;
    for (int64_t task = first; task < last; task++)
        for (int64_t column = 0; column < depth * STN_DEPTH; column += step)
            for (int64_t v = 0; v < a->block; v += STN_LANES) {
                vec square[STN_LANES > 1 ? STN_LANES : 2];
                int count = (int)stn_max(0, stn_min(step, a->columns - column));
                if (STN_LANES > 1) {
                    for (int64_t r = 0; r < STN_LANES; r++) {
                        int64_t row = task * a->block + v + r;
                        square[r] = row < a->rows ? vec_load_first(a->weight + row * a->columns + column, count)
                                                  : vec_zero();
                    }
                    STN_PRECISE(transpose)(square);
                } else {
                    const float *from = a->weight + (task * a->block + v) * a->columns + column;
                    for (int k = 0; k < 2; k++)
                        square[k] = task * a->block + v < a->rows && k < count ? vec_load_first(from + k, 1) : vec_zero();
                }
                operand *to = (operand *)a->packed + (task * depth + column / STN_DEPTH) * a->block + v;
                for (int64_t k = 0; k < (STN_DEPTH == 1 ? count : step); k += 2)
                    if (STN_DEPTH == 2 || k + 1 < count)
                        STN_PRECISE(store_across)(to + k / STN_DEPTH * a->block, a->block, square[k], square[k + 1]);
                    else
                        STN_PRECISE(store_along)(to + k * a->block, 0, square[k]);
            }
}
