// Bicubic pixels of up to four channels: the four taps of a row are neighbours, so they and their channels are one vector of
// sixteen lanes, and a pixel takes 4 loads in place of 16. Rows are weighted and added up first, then the taps: lane
// tap · channels + channel, what lies behind means nothing. Taps that do not count are not read, and are −0, as
// stn_nothing is.
//
// Bound by   loads, most of which cross a cache line.

#if STN_LANES >= 16
// What lane each lane takes: of the taps' weights, of a pixel's channels (sampling_group.h), the lanes two taps and one tap
// further on, and those of the taps as a quad each.
#define STN_WIDE_LANES(c)                                                                                                  \
    {STN_LANE_ROW(STN_TAP_##c), STN_LANE_ROW(STN_CHANNEL_##c), STN_LANE_ROW(STN_TWO_ON_##c), STN_LANE_ROW(STN_ONE_ON_##c), \
     STN_LANE_ROW(STN_SPREAD_##c)}
#define STN_TWO_ON_1(l) (((l) + 2) % 16)
#define STN_TWO_ON_2(l) (((l) + 4) % 16)
#define STN_TWO_ON_3(l) (((l) + 6) % 16)
#define STN_TWO_ON_4(l) (((l) + 8) % 16)
#define STN_ONE_ON_1(l) (((l) + 1) % 16)
#define STN_ONE_ON_2(l) (((l) + 2) % 16)
#define STN_ONE_ON_3(l) (((l) + 3) % 16)
#define STN_ONE_ON_4(l) (((l) + 4) % 16)
#define STN_SPREAD_1(l) ((l) / 4)
#define STN_SPREAD_2(l) ((l) / 4 * 2 + (l) % 2)
#define STN_SPREAD_3(l) ((l) / 4 * 3 + (l) % 4 % 3)
#define STN_SPREAD_4(l) (l)
static const int32_t STN_LOCAL(wide_lanes)[4][5][16] = {STN_WIDE_LANES(1), STN_WIDE_LANES(2), STN_WIDE_LANES(3),
                                                        STN_WIDE_LANES(4)};

// The weights of a block's taps along x, and their slopes, those of a pixel together.
typedef struct {
    float weight[4 * STN_COLUMNS], slope[4 * STN_COLUMNS];
} STN_LOCAL(wide_taps);

STN_INLINE void STN_LOCAL(gather_taps)(const float taps[4][STN_COLUMNS], float to[4 * STN_COLUMNS]) {
    for (int k = 0; k < STN_COLUMNS; k += STN_LANES) {
        vec even[2], odd[2], four[4];
        vec_interleave(vec_load(taps[0] + k), vec_load(taps[2] + k), &even[0], &even[1]);
        vec_interleave(vec_load(taps[1] + k), vec_load(taps[3] + k), &odd[0], &odd[1]);
        vec_interleave(even[0], odd[0], &four[0], &four[1]);
        vec_interleave(even[1], odd[1], &four[2], &four[3]);
        STN_UNROLL for (int v = 0; v < 4; v++) vec_store(to + 4 * k + v * STN_LANES, four[v]);
    }
}

// The lanes of each row that count for pixel k.
STN_INLINE void STN_LOCAL(wide_counts)(int64_t channels, const STN_LOCAL(sampling_block) *b, int k, uint32_t lanes[4]) {
    uint32_t tap = (1u << channels) - 1, columns = 0;
    STN_UNROLL for (int j = 0; j < 4; j++) columns |= (b->x.counts[j] >> k & 1) * tap << j * channels;
    STN_UNROLL for (int i = 0; i < 4; i++) lanes[i] = (b->y.counts[i] >> k & 1) * columns;
}

// Σ over the rows of weight × row, for pixel k; `lanes` is NULL where all count.
STN_INLINE vec STN_LOCAL(wide_rows)(const float weight[4][STN_COLUMNS], int64_t k, const float *pixel, int64_t stride,
                                    const uint32_t *lanes) {
    vec sum = vec_zero();
    STN_UNROLL for (int i = 0; i < 4; i++) {
        vec row = lanes ? vec_load_lanes(pixel + i * stride, lanes[i]) : vec_load(pixel + i * stride);
        sum = i == 0 ? vec_mul(vec_set1(weight[i][k]), row) : vec_fma(vec_set1(weight[i][k]), row, sum);
    }
    return sum;
}

// The taps added up: a quad of channels.
STN_INLINE quad STN_LOCAL(wide_sum)(int64_t channels, vec a) {
    const int32_t(*lanes)[16] = STN_LOCAL(wide_lanes)[channels - 1];
    a = vec_add(a, vec_permute(a, lanes[2]));
    return vec_first_quad(vec_add(a, vec_permute(a, lanes[3])));
}

STN_INLINE quad STN_LOCAL(wide_pixel)(const stn_affine_sample_arguments *a, int64_t channels,
                                      const STN_LOCAL(sampling_block) *b, const STN_LOCAL(wide_taps) *x, int k,
                                      const float *image, const uint32_t *lanes) {
    vec rows = STN_LOCAL(wide_rows)(b->y.weight, k, image + b->offset[k], a->width * channels, lanes);
    vec weight = vec_permute(vec_load_quad(x->weight + 4 * k), STN_LOCAL(wide_lanes)[channels - 1][0]);
    return STN_LOCAL(wide_sum)(channels, vec_mul(weight, rows));
}

// A pixel's gradient for every tap of a row, and that times the weights along x.
typedef struct {
    vec gradient, product;
} STN_LOCAL(wide);

STN_INLINE STN_LOCAL(wide) STN_LOCAL(wide_of)(int64_t channels, const STN_LOCAL(wide_taps) *x, int64_t k,
                                              const float *d_output) {
    const int32_t(*lanes)[16] = STN_LOCAL(wide_lanes)[channels - 1];
    STN_LOCAL(wide) wide;
    wide.gradient = vec_permute(vec_load_quad(d_output + k * channels), lanes[1]);
    wide.product = vec_mul(wide.gradient, vec_permute(vec_load_quad(x->weight + 4 * k), lanes[0]));
    return wide;
}

// Adds gradient × derivative to the sums by x and y, alone and times n.
STN_INLINE void STN_LOCAL(add_wide)(const stn_affine_sample_arguments *a, int64_t channels,
                                    const STN_LOCAL(sampling_block) *b, const STN_LOCAL(wide_taps) *x, int64_t k,
                                    const float *image, const uint32_t *counts, STN_LOCAL(wide) wide, vec sums[4]) {
    const int32_t(*lanes)[16] = STN_LOCAL(wide_lanes)[channels - 1];
    const float *pixel = image + b->offset[k];
    int64_t stride = a->width * channels;
    vec n = vec_set1(b->n[k]), slope = vec_mul(wide.gradient, vec_permute(vec_load_quad(x->slope + 4 * k), lanes[0]));
    vec dx = vec_mul(slope, STN_LOCAL(wide_rows)(b->y.weight, k, pixel, stride, counts));
    vec dy = vec_mul(wide.product, STN_LOCAL(wide_rows)(b->y.slope, k, pixel, stride, counts));
    sums[0] = vec_add(sums[0], dx);
    sums[1] = vec_fma(dx, n, sums[1]);
    sums[2] = vec_add(sums[2], dy);
    sums[3] = vec_fma(dy, n, sums[3]);
}

// Adds what a pixel gives to the sums of its taps, which are four floats apart.
STN_INLINE void STN_LOCAL(scatter_wide)(int64_t channels, const STN_LOCAL(sampling_block) *b, int64_t k,
                                        STN_LOCAL(wide) wide, int64_t row_stride, float *sums) {
    vec product = vec_permute(wide.product, STN_LOCAL(wide_lanes)[channels - 1][4]);
    float *sum = sums + b->place[k];
    STN_UNROLL for (int i = 0; i < 4; i++, sum += row_stride)
        vec_store(sum, vec_fma(vec_set1(b->y.weight[i][k]), product, vec_load(sum)));
}

// The pixels of one block that are alive: what they add to `sums`, unless that is NULL, and the derivatives of those at home.
// First those whose taps are all read, with no test in between.
STN_INLINE void STN_LOCAL(wide_block)(const stn_affine_sample_arguments *a, int64_t channels,
                                      const STN_LOCAL(sampling_block) *b, const float *image, const float *d_output,
                                      int64_t row_stride, float *sums, vec moments[4]) {
    uint32_t plain = b->home & b->whole, others = (sums ? b->alive : b->home) & ~plain;
    STN_LOCAL(wide_taps) x;
    if (!(plain | others)) return;
    STN_LOCAL(gather_taps)(b->x.weight, x.weight);
    STN_LOCAL(gather_taps)(b->x.slope, x.slope);
    for (STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(4, b, plain); STN_LOCAL(has_next)(&turns);) {
        int64_t k = STN_LOCAL(next)(&turns);
        STN_LOCAL(wide) wide = STN_LOCAL(wide_of)(channels, &x, k, d_output);
        STN_LOCAL(add_wide)(a, channels, b, &x, k, image, 0, wide, moments);
        if (sums) STN_LOCAL(scatter_wide)(channels, b, k, wide, row_stride, sums);
    }
    for (STN_LOCAL(turns) turns = STN_LOCAL(turns_of)(4, b, others); STN_LOCAL(has_next)(&turns);) {
        int64_t k = STN_LOCAL(next)(&turns);
        uint32_t lanes[4];
        STN_LOCAL(wide) wide = STN_LOCAL(wide_of)(channels, &x, k, d_output);
        STN_LOCAL(wide_counts)(channels, b, (int)k, lanes);
        if (b->home >> k & 1) STN_LOCAL(add_wide)(a, channels, b, &x, k, image, lanes, wide, moments);
        if (sums) STN_LOCAL(scatter_wide)(channels, b, k, wide, row_stride, sums);
    }
}
#endif
