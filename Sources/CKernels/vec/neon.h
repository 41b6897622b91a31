// The vector vocabulary on NEON (64-bit ARM): 4 floats, 32 registers.
#define STN_ISA neon
#define STN_LANES 4
#define STN_ACCUMULATORS 20
#define STN_TILE_PIXELS 8

typedef float32x4_t vec;
typedef uint32x4_t vec_mask;

STN_INLINE vec vec_zero(void) { return vdupq_n_f32(0); }
STN_INLINE vec vec_set1(float value) { return vdupq_n_f32(value); }
STN_INLINE vec vec_load(const float *from) { return vld1q_f32(from); }
STN_INLINE void vec_store(float *to, vec a) { vst1q_f32(to, a); }
STN_INLINE vec vec_load_first(const float *from, int count) {
    float lanes[STN_LANES] = {0};
    for (int lane = 0; lane < count; lane++) lanes[lane] = from[lane];
    return vld1q_f32(lanes);
}
STN_INLINE void vec_store_first(float *to, vec a, int count) {
    float lanes[STN_LANES];
    vst1q_f32(lanes, a);
    for (int lane = 0; lane < count; lane++) to[lane] = lanes[lane];
}
STN_INLINE vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
STN_INLINE vec vec_sub(vec a, vec b) { return vsubq_f32(a, b); }
STN_INLINE vec vec_mul(vec a, vec b) { return vmulq_f32(a, b); }
STN_INLINE vec vec_div(vec a, vec b) { return vdivq_f32(a, b); }
STN_INLINE vec vec_sqrt(vec a) { return vsqrtq_f32(a); }
STN_INLINE vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
// FMAX passes NaN on.
STN_INLINE vec vec_relu(vec a) { return vmaxq_f32(vdupq_n_f32(0), a); }
STN_INLINE vec_mask vec_exceeds(vec a, vec b) { return vorrq_u32(vcgtq_f32(a, b), vmvnq_u32(vceqq_f32(a, a))); }
STN_INLINE vec vec_select(vec_mask mask, vec yes, vec no) { return vbslq_f32(mask, yes, no); }
STN_INLINE void vec_store_bytes(uint8_t *to, vec a, int count) {
    uint32_t lanes[STN_LANES];
    vst1q_u32(lanes, vcvtq_u32_f32(a));
    for (int lane = 0; lane < count; lane++) to[lane] = (uint8_t)lanes[lane];
}
STN_INLINE vec vec_load_bytes(const uint8_t *from, int count) {
    uint32_t lanes[STN_LANES] = {0};
    for (int lane = 0; lane < count; lane++) lanes[lane] = from[lane];
    return vcvtq_f32_u32(vld1q_u32(lanes));
}
STN_INLINE vec_mask vec_equals(vec a, vec b) { return vceqq_f32(a, b); }

typedef uint32x4_t vec_pairs;
STN_INLINE vec_pairs pairs_set1(uint32_t pair) { return vdupq_n_u32(pair); }
STN_INLINE vec_pairs pairs_load(const uint32_t *from) { return vld1q_u32(from); }
// Pairs of one number of `first` and one of `second`.
STN_INLINE vec_pairs pairs_load_both(const uint16_t *first, const uint16_t *second) {
    uint16x4x2_t both = vzip_u16(vld1_u16(first), vld1_u16(second));
    return vreinterpretq_u32_u16(vcombine_u16(both.val[0], both.val[1]));
}
// Rounded to nearest even, in the upper half; what is in the lower half does not count. A NaN stays one.
STN_INLINE uint32x4_t vec_rounded_bfloat16(vec a) {
    uint32x4_t bits = vreinterpretq_u32_f32(a), odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
    uint32x4_t rounded = vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7FFF)), odd);
    return vbslq_u32(vceqq_f32(a, a), rounded, vorrq_u32(bits, vdupq_n_u32(0x400000)));
}
STN_INLINE void pairs_store(uint32_t *to, vec first, vec second) {
    uint32x4_t low = vshrq_n_u32(vec_rounded_bfloat16(first), 16);
    vst1q_u32(to, vbslq_u32(vdupq_n_u32(0xFFFF0000u), vec_rounded_bfloat16(second), low));
}
STN_INLINE void vec_store_bfloat16(uint16_t *to, vec a) {
    vst1_u16(to, vshrn_n_u32(vec_rounded_bfloat16(a), 16));
}
// sum + second · second + first · first, in the order of AVX-512's instruction.
STN_INLINE vec pairs_dot(vec_pairs a, vec_pairs b, vec sum) {
    uint32x4_t upper = vdupq_n_u32(0xFFFF0000u);
    sum = vec_fma(vreinterpretq_f32_u32(vandq_u32(a, upper)), vreinterpretq_f32_u32(vandq_u32(b, upper)), sum);
    return vec_fma(vreinterpretq_f32_u32(vshlq_n_u32(a, 16)), vreinterpretq_f32_u32(vshlq_n_u32(b, 16)), sum);
}
// first: a0 b0 a1 b1, from the lower halves; second: from the upper halves.
STN_INLINE void vec_interleave(vec a, vec b, vec *first, vec *second) {
    *first = vzip1q_f32(a, b);
    *second = vzip2q_f32(a, b);
}
// Lanes 0, 2, … and 1, 3, … of two vectors in a row.
STN_INLINE void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    *even = vuzp1q_f32(a, b);
    *odd = vuzp2q_f32(a, b);
}
STN_INLINE float vec_sum(vec a) { return vaddvq_f32(a); }
STN_INLINE vec vec_floor(vec a) { return vrndmq_f32(a); }
STN_INLINE vec vec_round(vec a) { return vrndnq_f32(a); }
STN_INLINE vec vec_scale_by_power(vec a, vec n) {
    int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
    return vmulq_f32(a, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
}
STN_INLINE vec_mask vec_at_least(vec a, vec b) { return vcgeq_f32(a, b); }
STN_INLINE vec_mask vec_below(vec a, vec b) { return vcltq_f32(a, b); }
STN_INLINE vec_mask vec_differs(vec a, vec b) { return vmvnq_u32(vceqq_f32(a, b)); }
STN_INLINE vec_mask vec_both(vec_mask a, vec_mask b) { return vandq_u32(a, b); }
STN_INLINE vec_mask vec_either(vec_mask a, vec_mask b) { return vorrq_u32(a, b); }
STN_INLINE uint32_t vec_bits(vec_mask mask) {
    static const uint32_t places[STN_LANES] = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(mask, vld1q_u32(places)));
}
// Lane i of `a` from its lane index[i].
STN_INLINE vec vec_permute(vec a, const int32_t *index) {
    // Four bytes a lane.
    uint32x4_t bytes = vmlaq_n_u32(vdupq_n_u32(0x03020100), vreinterpretq_u32_s32(vld1q_s32(index)), 0x04040404);
    return vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(a), vreinterpretq_u8_u32(bytes)));
}
STN_INLINE void vec_store_integers(int32_t *to, vec a) { vst1q_s32(to, vcvtq_s32_f32(a)); }
STN_INLINE void vec_store_places(int64_t *to, vec a) {
    int32_t whole[STN_LANES];
    vec_store_integers(whole, a);
    for (int lane = 0; lane < STN_LANES; lane++) to[lane] = whole[lane];
}
STN_INLINE vec vec_gather(const float *base, vec index) {
    int32_t place[STN_LANES];
    vec_store_integers(place, index);
    float lanes[STN_LANES] = {base[place[0]], base[place[1]], base[place[2]], base[place[3]]};
    return vld1q_f32(lanes);
}

#define STN_RUN_ACCUMULATORS 21
#include "runs.h"
#include "quads.h"
