// Pixels of up to four channels whose taps all count, several in one vector, a quad each, where a vector has eight lanes or
// more. Neighbours in the output may lie anywhere in the input, so a vector is put together from unaligned loads of quads.

#define STN_GROUP (STN_LANES / 4)

// A vector of lanes, each by its number.
#if STN_LANES >= 16
#define STN_LANE_ROW(of)                                                                                                  \
    {of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7), of(8), of(9), of(10), of(11), of(12), of(13), of(14), of(15)}
#else
#define STN_LANE_ROW(of) {of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)}
#endif

// Where neighbouring taps and their channels are one vector: the tap and the channel of lane l, by the number of channels.
#define STN_TAP_1(l) ((l) < 4 ? (l) : 3)
#define STN_TAP_2(l) ((l) / 2 < 4 ? (l) / 2 : 3)
#define STN_TAP_3(l) ((l) / 3 < 4 ? (l) / 3 : 3)
#define STN_TAP_4(l) ((l) / 4)
#define STN_CHANNEL_1(l) 0
#define STN_CHANNEL_2(l) ((l) % 2)
#define STN_CHANNEL_3(l) ((l) % 3)
#define STN_CHANNEL_4(l) ((l) % 4)

#if STN_GROUP > 1
// What lane each takes to bring quads together, channels only.
#define STN_PACKED_1(l) ((l) * 4 % STN_LANES)
#define STN_PACKED_2(l) ((l) / 2 * 4 % STN_LANES + (l) % 2)
#define STN_PACKED_3(l) ((l) / 3 * 4 % STN_LANES + (l) % 3)
#define STN_PACKED_4(l) (l)
static const int32_t STN_LOCAL(packed_lanes)[4][STN_LANES] = {STN_LANE_ROW(STN_PACKED_1), STN_LANE_ROW(STN_PACKED_2),
                                                              STN_LANE_ROW(STN_PACKED_3), STN_LANE_ROW(STN_PACKED_4)};

// Whether the pixels of the block from k on can go together.
STN_INLINE int STN_LOCAL(is_group)(uint32_t whole, int k) {
    uint32_t all = (1u << STN_GROUP) - 1;
    return (whole >> k & all) == all;
}

// Stores the channels of quads, as many as there is room for; with room for a vector, what stands behind them too, which the
// next pixels overwrite.
STN_INLINE void STN_LOCAL(store_group)(vec quads, int64_t channels, int64_t room, float *output) {
    vec packed = vec_permute(quads, STN_LOCAL(packed_lanes)[channels - 1]);
    if (room >= STN_LANES)
        vec_store(output, packed);
    else
        vec_store_first(output, packed, (int)stn_min(room, STN_GROUP * channels));
}

STN_INLINE void STN_LOCAL(sample_group)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                        const STN_LOCAL(sampling_block) *b, int k, const float *image, int64_t room,
                                        float *output) {
    vec sum = vec_zero();
    STN_UNROLL for (int i = 0; i < taps; i++, image += a->width * channels) {
        vec row = vec_zero();
        STN_UNROLL for (int j = 0; j < taps; j++) {
            vec value = vec_load_quads(image + j * channels, b->offset + k), weight = vec_load_spread(b->x.weight[j] + k);
            row = taps == 1 ? value : j == 0 ? vec_mul(weight, value) : vec_fma(weight, value, row);
        }
        vec weight = vec_load_spread(b->y.weight[i] + k);
        sum = taps == 1 ? row : i == 0 ? vec_mul(weight, row) : vec_fma(weight, row, sum);
    }
    STN_LOCAL(store_group)(sum, channels, room, output);
}

// Gradient × derivative by x and y of bicubic pixels; sampling_pairs.h has the bilinear ones.
STN_INLINE void STN_LOCAL(group_derivatives)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                             const STN_LOCAL(sampling_block) *b, int k, const float *image,
                                             const float *gradient, vec *dx, vec *dy) {
    int64_t place[STN_GROUP];
    STN_UNROLL for (int p = 0; p < STN_GROUP; p++) place[p] = p * channels;
    vec x_sum = vec_zero(), y_sum = vec_zero();
    STN_UNROLL for (int i = 0; i < taps; i++, image += a->width * channels) {
        vec value = vec_zero(), slope = vec_zero();
        STN_UNROLL for (int j = 0; j < taps; j++) {
            vec pixel = vec_load_quads(image + j * channels, b->offset + k), weight = vec_load_spread(b->x.weight[j] + k);
            value = j == 0 ? vec_mul(weight, pixel) : vec_fma(weight, pixel, value);
            slope = vec_fma(vec_load_spread(b->x.slope[j] + k), pixel, slope);
        }
        x_sum = vec_fma(vec_load_spread(b->y.weight[i] + k), slope, x_sum);
        y_sum = vec_fma(vec_load_spread(b->y.slope[i] + k), value, y_sum);
    }
    vec part = vec_load_quads(gradient, place);
    *dx = vec_mul(part, x_sum);
    *dy = vec_mul(part, y_sum);
}

// Adds gradient × derivative to the sums by x and y, alone and times n.
STN_INLINE void STN_LOCAL(add_group)(int taps, const stn_affine_sample_arguments *a, int64_t channels,
                                     const STN_LOCAL(sampling_block) *b, int k, const float *image,
                                     const float *gradient, vec *x, vec *x_n, vec *y, vec *y_n) {
    vec dx, dy, n = vec_load_spread(b->n + k);
    STN_LOCAL(group_derivatives)(taps, a, channels, b, k, image, gradient, &dx, &dy);
    *x = vec_add(*x, dx);
    *x_n = vec_fma(dx, n, *x_n);
    *y = vec_add(*y, dy);
    *y_n = vec_fma(dy, n, *y_n);
}
#endif
