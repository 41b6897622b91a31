// Convolution (and linear layer) with fused bias, channel dropout, 2×2 max-pooling and ReLU.
//
// Algorithm  indirect GEMM: a tile of pixels × 2 vectors of output channels stays in registers while one pass over kernel
//            rows reads runs of kernel_width × channels floats of the input (broadcast) and of the packed weight (vectors).
// Pooling    a tile is whole 2×2 windows; outputs that pooling drops are never computed, the rest never leave registers.
// Registers  AVX-512: 8 pixels × 2 vectors = 16 accumulators, 2 weights, 1 broadcast. AVX2: 4 × 2 = 8, 2, 1.
// Bound by   FMA throughput: 16 FMAs for 8 broadcast loads and 2 vector loads. The weights stream from the second-level
//            cache at 2 vectors per 16 FMAs.

// One tile: adds input runs × weight rows to acc. `x[p]` is where pixel p starts.
STN_INLINE void STN_LOCAL(convolution_tile)(int pixels, int vectors, const float *const *x, int64_t row_stride,
                                            int64_t rows, int64_t run, const float *w, vec acc[][2]) {
    const float *at[STN_TILE_PIXELS];
    STN_UNROLL
    for (int p = 0; p < pixels; p++) at[p] = x[p];
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t k = 0; k < run; k++) {
            vec weights[2];
            STN_UNROLL
            for (int v = 0; v < vectors; v++) weights[v] = vec_load(w + v * STN_LANES);
            STN_UNROLL
            for (int p = 0; p < pixels; p++) {
                vec value = vec_set1(at[p][k]);
                STN_UNROLL
                for (int v = 0; v < vectors; v++) acc[p][v] = vec_fma(value, weights[v], acc[p][v]);
            }
            w += vectors * STN_LANES;
        }
        STN_UNROLL
        for (int p = 0; p < pixels; p++) at[p] += row_stride;
    }
}

// What follows the sums of one pooling window (or one pixel) and the first `count` of a vector of channels: bias, dropout,
// pooling, ReLU, store.
STN_INLINE void STN_LOCAL(convolution_finish_first)(int pool, const stn_convolution_arguments *a, const vec *sums,
                                                    int64_t image, int64_t row, int64_t column, int64_t channel,
                                                    int count) {
    const stn_convolution_shape *s = &a->shape;
    if (count <= 0) return;
    // `pool` is a constant here: no division remains.
    int64_t height = stn_positions_down(s) / pool, width = stn_positions_across(s) / pool;
    int64_t to = ((image * height + row) * width + column) * s->outputs + channel;
    vec bias = a->bias ? vec_load_first(a->bias + channel, count) : vec_zero(), choice = vec_zero();
    vec scale = a->channel_scale ? vec_load_first(a->channel_scale + image * s->outputs + channel, count) : vec_set1(1);
    vec best = vec_mul(vec_add(sums[0], bias), scale);
    STN_UNROLL
    for (int place = 1; place < pool * pool; place++) {
        vec value = vec_mul(vec_add(sums[place], bias), scale);
        vec_mask better = vec_exceeds(value, best);
        best = vec_select(better, value, best);
        choice = vec_select(better, vec_set1((float)place), choice);
    }
    if (s->relu) best = vec_relu(best);
    if (count == STN_LANES)
        vec_store(a->output + to, best);
    else
        vec_store_first(a->output + to, best, count);
    if (a->choice) vec_store_bytes(a->choice + to, choice, count);
}

// The same for all of the vector that are there.
STN_INLINE void STN_LOCAL(convolution_finish)(int pool, const stn_convolution_arguments *a, const vec *sums,
                                              int64_t image, int64_t row, int64_t column, int64_t channel) {
    int count = (int)stn_min(STN_LANES, a->shape.outputs - channel);
    STN_LOCAL(convolution_finish_first)(pool, a, sums, image, row, column, channel, count);
}

// Computes `pixels` outputs before pooling, of a row (pool 1) or of pixels / 4 windows (pool 2), and stores what remains.
STN_INLINE void STN_LOCAL(convolution_outputs)(int pixels, int vectors, int pool, const stn_convolution_arguments *a,
                                               int64_t image, int64_t row, int64_t column, int64_t block) {
    const stn_convolution_shape *s = &a->shape;
    int64_t row_stride = s->width * s->channels, first = block * vectors * STN_LANES;
    const float *origin =
        a->input + ((image * s->height + row * pool) * s->width + column * pool) * s->channels;
    const float *x[STN_TILE_PIXELS];
    vec acc[STN_TILE_PIXELS][2];
    STN_UNROLL
    for (int p = 0; p < pixels; p++) {
        int window = p / (pool * pool), place = p % (pool * pool);
        x[p] = origin + (place / pool) * row_stride + (window * pool + place % pool) * s->channels;
        STN_UNROLL
        for (int v = 0; v < vectors; v++) acc[p][v] = vec_zero();
    }
    const float *w = (const float *)a->packed + block * stn_columns(s) * vectors * STN_LANES;
    STN_LOCAL(convolution_tile)(pixels, vectors, x, row_stride, s->kernel_height, stn_run(s), w, acc);

    STN_UNROLL
    for (int v = 0; v < vectors; v++) {
        STN_UNROLL
        for (int window = 0; window < pixels / (pool * pool); window++) {
            vec values[4];
            STN_UNROLL
            for (int place = 0; place < pool * pool; place++) values[place] = acc[window * pool * pool + place][v];
            STN_LOCAL(convolution_finish)(pool, a, values, image, row, column + window, first + v * STN_LANES);
        }
    }
}

// One row of outputs: tiles as wide as registers allow, then narrower ones for the rest.
STN_INLINE void STN_LOCAL(convolution_row)(int vectors, int pool, const stn_convolution_arguments *a, int64_t image,
                                           int64_t row, int64_t block) {
    int64_t column = 0, width = stn_pooled_width(&a->shape);
    const int window = pool * pool, wide = STN_TILE_PIXELS / window;
    for (; column + wide <= width; column += wide)
        STN_LOCAL(convolution_outputs)(STN_TILE_PIXELS, vectors, pool, a, image, row, column, block);
    if (pool == 1 && STN_TILE_PIXELS > 4 && column + 4 <= width) {
        STN_LOCAL(convolution_outputs)(4, vectors, 1, a, image, row, column, block);
        column += 4;
    }
    for (; column < width; column++)
        STN_LOCAL(convolution_outputs)(window, vectors, pool, a, image, row, column, block);
}

static void STN_KERNEL_NAME(convolution)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_convolution_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    int64_t rows = stn_pooled_height(s), rows_per_block = s->images * rows;
    for (int64_t task = first; task < last; task++) {
        int64_t block = task / rows_per_block, image = task % rows_per_block / rows, row = task % rows;
        int narrow = s->outputs <= STN_LANES;
        if (s->pool == 2) {
            if (narrow)
                STN_LOCAL(convolution_row)(1, 2, a, image, row, block);
            else
                STN_LOCAL(convolution_row)(2, 2, a, image, row, block);
        } else {
            if (narrow)
                STN_LOCAL(convolution_row)(1, 1, a, image, row, block);
            else
                STN_LOCAL(convolution_row)(2, 1, a, image, row, block);
        }
    }
}
