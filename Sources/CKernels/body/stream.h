// What memory gives and takes, in the access patterns of McCalpin's STREAM: a sum, a copy, a triad. For measuring only.

// Four chains: one addition at a time would wait for itself longer than for memory.
static void STN_KERNEL_NAME(stream_sum)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_stream_arguments *a = arguments;
    for (int64_t piece = first; piece < last; piece++) {
        int64_t i = piece * STN_PIECE, end = stn_min(i + STN_PIECE, a->count);
        vec chains[4] = {vec_zero(), vec_zero(), vec_zero(), vec_zero()};
        for (; i + 4 * STN_LANES <= end; i += 4 * STN_LANES) {
            STN_UNROLL
            for (int k = 0; k < 4; k++) chains[k] = vec_add(chains[k], vec_load(a->left + i + k * STN_LANES));
        }
        for (; i < end; i += STN_LANES)
            chains[0] = vec_add(chains[0], vec_load_first(a->left + i, (int)stn_min(STN_LANES, end - i)));
        float lanes[STN_LANES], sum = 0;
        vec_store(lanes, vec_add(vec_add(chains[0], chains[1]), vec_add(chains[2], chains[3])));
        for (int lane = 0; lane < STN_LANES; lane++) sum += lanes[lane];
        a->output[piece] = sum;
    }
}

static void STN_KERNEL_NAME(stream_copy)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_stream_arguments *a = arguments;
    STN_FOR_ELEMENTS(a->count, STN_STORE(a->output + i, STN_LOAD(a->left + i)));
}

static void STN_KERNEL_NAME(stream_triad)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_stream_arguments *a = arguments;
    vec factor = vec_set1(a->factor);
    STN_FOR_ELEMENTS(a->count, STN_STORE(a->output + i, vec_fma(factor, STN_LOAD(a->right + i), STN_LOAD(a->left + i))));
}
