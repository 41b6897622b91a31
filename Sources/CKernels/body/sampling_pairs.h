// Bilinear pixels of up to four channels, where a vector holds two quads: the two taps of a row are neighbours, so they and
// their channels are one pair, lane tap · channels + channel; what lies behind means nothing. A pixel takes two loads. What
// its gradient adds to the sums is gradient × weight, which its derivatives need as well:
//
//   dy = (g · w) · (lower − upper)      dx = g · (upper + v₁ · (lower − upper)), negative for the left tap
//
// with w the weights of the pair and v those of the rows. Where the step overflows dx does too, though a weighted sum might
// not. Signs and the sum over the lanes can wait for the end of a band, but for stored grids, which want them of each pixel.
//
// Bound by   the number of instructions, some 35 a pixel with its gradient.

// Σ of a band's or a row's derivatives by x and y, alone and times n and m, lane by lane.
typedef struct {
    quads x, x_n, x_m, y, y_n, y_m;
} STN_LOCAL(pair_moments);

STN_INLINE void STN_LOCAL(clear_pairs)(STN_LOCAL(pair_moments) *s) {
    s->x = s->x_n = s->x_m = s->y = s->y_n = s->y_m = quads_set1(0);
}

#if STN_GROUP > 1
// What lane each lane takes: of a quad's channels, and of a pair to become a quad for each tap.
#define STN_PAIR_ROW(of) {of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)}
#define STN_PAIR_LANES(c) {STN_PAIR_ROW(STN_CHANNEL_##c), STN_PAIR_ROW(STN_APART_##c)}
#define STN_APART_1(l) ((l) / 4)
#define STN_APART_2(l) ((l) / 4 * 2 + (l) % 2)
#define STN_APART_3(l) ((l) / 4 * 3 + (l) % 4 % 3)
#define STN_APART_4(l) (l)
static const int32_t STN_LOCAL(pair_lanes)[4][2][8] = {STN_PAIR_LANES(1), STN_PAIR_LANES(2), STN_PAIR_LANES(3),
                                                       STN_PAIR_LANES(4)};

// One in the lanes of the left tap and zero in those of the right one, the reverse, and the second less the first.
#define STN_PAIR_SIDES(c)                                                                                                 \
    {{STN_LEFT(0, c), STN_LEFT(1, c), STN_LEFT(2, c), STN_LEFT(3, c), 0, 0, 0, 0},                                        \
     {!STN_LEFT(0, c), !STN_LEFT(1, c), !STN_LEFT(2, c), !STN_LEFT(3, c), 1, 1, 1, 1},                                    \
     {STN_SIGN(0, c), STN_SIGN(1, c), STN_SIGN(2, c), STN_SIGN(3, c), 1, 1, 1, 1}}
#define STN_LEFT(l, c) ((l) < (c))
#define STN_SIGN(l, c) ((l) < (c) ? -1 : 1)
static const float STN_LOCAL(pair_sides)[4][3][8] = {STN_PAIR_SIDES(1), STN_PAIR_SIDES(2), STN_PAIR_SIDES(3),
                                                     STN_PAIR_SIDES(4)};

// Of two lanes each added up, first by x and then by y: all bits set where both are of taps.
#define STN_PAIR_MASKS(c)                                                                                                 \
    {STN_IN_PAIR(0, c), STN_IN_PAIR(2, c), STN_IN_PAIR(0, c), STN_IN_PAIR(2, c),                                          \
     STN_IN_PAIR(4, c), STN_IN_PAIR(6, c), STN_IN_PAIR(4, c), STN_IN_PAIR(6, c)}
#define STN_IN_PAIR(l, c) ((l) < 2 * (c) ? -1 : 0)
static const int32_t STN_LOCAL(pair_masks)[4][8] = {STN_PAIR_MASKS(1), STN_PAIR_MASKS(2), STN_PAIR_MASKS(3),
                                                    STN_PAIR_MASKS(4)};

// The weights along x of pixel k. With `inner` none of its taps is outside, and so they add up to one.
STN_INLINE quads STN_LOCAL(pair_weights)(int inner, int64_t channels, const STN_LOCAL(sampling_block) *b, int64_t k) {
    const float(*sides)[8] = STN_LOCAL(pair_sides)[channels - 1];
    quads left = quads_load(sides[0]), second = quads_set1(b->x.weight[1][k]);
    if (inner) return quads_fma(second, quads_load(sides[2]), left);
    return quads_fma(quads_set1(b->x.weight[0][k]), left, quads_mul(second, quads_load(sides[1])));
}

// Channels of the pair whose columns count.
STN_INLINE uint32_t STN_LOCAL(pair_counts)(int64_t channels, const STN_LOCAL(sampling_block) *b, int64_t k) {
    uint32_t tap = (1u << channels) - 1;
    return (b->x.counts[0] >> k & 1) * tap | (b->x.counts[1] >> k & 1) * tap << channels;
}

// What is read of a pair: all lanes, or those of taps that count. Others are −0, as stn_nothing is.
typedef enum { STN_LOCAL(all_lanes), STN_LOCAL(counting_taps) } STN_LOCAL(pair_reading);

// Row i of pixel k's taps.
STN_INLINE quads STN_LOCAL(load_pair)(STN_LOCAL(pair_reading) reading, int i, int64_t channels,
                                      const STN_LOCAL(sampling_block) *b, int64_t k, const float *row) {
    if (reading == STN_LOCAL(all_lanes)) return quads_load(row + b->offset[k]);
    return quads_load_lanes(row + b->offset[k], (b->y.counts[i] >> k & 1) * STN_LOCAL(pair_counts)(channels, b, k));
}

// A pixel of the output, in the order of groups: its bits do not depend on whether its neighbours make one with it.
STN_INLINE quad STN_LOCAL(sample_pair)(const stn_affine_sample_arguments *a, int64_t channels,
                                       const STN_LOCAL(sampling_block) *b, int64_t k, const float *image) {
    const int32_t *apart = STN_LOCAL(pair_lanes)[channels - 1][1];
    quad rows[2], left = quad_set1(b->x.weight[0][k]), right = quad_set1(b->x.weight[1][k]);
    STN_UNROLL for (int i = 0; i < 2; i++) {
        quads taps = STN_LOCAL(load_pair)(STN_LOCAL(counting_taps), i, channels, b, k, image + i * a->width * channels);
        taps = quads_permute(taps, apart);
        rows[i] = quad_fma(right, quads_high(taps), quad_mul(left, quads_low(taps)));
    }
    return quad_fma(quad_set1(b->y.weight[1][k]), rows[1], quad_mul(quad_set1(b->y.weight[0][k]), rows[0]));
}

// The pair of a pixel's gradient, and that times its weights.
typedef struct {
    quads gradient, product;
} STN_LOCAL(pair);

STN_INLINE STN_LOCAL(pair) STN_LOCAL(pair_of)(int inner, int64_t channels, const STN_LOCAL(sampling_block) *b, int64_t k,
                                              const float *d_output) {
    STN_LOCAL(pair) pair;
    quads twice = quads_twice(quad_load(d_output + k * channels));
    pair.gradient = quads_permute_each(twice, STN_LOCAL(pair_lanes)[channels - 1][0]);
    pair.product = quads_mul(STN_LOCAL(pair_weights)(inner, channels, b, k), pair.gradient);
    return pair;
}

// Sums from the first row on, and from the second.
typedef struct {
    float *row[2];
} STN_LOCAL(pair_rows);

// Adds what a pixel gives to the sums of its taps, which are four floats apart.
STN_INLINE void STN_LOCAL(scatter_pair)(int64_t channels, const STN_LOCAL(sampling_block) *b, int64_t k,
                                        STN_LOCAL(pair) pair, STN_LOCAL(pair_rows) sums) {
    const int32_t *apart = STN_LOCAL(pair_lanes)[channels - 1][1];
    quads product = channels == 4 ? pair.product : quads_permute(pair.product, apart);
    float *first = sums.row[0] + b->place[k], *second = sums.row[1] + b->place[k];
    quads_store(first, quads_fma(quads_set1(b->y.weight[0][k]), product, quads_load(first)));
    quads_store(second, quads_fma(quads_set1(b->y.weight[1][k]), product, quads_load(second)));
}

// Gradient × derivatives of pixel k, lane by lane. `upper` and `lower` are the image from its first row on and from its second.
STN_INLINE void STN_LOCAL(pair_derivatives)(STN_LOCAL(pair_reading) reading, int64_t channels,
                                            const STN_LOCAL(sampling_block) *b, int64_t k, const float *upper,
                                            const float *lower, STN_LOCAL(pair) pair, quads *dx, quads *dy) {
    quads above = STN_LOCAL(load_pair)(reading, 0, channels, b, k, upper);
    quads below = STN_LOCAL(load_pair)(reading, 1, channels, b, k, lower), step = quads_sub(below, above);
    quads second = quads_set1(b->y.weight[1][k]);
    if (reading == STN_LOCAL(counting_taps))
        above = quads_fma(second, below, quads_mul(quads_set1(b->y.weight[0][k]), above));
    else
        above = quads_fma(second, step, above);
    *dx = quads_mul(pair.gradient, above);
    *dy = quads_mul(pair.product, step);
}

// Adds them to those of its row.
STN_INLINE void STN_LOCAL(pair_to_row)(STN_LOCAL(pair_reading) reading, int64_t channels,
                                       const STN_LOCAL(sampling_block) *b, int64_t k, const float *upper, const float *lower,
                                       STN_LOCAL(pair) pair, STN_LOCAL(pair_moments) *row) {
    quads dx, dy, n = quads_set1(b->n[k]);
    STN_LOCAL(pair_derivatives)(reading, channels, b, k, upper, lower, pair, &dx, &dy);
    row->x = quads_add(row->x, dx);
    row->x_n = quads_fma(dx, n, row->x_n);
    row->y = quads_add(row->y, dy);
    row->y_n = quads_fma(dy, n, row->y_n);
}

// The pixels of one block that are alive: what they add to `sums`, unless that is not wanted, and the derivatives of those at
// home to `row`. First those whose taps are all read, most of them, with no test in between.
STN_INLINE void STN_LOCAL(pair_block)(int wants_sums, const stn_affine_sample_arguments *a, int64_t channels,
                                      const STN_LOCAL(sampling_block) *b, const float *image, const float *d_output,
                                      int64_t row_stride, float *sums, STN_LOCAL(pair_moments) *row) {
    const float *lower = image + a->width * channels;
    STN_LOCAL(pair_rows) rows = {{sums, wants_sums ? sums + row_stride : 0}};
    uint32_t plain = b->home & b->whole, others = (wants_sums ? b->alive : b->home) & ~plain;
    for (STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(2, b, plain); STN_LOCAL(has_next)(&turns);) {
        int64_t k = STN_LOCAL(next)(&turns);
        STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(1, channels, b, k, d_output);
        STN_LOCAL(pair_to_row)(STN_LOCAL(all_lanes), channels, b, k, image, lower, pair, row);
        if (wants_sums) STN_LOCAL(scatter_pair)(channels, b, k, pair, rows);
    }
    for (STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(2, b, others); STN_LOCAL(has_next)(&turns);) {
        int64_t k = STN_LOCAL(next)(&turns);
        STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(0, channels, b, k, d_output);
        if (b->home >> k & 1) STN_LOCAL(pair_to_row)(STN_LOCAL(counting_taps), channels, b, k, image, lower, pair, row);
        if (wants_sums) STN_LOCAL(scatter_pair)(channels, b, k, pair, rows);
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

// Gradient × derivative by x, its left tap's negative, and by y, added up: two parts each.
STN_INLINE quad STN_LOCAL(pair_derivative)(int64_t channels, quads dx, quads dy) {
    quads signed_dx = quads_mul(dx, quads_load(STN_LOCAL(pair_sides)[channels - 1][2]));
    quads sums = quads_keep(quads_add_neighbours(signed_dx, dy), STN_LOCAL(pair_masks)[channels - 1]);
    return quad_add(quads_low(sums), quads_high(sums));
}

// One pixel of a stored grid: adds to the sums, if there are any, and stores its derivatives.
STN_INLINE void STN_LOCAL(pair_gradient)(STN_LOCAL(pair_reading) reading, int64_t channels,
                                         const STN_LOCAL(sampling_block) *b, int64_t k, const float *upper,
                                         const float *lower, const float *d_output, STN_LOCAL(pair_rows) sums,
                                         float *derivatives) {
    quads dx, dy;
    STN_LOCAL(pair) pair = STN_LOCAL(pair_of)(reading == STN_LOCAL(all_lanes), channels, b, k, d_output);
    STN_LOCAL(pair_derivatives)(reading, channels, b, k, upper, lower, pair, &dx, &dy);
    quad_store(derivatives + 4 * k, STN_LOCAL(pair_derivative)(channels, dx, dy));
    if (sums.row[0]) STN_LOCAL(scatter_pair)(channels, b, k, pair, sums);
}

// What pixels of a block add to `sums`, unless that is NULL, and their derivatives: those whose taps are all read, and `others`.
STN_INLINE void STN_LOCAL(pair_gradients)(const stn_affine_sample_arguments *a, int64_t channels,
                                          const STN_LOCAL(sampling_block) *b, uint32_t others, const float *image,
                                          const float *d_output, int64_t row_stride, float *sums,
                                          float derivatives[4 * STN_COLUMNS]) {
    const float *lower = image + a->width * channels;
    STN_LOCAL(pair_rows) rows = {{sums, sums ? sums + row_stride : 0}};
    for (STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(2, b, b->whole); STN_LOCAL(has_next)(&turns);)
        STN_LOCAL(pair_gradient)(STN_LOCAL(all_lanes), channels, b, STN_LOCAL(next)(&turns), image, lower, d_output, rows,
                                 derivatives);
    for (STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(2, b, others); STN_LOCAL(has_next)(&turns);)
        STN_LOCAL(pair_gradient)(STN_LOCAL(counting_taps), channels, b, STN_LOCAL(next)(&turns), image, lower, d_output,
                                 rows, derivatives);
}
#endif
