// The vector vocabulary with one lane and no special instructions: runs anywhere, and is the plain meaning of each body.
#define STN_ISA scalar
#define STN_LANES 1
#define STN_ACCUMULATORS 12
#define STN_TILE_PIXELS 4

typedef float vec;
typedef int vec_mask;

STN_INLINE vec vec_zero(void) { return 0; }
STN_INLINE vec vec_set1(float value) { return value; }
STN_INLINE vec vec_load(const float *from) { return *from; }
STN_INLINE void vec_store(float *to, vec a) { *to = a; }
STN_INLINE vec vec_load_first(const float *from, int count) { return count > 0 ? *from : 0; }
STN_INLINE void vec_store_first(float *to, vec a, int count) {
    if (count > 0) *to = a;
}
STN_INLINE vec vec_add(vec a, vec b) { return a + b; }
STN_INLINE vec vec_sub(vec a, vec b) { return a - b; }
STN_INLINE vec vec_mul(vec a, vec b) { return a * b; }
STN_INLINE vec vec_div(vec a, vec b) { return a / b; }
STN_INLINE vec vec_sqrt(vec a) { return __builtin_sqrtf(a); }
// Two roundings: fmaf would call into libm where the processor has no such instruction.
STN_INLINE vec vec_fma(vec a, vec b, vec c) { return a * b + c; }
STN_INLINE vec vec_relu(vec a) { return a < 0 ? 0 : a; }
STN_INLINE vec_mask vec_exceeds(vec a, vec b) { return a > b || a != a; }
STN_INLINE vec vec_select(vec_mask mask, vec yes, vec no) { return mask ? yes : no; }
STN_INLINE void vec_store_bytes(uint8_t *to, vec a, int count) {
    if (count > 0) *to = (uint8_t)a;
}
STN_INLINE vec vec_load_bytes(const uint8_t *from, int count) { return count > 0 ? *from : 0; }
STN_INLINE vec_mask vec_equals(vec a, vec b) { return a == b; }

// A pair of bfloat16, the first in the lower half.
typedef uint32_t vec_pairs;
STN_INLINE vec_pairs pairs_set1(uint32_t pair) { return pair; }
STN_INLINE vec_pairs pairs_load(const uint32_t *from) { return *from; }
// A pair of the numbers at `first` and `second`.
STN_INLINE vec_pairs pairs_load_both(const uint16_t *first, const uint16_t *second) {
    return *first | (uint32_t)*second << 16;
}
// Rounded to nearest even, in the upper half; what is in the lower half does not count. A NaN stays one.
STN_INLINE uint32_t vec_rounded_bfloat16(vec a) {
    uint32_t bits;
    memcpy(&bits, &a, sizeof bits);
    return a != a ? bits | 0x400000u : bits + 0x7FFFu + (bits >> 16 & 1);
}
STN_INLINE void pairs_store(uint32_t *to, vec first, vec second) {
    *to = (vec_rounded_bfloat16(second) & 0xFFFF0000u) | vec_rounded_bfloat16(first) >> 16;
}
STN_INLINE void vec_store_bfloat16(uint16_t *to, vec a) { *to = (uint16_t)(vec_rounded_bfloat16(a) >> 16); }
STN_INLINE float pairs_half(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
// sum + second · second + first · first, in the order of AVX-512's instruction.
STN_INLINE vec pairs_dot(vec_pairs a, vec_pairs b, vec sum) {
    sum = vec_fma(pairs_half(a & 0xFFFF0000u), pairs_half(b & 0xFFFF0000u), sum);
    return vec_fma(pairs_half(a << 16), pairs_half(b << 16), sum);
}
STN_INLINE void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    *even = a;
    *odd = b;
}
STN_INLINE float vec_sum(vec a) { return a; }
// A vector of one number is its own transpose.
STN_INLINE void vec_interleave(vec a, vec b, vec *first, vec *second) {
    *first = a;
    *second = b;
}
// Without libm, which has no instruction to use here: right for what fits int32_t.
STN_INLINE vec vec_floor(vec a) { return (float)(int32_t)a - ((float)(int32_t)a > a); }
STN_INLINE vec vec_round(vec a) { return rintf(a); }
STN_INLINE vec vec_scale_by_power(vec a, vec n) {
    uint32_t bits = (uint32_t)(n == n ? (int32_t)n + 127 : 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return a * power;
}
STN_INLINE vec_mask vec_at_least(vec a, vec b) { return a >= b; }
STN_INLINE vec_mask vec_below(vec a, vec b) { return a < b; }
STN_INLINE vec_mask vec_differs(vec a, vec b) { return a != b; }
STN_INLINE vec_mask vec_both(vec_mask a, vec_mask b) { return a && b; }
STN_INLINE vec_mask vec_either(vec_mask a, vec_mask b) { return a || b; }
STN_INLINE uint32_t vec_bits(vec_mask mask) { return mask ? 1 : 0; }
STN_INLINE vec vec_permute(vec a, const int32_t *index) {
    (void)index;
    return a;
}
STN_INLINE void vec_store_integers(int32_t *to, vec a) { *to = (int32_t)a; }
STN_INLINE void vec_store_places(int64_t *to, vec a) { *to = (int32_t)a; }
STN_INLINE vec vec_gather(const float *base, vec index) { return base[(int32_t)index]; }

#define STN_RUN_ACCUMULATORS 12
#include "runs.h"
#include "quads.h"
