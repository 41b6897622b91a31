// The vector vocabulary on AVX2 with FMA: 8 floats, 16 registers.
#define STN_ISA avx2
#define STN_LANES 8
#define STN_ACCUMULATORS 12
#define STN_TILE_PIXELS 4

typedef __m256 vec;
typedef __m256 vec_mask;

// Lanes below `count` have their top bit set, which is what masked loads and stores look at.
STN_INLINE __m256i vec_first(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
STN_INLINE vec vec_zero(void) { return _mm256_setzero_ps(); }
STN_INLINE vec vec_set1(float value) { return _mm256_set1_ps(value); }
STN_INLINE vec vec_load(const float *from) { return _mm256_loadu_ps(from); }
STN_INLINE void vec_store(float *to, vec a) { _mm256_storeu_ps(to, a); }
STN_INLINE vec vec_load_first(const float *from, int count) { return _mm256_maskload_ps(from, vec_first(count)); }
STN_INLINE void vec_store_first(float *to, vec a, int count) { _mm256_maskstore_ps(to, vec_first(count), a); }
STN_INLINE vec vec_add(vec a, vec b) { return _mm256_add_ps(a, b); }
STN_INLINE vec vec_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
STN_INLINE vec vec_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
STN_INLINE vec vec_div(vec a, vec b) { return _mm256_div_ps(a, b); }
STN_INLINE vec vec_sqrt(vec a) { return _mm256_sqrt_ps(a); }
STN_INLINE vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
STN_INLINE vec vec_relu(vec a) { return _mm256_max_ps(_mm256_setzero_ps(), a); }
STN_INLINE vec_mask vec_exceeds(vec a, vec b) {
    return _mm256_or_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ), _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
}
STN_INLINE vec vec_select(vec_mask mask, vec yes, vec no) { return _mm256_blendv_ps(no, yes, mask); }
STN_INLINE void vec_store_bytes(uint8_t *to, vec a, int count) {
    int32_t lanes[STN_LANES];
    _mm256_storeu_si256((__m256i *)lanes, _mm256_cvtps_epi32(a));
    for (int lane = 0; lane < count; lane++) to[lane] = (uint8_t)lanes[lane];
}
STN_INLINE vec vec_load_bytes(const uint8_t *from, int count) {
    uint8_t lanes[STN_LANES] = {0};
    if (count == STN_LANES)
        memcpy(lanes, from, STN_LANES);
    else
        for (int lane = 0; lane < count; lane++) lanes[lane] = from[lane];
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)lanes)));
}
STN_INLINE vec_mask vec_equals(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }

typedef __m256i vec_pairs;
STN_INLINE vec_pairs pairs_set1(uint32_t pair) { return _mm256_set1_epi32((int)pair); }
STN_INLINE vec_pairs pairs_load(const uint32_t *from) { return _mm256_loadu_si256((const __m256i *)from); }
// Pairs of one number of `first` and one of `second`.
STN_INLINE vec_pairs pairs_load_both(const uint16_t *first, const uint16_t *second) {
    __m128i a = _mm_loadu_si128((const __m128i *)first), b = _mm_loadu_si128((const __m128i *)second);
    return _mm256_set_m128i(_mm_unpackhi_epi16(a, b), _mm_unpacklo_epi16(a, b));
}
// Rounded to nearest even, in the upper half; what is in the lower half does not count. A NaN stays one.
STN_INLINE __m256i vec_rounded_bfloat16(vec a) {
    __m256i bits = _mm256_castps_si256(a), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7FFF)), odd);
    __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    return _mm256_blendv_epi8(rounded, quiet, _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)));
}
STN_INLINE void pairs_store(uint32_t *to, vec first, vec second) {
    __m256i low = _mm256_srli_epi32(vec_rounded_bfloat16(first), 16);
    _mm256_storeu_si256((__m256i *)to, _mm256_blend_epi16(low, vec_rounded_bfloat16(second), 0xAA));
}
STN_INLINE void vec_store_bfloat16(uint16_t *to, vec a) {
    __m256i low = _mm256_srli_epi32(vec_rounded_bfloat16(a), 16);
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x88);
    _mm_storeu_si128((__m128i *)to, _mm256_castsi256_si128(packed));
}
// sum + second · second + first · first, in the order of AVX-512's instruction.
STN_INLINE vec pairs_dot(vec_pairs a, vec_pairs b, vec sum) {
    __m256i upper = _mm256_set1_epi32((int)0xFFFF0000u);
    sum = vec_fma(_mm256_castsi256_ps(_mm256_and_si256(a, upper)), _mm256_castsi256_ps(_mm256_and_si256(b, upper)), sum);
    return vec_fma(_mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(b, 16)), sum);
}
// first: a0 b0 a1 b1 …, from the lower halves; second: from the upper halves.
STN_INLINE void vec_interleave(vec a, vec b, vec *first, vec *second) {
    vec even = _mm256_unpacklo_ps(a, b), odd = _mm256_unpackhi_ps(a, b);
    *first = _mm256_permute2f128_ps(even, odd, 0x20);
    *second = _mm256_permute2f128_ps(even, odd, 0x31);
}
// Lanes 0, 2, 4 … and 1, 3, 5 … of two vectors in a row.
STN_INLINE void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    __m256d first = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88));
    __m256d second = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xDD));
    *even = _mm256_castpd_ps(_mm256_permute4x64_pd(first, 0xD8));
    *odd = _mm256_castpd_ps(_mm256_permute4x64_pd(second, 0xD8));
}
STN_INLINE float vec_sum(vec a) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}
STN_INLINE vec vec_floor(vec a) { return _mm256_floor_ps(a); }
STN_INLINE vec vec_round(vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
STN_INLINE vec vec_scale_by_power(vec a, vec n) {
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}
STN_INLINE vec_mask vec_at_least(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
STN_INLINE vec_mask vec_below(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
STN_INLINE vec_mask vec_differs(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_NEQ_UQ); }
STN_INLINE vec_mask vec_both(vec_mask a, vec_mask b) { return _mm256_and_ps(a, b); }
STN_INLINE vec_mask vec_either(vec_mask a, vec_mask b) { return _mm256_or_ps(a, b); }
STN_INLINE uint32_t vec_bits(vec_mask mask) { return (uint32_t)_mm256_movemask_ps(mask); }
// Lane i of `a` from its lane index[i].
STN_INLINE vec vec_permute(vec a, const int32_t *index) {
    return _mm256_permutevar8x32_ps(a, _mm256_loadu_si256((const __m256i *)index));
}
STN_INLINE void vec_store_integers(int32_t *to, vec a) {
    _mm256_storeu_si256((__m256i *)to, _mm256_cvttps_epi32(a));
}
STN_INLINE void vec_store_places(int64_t *to, vec a) {
    __m256i whole = _mm256_cvttps_epi32(a);
    _mm256_storeu_si256((__m256i *)to, _mm256_cvtepi32_epi64(_mm256_castsi256_si128(whole)));
    _mm256_storeu_si256((__m256i *)(to + 4), _mm256_cvtepi32_epi64(_mm256_extracti128_si256(whole, 1)));
}
STN_INLINE vec vec_gather(const float *base, vec index) {
    return _mm256_i32gather_ps(base, _mm256_cvttps_epi32(index), 4);
}
STN_INLINE vec vec_load_quads(const float *base, const int64_t *offset) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(base + offset[0])), _mm_loadu_ps(base + offset[1]),
                                1);
}
STN_INLINE vec vec_load_spread(const float *from) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_set1_ps(from[0])), _mm_set1_ps(from[1]), 1);
}
STN_INLINE quad vec_sum_quads(vec a) { return _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1)); }

#define STN_RUN_ACCUMULATORS 12
#include "runs.h"
#include "quads_avx.h"
