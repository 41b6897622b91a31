// 5×5 convolution by Winograd's minimal filtering F(4×4, 5×5), with the same bias, dropout, pooling and ReLU behind it.
//
// Algorithm  a tile of 4×4 outputs depends on 8×8 inputs. Both tile and kernel are transformed to 8×8 numbers a channel;
//            there the convolution is a product for each of the 64 places, summed over channels (a GEMM), and a transform
//            back gives the outputs: 64 multiplications in place of 400 (Lavin and Gray 2016; points 0, ±1, ±2, ±1/2, ∞).
// Blocking   a task's tiles are transformed once and stay in the second-level cache with the products of one block of
//            output channels; the GEMM is the direct convolution's register tile.
// Error      the transforms mix numbers of other sizes: about 6 times the rounding error of direct summation, 3e-6 of the
//            result's root mean square with 64 channels. An infinity in a tile makes all its outputs NaN.
// Bound by   FMA throughput of the GEMM; then by reading the transformed weights, 2.5 times the weights.

// Bᵀ · d for 8 numbers.
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

// G · g for 5 numbers.
STN_INLINE void STN_LOCAL(winograd_kernel)(const vec g[5], vec to[8]) {
    vec one = vec_set1(-2 / 9.0f), two = vec_set1(1 / 90.0f), half = vec_set1(32 / 45.0f);
    to[0] = g[0];
    vec even = vec_add(vec_add(g[0], g[2]), g[4]), odd = vec_add(g[1], g[3]);
    to[1] = vec_mul(one, vec_add(even, odd));
    to[2] = vec_mul(one, vec_sub(even, odd));
    even = vec_fma(vec_set1(16), g[4], vec_fma(vec_set1(4), g[2], g[0]));
    odd = vec_fma(vec_set1(8), g[3], vec_mul(vec_set1(2), g[1]));
    to[3] = vec_mul(two, vec_add(even, odd));
    to[4] = vec_mul(two, vec_sub(even, odd));
    even = vec_fma(vec_set1(0.0625f), g[4], vec_fma(vec_set1(0.25f), g[2], g[0]));
    odd = vec_fma(vec_set1(0.125f), g[3], vec_mul(vec_set1(0.5f), g[1]));
    to[5] = vec_mul(half, vec_add(even, odd));
    to[6] = vec_mul(half, vec_sub(even, odd));
    to[7] = g[4];
}

// Aᵀ · m for 8 numbers.
STN_INLINE void STN_LOCAL(winograd_output)(const vec m[8], vec to[4]) {
    vec sum1 = vec_add(m[1], m[2]), sum2 = vec_add(m[3], m[4]), sum3 = vec_add(m[5], m[6]);
    vec difference1 = vec_sub(m[1], m[2]), difference2 = vec_sub(m[3], m[4]), difference3 = vec_sub(m[5], m[6]);
    to[0] = vec_add(vec_add(m[0], sum1), vec_add(sum2, sum3));
    to[1] = vec_fma(vec_set1(0.5f), difference3, vec_fma(vec_set1(2), difference2, difference1));
    to[2] = vec_fma(vec_set1(0.25f), sum3, vec_fma(vec_set1(4), sum2, sum1));
    to[3] = vec_add(vec_fma(vec_set1(0.125f), difference3, vec_fma(vec_set1(8), difference2, difference1)), m[7]);
}

// Weight [outputs, 5, 5, channels] to packed [block of outputs][64 places][channels][block]: a task transforms a block.
static void STN_KERNEL_NAME(winograd_pack)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_winograd_pack_arguments *a = arguments;
    const int64_t block = 2 * STN_LANES;
    for (int64_t task = first; task < last; task++) {
        int64_t rows = stn_min(block, a->outputs - task * block);
        for (int64_t channel = 0; channel < a->channels; channel += 8) {
            int64_t channels = stn_min(8, a->channels - channel);
            float kernels[8][25][2 * STN_LANES];
            for (int64_t row = 0; row < block; row++) {
                const float *from = a->weight + (task * block + row) * 25 * a->channels + channel;
                for (int64_t tap = 0; tap < 25; tap++)
                    for (int64_t c = 0; c < channels; c++)
                        kernels[c][tap][row] = row < rows ? from[tap * a->channels + c] : 0;
            }
            for (int64_t c = 0; c < channels; c++) {
                float *to = a->packed + (task * 64 * a->channels + channel + c) * block;
                for (int v = 0; v < 2; v++) {
                    vec columns[5][8];
                    for (int y = 0; y < 5; y++) {
                        vec taps[5];
                        for (int x = 0; x < 5; x++) taps[x] = vec_load(&kernels[c][y * 5 + x][v * STN_LANES]);
                        STN_LOCAL(winograd_kernel)(taps, columns[y]);
                    }
                    for (int x = 0; x < 8; x++) {
                        vec taps[5], places[8];
                        for (int y = 0; y < 5; y++) taps[y] = columns[y][x];
                        STN_LOCAL(winograd_kernel)(taps, places);
                        for (int y = 0; y < 8; y++)
                            vec_store(to + (y * 8 + x) * a->channels * block + v * STN_LANES, places[y]);
                    }
                }
            }
        }
    }
}

// Transforms the 8×8 inputs from (y, x) on, outside the image zeros, to 64 places `stride` floats apart.
STN_INLINE void STN_LOCAL(winograd_load)(const stn_convolution_shape *s, const float *image, int64_t y, int64_t x,
                                         float *to, int64_t stride) {
    int rows = (int)stn_min(8, s->height - y), columns = (int)stn_min(8, s->width - x);
    for (int64_t channel = 0; channel < s->channels; channel += STN_LANES) {
        int count = (int)stn_min(STN_LANES, s->channels - channel);
        vec half[8][8];
        for (int j = 0; j < 8; j++) {
            vec d[8], transformed[8];
            for (int i = 0; i < 8; i++) {
                const float *from = image + ((y + i) * s->width + x + j) * s->channels + channel;
                d[i] = i < rows && j < columns ? vec_load_first(from, count) : vec_zero();
            }
            STN_LOCAL(winograd_input)(d, transformed);
            for (int i = 0; i < 8; i++) half[i][j] = transformed[i];
        }
        for (int i = 0; i < 8; i++) {
            vec transformed[8];
            STN_LOCAL(winograd_input)(half[i], transformed);
            for (int j = 0; j < 8; j++) vec_store(to + (i * 8 + j) * stride + channel, transformed[j]);
        }
    }
}

// Transforms the products of one tile back and stores the outputs that exist, from pooled (row, column) on.
STN_INLINE void STN_LOCAL(winograd_store)(int pool, const stn_convolution_arguments *a, const float *products,
                                          int64_t stride, int64_t image, int64_t row, int64_t column,
                                          int64_t channel) {
    vec half[4][8], outputs[4][4];
    for (int j = 0; j < 8; j++) {
        vec m[8], transformed[4];
        for (int i = 0; i < 8; i++) m[i] = vec_load(products + (i * 8 + j) * stride);
        STN_LOCAL(winograd_output)(m, transformed);
        for (int i = 0; i < 4; i++) half[i][j] = transformed[i];
    }
    for (int i = 0; i < 4; i++) STN_LOCAL(winograd_output)(half[i], outputs[i]);
    int64_t height = stn_pooled_height(&a->shape), width = stn_pooled_width(&a->shape);
    for (int i = 0; i < 4 / pool && row + i < height; i++)
        for (int j = 0; j < 4 / pool && column + j < width; j++) {
            vec window[4];
            for (int place = 0; place < pool * pool; place++)
                window[place] = outputs[i * pool + place / pool][j * pool + place % pool];
            STN_LOCAL(convolution_finish)(pool, a, window, image, row + i, column + j, channel);
        }
}

// products[tile][block] = tiles[tile][channel] · weights[channel][block] for `pixels` tiles.
STN_INLINE void STN_LOCAL(winograd_product)(int pixels, const float *tiles, int64_t channels, int64_t stride,
                                            const float *weights, float *products) {
    const float *x[STN_TILE_PIXELS];
    vec acc[STN_TILE_PIXELS][2];
    STN_UNROLL
    for (int p = 0; p < pixels; p++) {
        x[p] = tiles + p * stride;
        STN_UNROLL
        for (int v = 0; v < 2; v++) acc[p][v] = vec_zero();
    }
    STN_LOCAL(convolution_tile)(pixels, 2, x, 0, 1, channels, weights, acc);
    STN_UNROLL
    for (int p = 0; p < pixels; p++) {
        STN_UNROLL
        for (int v = 0; v < 2; v++) vec_store(products + (p * 2 + v) * STN_LANES, acc[p][v]);
    }
}

static void STN_KERNEL_NAME(winograd)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_winograd_arguments *w = arguments;
    const stn_convolution_arguments *a = &w->convolution;
    const stn_convolution_shape *s = &a->shape;
    const int64_t block = 2 * STN_LANES, blocks = stn_divide_up(s->outputs, block);
    stn_winograd_blocking b = stn_winograd_blocking_of(s, STN_LANES);
    int64_t tiles = stn_winograd_tiles(s), across = stn_winograd_tiles_across(s), per_image = tiles / s->images;
    float *transformed = (float *)(w->scratch + thread * w->scratch_bytes);
    float *products = transformed + 64 * b.tile_stride;

    for (int64_t task = first; task < last; task++) {
        int64_t begin = task / b.splits * STN_WINOGRAD_TILES, split = task % b.splits;
        int64_t count = stn_min(STN_WINOGRAD_TILES, tiles - begin), padded = stn_divide_up(count, 4) * 4;
        for (int64_t t = 0; t < count; t++) {
            int64_t image = (begin + t) / per_image, place = (begin + t) % per_image;
            STN_LOCAL(winograd_load)(s, a->input + image * s->height * s->width * s->channels, place / across * 4,
                                     place % across * 4, transformed + t * b.row, b.tile_stride);
        }
        for (int64_t o = split * blocks / b.splits; o < (split + 1) * blocks / b.splits; o++) {
            for (int64_t place = 0; place < 64; place++) {
                const float *weights = a->packed + (o * 64 + place) * s->channels * block;
                int64_t t = 0;
                for (; t + STN_TILE_PIXELS <= padded; t += STN_TILE_PIXELS)
                    STN_LOCAL(winograd_product)(STN_TILE_PIXELS, transformed + place * b.tile_stride + t * b.row,
                                                s->channels, b.row, weights,
                                                products + place * b.product_stride + t * block);
                for (; t < padded; t += 4)
                    STN_LOCAL(winograd_product)(4, transformed + place * b.tile_stride + t * b.row, s->channels, b.row,
                                                weights, products + place * b.product_stride + t * block);
            }
            for (int64_t t = 0; t < count; t++) {
                int64_t image = (begin + t) / per_image, place = (begin + t) % per_image;
                int64_t row = place / across * 4 / s->pool, column = place % across * 4 / s->pool;
                for (int v = 0; v < 2; v++) {
                    const float *from = products + t * block + v * STN_LANES;
                    int64_t channel = o * block + v * STN_LANES;
                    if (s->pool == 2)
                        STN_LOCAL(winograd_store)(2, a, from, b.product_stride, image, row, column, channel);
                    else
                        STN_LOCAL(winograd_store)(1, a, from, b.product_stride, image, row, column, channel);
                }
            }
        }
    }
}
