// The inner loop of both sparse gradients: a piece of a gradient, `rows` × `vecs` vectors, stays in registers while the
// entries of one list go by, each adding gradient × operand:
//
//   to[row · to_stride + i] += Σ over entries  gradient · from[offset + row · from_stride + i]
//
// For the weight gradient `to` is a piece of dWeight and the operand is input; for the input gradient `to` is a piece of
// dInput and the operand is weight. Bound by loads: one vector load per FMA. Operands start anywhere, so most loads of 64
// bytes would cross a cache line and count twice; the vectors of runs are at most 32 bytes for that reason.
// The last vector may be partial: loads of the operand run on into what follows (STN_OVER_READ), stores do not.

typedef void (*STN_LOCAL(accumulate_function))(const stn_entry *entries, int64_t count, int64_t stride, const float *from,
                                               int64_t from_stride, float *to, int64_t to_stride, int last);

STN_INLINE void STN_LOCAL(accumulate)(int rows, int vecs, const stn_entry *entries, int64_t count, int64_t stride,
                                      const float *from, int64_t from_stride, float *to, int64_t to_stride, int last) {
    run_vec acc[STN_RUN_ACCUMULATORS];
    STN_UNROLL
    for (int r = 0; r < rows; r++) {
        STN_UNROLL
        for (int v = 0; v < vecs; v++) {
            const float *p = to + r * to_stride + v * STN_RUN_LANES;
            acc[r * vecs + v] = v == vecs - 1 ? run_load_first(p, last) : run_load(p);
        }
    }
    for (int64_t i = 0; i < count; i++) {
        run_vec gradient = run_set1(entries[i * stride].gradient);
        const float *x = from + entries[i * stride].offset;
        STN_UNROLL
        for (int r = 0; r < rows; r++, x += from_stride) {
            STN_UNROLL
            for (int v = 0; v < vecs; v++)
                acc[r * vecs + v] = run_fma(gradient, run_load(x + v * STN_RUN_LANES), acc[r * vecs + v]);
        }
    }
    STN_UNROLL
    for (int r = 0; r < rows; r++) {
        STN_UNROLL
        for (int v = 0; v < vecs; v++) {
            float *p = to + r * to_stride + v * STN_RUN_LANES;
            if (v == vecs - 1)
                run_store_first(p, acc[r * vecs + v], last);
            else
                run_store(p, acc[r * vecs + v]);
        }
    }
}

// One function for each shape of piece, so that accumulators are registers; shapes that do not fit are left out.
#define STN_PIECE_NAME(rows, vecs) STN_LOCAL(accumulate_##rows##x##vecs)
#define STN_PIECES(X)                                                                                              \
    X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(1, 9) X(1, 10) X(1, 11) X(1, 12) X(2, 1)     \
    X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(4, 1) X(4, 2) X(4, 3) X(5, 1)        \
    X(5, 2) X(6, 1) X(6, 2) X(7, 1)
#define STN_WIDE_PIECES(X)                                                                                         \
    X(1, 13) X(1, 14) X(1, 15) X(1, 16) X(1, 17) X(1, 18) X(1, 19) X(1, 20) X(1, 21) X(2, 7) X(2, 8) X(2, 9) X(2, 10)       \
    X(3, 5) X(3, 6) X(3, 7) X(4, 4) X(4, 5) X(5, 3) X(5, 4) X(6, 3) X(7, 2) X(7, 3)

#define STN_DEFINE_PIECE(rows, vecs)                                                                               \
    static void STN_PIECE_NAME(rows, vecs)(const stn_entry *entries, int64_t count, int64_t stride, const float *from,        \
                                           int64_t from_stride, float *to, int64_t to_stride, int last) {          \
        STN_LOCAL(accumulate)(rows, vecs, entries, count, stride, from, from_stride, to, to_stride, last);               \
    }
#define STN_TABLE_ENTRY(rows, vecs) [rows][vecs] = STN_PIECE_NAME(rows, vecs),

STN_PIECES(STN_DEFINE_PIECE)
#if STN_RUN_ACCUMULATORS >= 21
STN_WIDE_PIECES(STN_DEFINE_PIECE)
#endif

static const STN_LOCAL(accumulate_function) STN_LOCAL(accumulate_pieces)[8][22] = {
    STN_PIECES(STN_TABLE_ENTRY)
#if STN_RUN_ACCUMULATORS >= 21
    STN_WIDE_PIECES(STN_TABLE_ENTRY)
#endif
};

// How a run of `run` floats over `rows` rows is cut: pieces of `vecs` vectors (the last may be narrower), `rows` at a time.
typedef struct {
    int vecs, rows;
} STN_LOCAL(cut);

STN_INLINE STN_LOCAL(cut) STN_LOCAL(cut_of)(int64_t run, int64_t rows) {
    int64_t vectors = stn_divide_up(run, STN_RUN_LANES);
    int64_t pieces = stn_divide_up(vectors, STN_RUN_ACCUMULATORS);
    STN_LOCAL(cut) cut = {(int)stn_divide_up(vectors, pieces), 1};
    cut.rows = (int)stn_min(stn_min(rows, 7), stn_max(1, STN_RUN_ACCUMULATORS / cut.vecs));
    return cut;
}
