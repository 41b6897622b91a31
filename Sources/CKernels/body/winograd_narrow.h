// Convolution of images with few channels (at most 4) by Winograd's minimal filtering, fused from end to end.
//
// Algorithm  as winograd.h, but with so few channels the products are shorter than what stores and loads them: a tile's 64
//            products, their transform back, bias, dropout, pooling and ReLU never leave registers. F(2×2, 7×7) is one pooling
//            window a tile.
// Registers  AVX-512: 2 tiles of 8 products and 4 outputs (r = 7), or 1 of 8 and 16 (r = 5), 1 weight, 1 broadcast.
// Blocking   a task is one row of tiles; its transformed inputs and the weights of one vector of outputs (12 KiB with 3
//            channels) stay in the first-level cache.
// Bound by   FMA throughput: with 3 channels 192 products and about 100 additions for 4 outputs (r = 7) or 16 (r = 5), in
//            place of 588 and 1200.

// Column r holds what input row r adds to the eight rows of Bᵀ · d; see winograd_input.
static const float STN_LOCAL(winograd_input_columns)[8][16] = {
    {1, 0, 0, 0, 0, 0, 0, 0},
    {0, 1, -1, 0.5f, -0.5f, 2, -2, -1},
    {-5.25f, 1, 1, 0.25f, 0.25f, 4, 4, 0},
    {0, -4.25f, 4.25f, -2.5f, 2.5f, -2.5f, 2.5f, 5.25f},
    {5.25f, -4.25f, -4.25f, -1.25f, -1.25f, -5, -5, 0},
    {0, 1, -1, 2, -2, 0.5f, -0.5f, -5.25f},
    {-1, 1, 1, 1, 1, 1, 1, 0},
    {0, 0, 0, 0, 0, 0, 0, 1},
};

// Transforms a row of tiles: to[tile][column][channel][row], 64 · channels floats a tile and some more between.
// `half` takes the transform of columns, [x][channel][row].
STN_INLINE void STN_LOCAL(winograd_narrow_inputs)(const stn_convolution_shape *s, const float *image, int64_t row,
                                                  float *half, float *to) {
    int64_t floats = s->width * s->channels, rows = stn_min(8, s->height - row), m = stn_winograd_outputs(s);
    int64_t across = stn_winograd_tiles_across(s), run = 8 * s->channels;
    const float *from = image + row * floats;
    for (int64_t f = 0; f < floats; f++)
        for (int i = 0; i < 8; i += STN_LANES) {
            vec sum = vec_zero();
            for (int64_t r = 0; r < rows; r++)
                sum = vec_fma(vec_set1(from[r * floats + f]), vec_load(STN_LOCAL(winograd_input_columns)[r] + i), sum);
            // On wide vectors this runs into the next place, which comes next.
            vec_store(half + f * 8 + i, sum);
        }
    // The last tile may look beyond the image.
    memset(half + floats * 8, 0, (size_t)(8 * run) * sizeof(float));
    for (int64_t tile = 0; tile < across; tile++)
        // From the last vector on, as it may run into the next column, which is then written over.
        for (int64_t at = (run - 1) / STN_LANES * STN_LANES; at >= 0; at -= STN_LANES) {
            vec d[8], transformed[8];
            for (int j = 0; j < 8; j++) d[j] = vec_load(half + (tile * m + j) * run + at);
            STN_LOCAL(winograd_input)(d, transformed);
            for (int j = 0; j < 8; j++) vec_store(to + tile * (8 * run + STN_LANES) + j * run + at, transformed[j]);
        }
}

// What column j of the eight adds to output x: Aᵀ in full, so that the loop over j stays rolled and its values in registers.
static const float STN_LOCAL(winograd_output_columns)[2][8][4] = {
    {{1, 0}, {1, 1}, {1, -1}, {1, 2}, {1, -2}, {1, 0.5f}, {1, -0.5f}, {0, 1}},
    {{1, 0, 0, 0},
     {1, 1, 1, 1},
     {1, -1, 1, -1},
     {1, 2, 4, 8},
     {1, -2, 4, -8},
     {1, 0.5f, 0.25f, 0.125f},
     {1, -0.5f, 0.25f, -0.125f},
     {0, 0, 0, 1}},
};

// `tiles` neighbouring tiles and one vector of outputs.
STN_INLINE void STN_LOCAL(winograd_narrow_tiles)(int m, int pool, int tiles, const stn_convolution_arguments *a,
                                                 const float *inputs, const float *weights, int64_t image, int64_t row,
                                                 int64_t tile, int64_t channel) {
    const stn_convolution_shape *s = &a->shape;
    int64_t size = 64 * s->channels + STN_LANES;
    const float(*powers)[4] = STN_LOCAL(winograd_output_columns)[m / 4];
    vec outputs[2][4][4];
    STN_UNROLL
    for (int t = 0; t < tiles; t++) {
        STN_UNROLL
        for (int i = 0; i < m * m; i++) outputs[t][i / m][i % m] = vec_zero();
    }
    for (int64_t j = 0; j < 8; j++) {
        vec values[2][8];
        STN_UNROLL
        for (int t = 0; t < tiles; t++) {
            STN_UNROLL
            for (int i = 0; i < 8; i++) values[t][i] = vec_zero();
        }
        const float *x = inputs + j * 8 * s->channels, *w = weights + j * 8 * s->channels * STN_LANES;
        for (int64_t c = 0; c < s->channels; c++, x += 8, w += 8 * STN_LANES) {
            STN_UNROLL
            for (int i = 0; i < 8; i++) {
                vec weight = vec_load(w + i * STN_LANES);
                STN_UNROLL
                for (int t = 0; t < tiles; t++) values[t][i] = vec_fma(vec_set1(x[t * size + i]), weight, values[t][i]);
            }
        }
        STN_UNROLL
        for (int t = 0; t < tiles; t++) {
            vec column[4];
            STN_LOCAL(winograd_gather)(m, 0, values[t], column);
            STN_UNROLL
            for (int i = 0; i < m * m; i++)
                outputs[t][i / m][i % m] = vec_fma(vec_set1(powers[j][i % m]), column[i / m], outputs[t][i / m][i % m]);
        }
    }
    int64_t height = stn_pooled_height(s), width = stn_pooled_width(s);
    STN_UNROLL
    for (int t = 0; t < tiles; t++) {
        STN_UNROLL
        for (int i = 0; i < m / pool; i++) {
            STN_UNROLL
            for (int k = 0; k < m / pool; k++) {
                int64_t y = row * m / pool + i, x = (tile + t) * m / pool + k;
                vec window[4];
                STN_UNROLL
                for (int place = 0; place < pool * pool; place++)
                    window[place] = outputs[t][i * pool + place / pool][k * pool + place % pool];
                if (y < height && x < width) STN_LOCAL(convolution_finish)(pool, a, window, image, y, x, channel);
            }
        }
    }
}

// One row of tiles, one vector of outputs after the other.
STN_INLINE void STN_LOCAL(winograd_narrow_row)(int m, int pool, const stn_convolution_arguments *a, const float *inputs,
                                               int64_t image, int64_t row) {
    const stn_convolution_shape *s = &a->shape;
    int64_t across = stn_winograd_tiles_across(s), size = 64 * s->channels;
    // Two tiles share each load of a weight where registers allow.
    const int together = m == 2 && STN_ACCUMULATORS >= 20 ? 2 : 1;
    for (int64_t channel = 0; channel < s->outputs; channel += STN_LANES) {
        const float *weights = (const float *)a->packed + channel * size;
        int64_t tile = 0;
        for (; tile + together <= across; tile += together)
            STN_LOCAL(winograd_narrow_tiles)(m, pool, together, a, inputs + tile * (size + STN_LANES), weights, image,
                                             row, tile, channel);
        for (; tile < across; tile++)
            STN_LOCAL(winograd_narrow_tiles)(m, pool, 1, a, inputs + tile * (size + STN_LANES), weights, image, row, tile,
                                             channel);
    }
}

static void STN_KERNEL_NAME(winograd_narrow)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_winograd_arguments *w = arguments;
    const stn_convolution_arguments *a = &w->convolution;
    const stn_convolution_shape *s = &a->shape;
    int64_t rows = stn_winograd_tiles(s) / s->images / stn_winograd_tiles_across(s);
    float *half = (float *)(w->scratch + thread * w->scratch_bytes);
    float *inputs = half + (s->width + 8) * s->channels * 8 + STN_LANES;
    for (int64_t task = first; task < last; task++) {
        int64_t image = task / rows, row = task % rows;
        STN_LOCAL(winograd_narrow_inputs)(s, a->input + image * s->height * s->width * s->channels,
                                          row * stn_winograd_outputs(s), half, inputs);
        if (s->kernel_width == 7 && s->pool == 2)
            STN_LOCAL(winograd_narrow_row)(2, 2, a, inputs, image, row);
        else if (s->kernel_width == 7)
            STN_LOCAL(winograd_narrow_row)(2, 1, a, inputs, image, row);
        else if (s->pool == 2)
            STN_LOCAL(winograd_narrow_row)(4, 2, a, inputs, image, row);
        else
            STN_LOCAL(winograd_narrow_row)(4, 1, a, inputs, image, row);
    }
}

// Weight [outputs, r, r, channels] to packed [vector of outputs][column][channel][row][lanes]: a task transforms a vector.
STN_INLINE void STN_LOCAL(winograd_narrow_pack_vector)(int taps, const stn_winograd_pack_arguments *a, int64_t task) {
    int64_t columns = taps * taps;
    for (int64_t c = 0; c < a->channels; c++) {
        float kernel[49][STN_LANES];
        vec places[8][8];
        for (int64_t lane = 0; lane < STN_LANES; lane++) {
            int64_t o = task * STN_LANES + lane;
            for (int64_t tap = 0; tap < columns; tap++)
                kernel[tap][lane] = o < a->outputs ? a->weight[(o * columns + tap) * a->channels + c] : 0;
        }
        STN_LOCAL(winograd_kernel_places)(taps, kernel[0], STN_LANES, places);
        for (int j = 0; j < 8; j++)
            for (int i = 0; i < 8; i++)
                vec_store((float *)a->packed + (((task * 8 + j) * a->channels + c) * 8 + i) * STN_LANES, places[i][j]);
    }
}

static void STN_KERNEL_NAME(winograd_narrow_pack)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_winograd_pack_arguments *a = arguments;
    for (int64_t task = first; task < last; task++) {
        if (a->taps == 5)
            STN_LOCAL(winograd_narrow_pack_vector)(5, a, task);
        else
            STN_LOCAL(winograd_narrow_pack_vector)(7, a, task);
    }
}
