// The gradient of bilinear pixels of up to four channels, where a vector holds two quads: the two taps of a row are neighbours,
// so they and their channels are one pair, lane tap · channels + channel; what lies behind means nothing. A pixel takes two
// loads, and what it adds to the sums is gradient × weight, which its derivatives need as well:
//
//   dy = (g · w) · (lower − upper)      dx = g · (v₀ · upper + v₁ · lower), negative for the left tap
//
// with w the weights of the pair and v those of the rows. Signs and the sum over the lanes can wait for the end of a band.
//
// Sums       a pair has eight floats of its own, see sampling_sums.h.
// Bound by   the number of instructions, some 25 a pixel.

// Σ of a band's or a row's derivatives by x and y, alone and times n and m, lane by lane.
typedef struct {
    quads x, x_n, x_m, y, y_n, y_m;
} STN_LOCAL(pair_moments);

STN_INLINE void STN_LOCAL(clear_pairs)(STN_LOCAL(pair_moments) *s) {
    s->x = s->x_n = s->x_m = s->y = s->y_n = s->y_m = quads_set1(0);
}

#if STN_GROUP > 1
// What lane each lane takes: of a quad's channels, of two weights, of the sums of two neighbouring pixels.
#define STN_PAIR_ROW(of) {of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)}
#define STN_PAIR_LANES(c) {STN_PAIR_ROW(STN_CHANNEL_##c), STN_PAIR_ROW(STN_TAP_##c), STN_PAIR_ROW(STN_APART_##c)}
// The right tap's of one pair and the left tap's of the next, eight floats further on, from the right tap's on.
#define STN_APART_1(l) ((l) < 1 ? (l) : 7)
#define STN_APART_2(l) ((l) < 2 ? (l) : 6 + (l) % 2)
#define STN_APART_3(l) ((l) < 3 ? (l) : 5 + (l) % 3)
#define STN_APART_4(l) (l)
static const int32_t STN_LOCAL(pair_lanes)[4][3][8] = {STN_PAIR_LANES(1), STN_PAIR_LANES(2), STN_PAIR_LANES(3),
                                                       STN_PAIR_LANES(4)};

// A block's weights along x, those of a pixel together.
STN_INLINE void STN_LOCAL(pair_weights)(const STN_LOCAL(sampling_block) *b, float weights[2 * STN_COLUMNS]) {
    for (int k = 0; k < b->count; k += STN_LANES) {
        vec first, second;
        vec_interleave(vec_load(b->x.weight[0] + k), vec_load(b->x.weight[1] + k), &first, &second);
        vec_store(weights + 2 * k, first);
        vec_store(weights + 2 * k + STN_LANES, second);
    }
}

// The pair of a pixel's gradient, and that times its weights.
typedef struct {
    quads gradient, product;
} STN_LOCAL(pair);

STN_INLINE STN_LOCAL(pair) STN_LOCAL(pair_of)(int64_t channels, const float *gradient, const float *weights) {
    const int32_t(*lanes)[8] = STN_LOCAL(pair_lanes)[channels - 1];
    STN_LOCAL(pair) pair;
    pair.gradient = quads_permute_each(quads_twice(quad_load(gradient)), lanes[0]);
    pair.product = quads_mul(quads_permute_each(quads_of_two(weights), lanes[1]), pair.gradient);
    return pair;
}

// Adds what a pixel gives to the sums of its taps.
STN_INLINE void STN_LOCAL(scatter_pair)(const STN_LOCAL(sampling_block) *b, int k, STN_LOCAL(pair) pair, int64_t row_stride,
                                        float *sums) {
    STN_UNROLL for (int i = 0; i < 2; i++, sums += row_stride)
        quads_store(sums, quads_fma(quads_set1(b->y.weight[i][k]), pair.product, quads_load(sums)));
}

// Pixel k's gradient × derivatives, lane by lane. The rows of its taps begin at `pixel` and `stride` floats further on; with
// `some` only the lanes whose bits are set are read, others are zero.
STN_INLINE void STN_LOCAL(pair_derivatives)(int some, uint32_t upper_lanes, uint32_t lower_lanes,
                                            const STN_LOCAL(sampling_block) *b, int k, const float *pixel, int64_t stride,
                                            STN_LOCAL(pair) pair, quads *dx, quads *dy) {
    quads upper = some ? quads_load_lanes(pixel, upper_lanes) : quads_load(pixel);
    quads lower = some ? quads_load_lanes(pixel + stride, lower_lanes) : quads_load(pixel + stride);
    quads blend = quads_fma(quads_set1(b->y.weight[1][k]), lower, quads_mul(quads_set1(b->y.weight[0][k]), upper));
    *dx = quads_mul(pair.gradient, blend);
    *dy = quads_mul(pair.product, quads_sub(lower, upper));
}

// Adds them to those of its row; `partial` says that some taps are not read.
STN_INLINE void STN_LOCAL(pair_to_row)(int partial, int64_t channels, const STN_LOCAL(sampling_block) *b, int k,
                                       const float *pixel, int64_t stride, STN_LOCAL(pair) pair,
                                       STN_LOCAL(pair_moments) *row) {
    quads dx, dy, n = quads_set1(b->n[k]);
    uint32_t tap = (1u << channels) - 1;
    uint32_t lanes = (b->x.counts[0] >> k & 1) * tap | (b->x.counts[1] >> k & 1) * tap << channels;
    STN_LOCAL(pair_derivatives)(partial, (b->y.counts[0] >> k & 1) * lanes, (b->y.counts[1] >> k & 1) * lanes, b, k, pixel,
                                stride, pair, &dx, &dy);
    row->x = quads_add(row->x, dx);
    row->x_n = quads_fma(dx, n, row->x_n);
    row->y = quads_add(row->y, dy);
    row->y_n = quads_fma(dy, n, row->y_n);
}

// The pixels of one block that are alive: sums to those at `place`, unless `sums` is NULL, and the derivatives of those at
// home to `row`. First those whose taps all count, most of them, with no test in between.
STN_INLINE void STN_LOCAL(pair_block)(const stn_affine_sample_arguments *a, int64_t channels,
                                      const STN_LOCAL(sampling_block) *b, const float *image, const float *d_output,
                                      const int64_t *place, int64_t row_stride, float *sums,
                                      STN_LOCAL(pair_moments) *row) {
    float weights[2 * STN_COLUMNS];
    STN_LOCAL(pair_weights)(b, weights);
    int64_t stride = a->width * channels;
    uint32_t home = b->home, plain = home & b->whole;
    for (uint32_t rest = plain; rest; rest &= rest - 1) {
        int k = __builtin_ctz(rest);
        STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(channels, d_output + k * channels, weights + 2 * k);
        STN_LOCAL(pair_to_row)(0, channels, b, k, image + b->offset[k], stride, pair, row);
        if (sums) STN_LOCAL(scatter_pair)(b, k, pair, row_stride, sums + place[k]);
    }
    for (uint32_t rest = (sums ? b->alive : home) & ~plain; rest; rest &= rest - 1) {
        int k = __builtin_ctz(rest);
        STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(channels, d_output + k * channels, weights + 2 * k);
        if (home >> k & 1) STN_LOCAL(pair_to_row)(1, channels, b, k, image + b->offset[k], stride, pair, row);
        if (sums) STN_LOCAL(scatter_pair)(b, k, pair, row_stride, sums + place[k]);
    }
}

// Adds what one output row has summed up.
STN_INLINE void STN_LOCAL(pair_row)(const STN_LOCAL(pair_moments) *row, float m, STN_LOCAL(pair_moments) *sums) {
    quads down = quads_set1(m);
    sums->x = quads_add(sums->x, row->x);
    sums->x_n = quads_add(sums->x_n, row->x_n);
    sums->x_m = quads_fma(row->x, down, sums->x_m);
    sums->y = quads_add(sums->y, row->y);
    sums->y_n = quads_add(sums->y_n, row->y_n);
    sums->y_m = quads_fma(row->y, down, sums->y_m);
}

// The two taps' sums as one quad: their difference, right less left, or their sum.
STN_INLINE quad STN_LOCAL(pair_sum)(quads a, int64_t channels, float left) {
    float lanes[8];
    quads_store(lanes, a);
    return quad_fma(quad_set1(left), quad_load(lanes), quad_load(lanes + channels));
}

// Sums of eight lanes each, as many as a vector has lanes, all or those of right taps less those of left ones.
STN_INLINE vec STN_LOCAL(pair_sums)(int64_t channels, int differ, const float *pairs) {
    float signs[STN_LANES];
    vec parts[8];
    for (int l = 0; l < STN_LANES; l++) signs[l] = l % 8 < channels ? -1 : 1;
    STN_UNROLL for (int i = 0; i < 8; i++) {
        parts[i] = vec_load(pairs + i * STN_LANES);
        if (differ) parts[i] = vec_mul(parts[i], vec_load(signs));
    }
    STN_UNROLL for (int half = 4; half >= 1; half /= 2) {
        STN_UNROLL for (int i = 0; i < half; i++) {
            vec even, odd;
            vec_deinterleave(parts[2 * i], parts[2 * i + 1], &even, &odd);
            parts[i] = vec_add(even, odd);
        }
    }
    return parts[0];
}

// What the pixels of a block whose taps all count add to the sums at `place`, unless `sums` is NULL, and their gradient ×
// derivatives by x and y; those of other pixels are zero.
STN_INLINE void STN_LOCAL(whole_pairs)(const stn_affine_sample_arguments *a, int64_t channels,
                                       const STN_LOCAL(sampling_block) *b, const float *image, const float *d_output,
                                       const int64_t *place, int64_t row_stride, float *sums, float dx[STN_COLUMNS],
                                       float dy[STN_COLUMNS]) {
    float weights[2 * STN_COLUMNS], x[8 * STN_COLUMNS], y[8 * STN_COLUMNS];
    STN_LOCAL(pair_weights)(b, weights);
    uint32_t whole = b->whole, lanes = (1u << 2 * channels) - 1;
    int64_t stride = a->width * channels;
    for (uint32_t rest = whole; rest; rest &= rest - 1) {
        int k = __builtin_ctz(rest);
        quads x_pair, y_pair;
        STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(channels, d_output + k * channels, weights + 2 * k);
        STN_LOCAL(pair_derivatives)(1, lanes, lanes, b, k, image + b->offset[k], stride, pair, &x_pair, &y_pair);
        quads_store(x + 8 * k, x_pair);
        quads_store(y + 8 * k, y_pair);
        if (sums) STN_LOCAL(scatter_pair)(b, k, pair, row_stride, sums + place[k]);
    }
    for (uint32_t rest = ~whole; rest; rest &= rest - 1) {
        int k = __builtin_ctz(rest);
        quads_store(x + 8 * k, quads_set1(0));
        quads_store(y + 8 * k, quads_set1(0));
    }
    for (int k = 0; k < STN_COLUMNS; k += STN_LANES) {
        vec_store(dx + k, STN_LOCAL(pair_sums)(channels, 1, x + 8 * k));
        vec_store(dy + k, STN_LOCAL(pair_sums)(channels, 0, y + 8 * k));
    }
}

// The sums of two neighbouring pixels: `first` is the pair that begins with the left one, `second` the one before it among
// those that begin a column earlier or later, and the next.
STN_INLINE quads STN_LOCAL(pair_pixels)(int64_t channels, const float *first, const float *second) {
    const int32_t *apart = STN_LOCAL(pair_lanes)[channels - 1][2];
    return quads_add(quads_load(first), quads_permute(quads_load(second + channels), apart));
}
#endif
