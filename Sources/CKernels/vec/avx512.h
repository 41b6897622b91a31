// The vector vocabulary on AVX-512: 16 floats, 32 registers.
// Every kernel body uses these names only; the other files of this folder give the same names for other instruction sets.
#define STN_ISA avx512
#define STN_LANES 16
// Accumulators a kernel may keep in registers next to operands.
#define STN_ACCUMULATORS 20
// Convolution tile: pixels × vectors of output channels.
#define STN_TILE_PIXELS 8

typedef __m512 vec;
typedef __mmask16 vec_mask;

STN_INLINE vec vec_zero(void) { return _mm512_setzero_ps(); }
STN_INLINE vec vec_set1(float value) { return _mm512_set1_ps(value); }
STN_INLINE vec vec_load(const float *from) { return _mm512_loadu_ps(from); }
STN_INLINE void vec_store(float *to, vec a) { _mm512_storeu_ps(to, a); }
STN_INLINE vec vec_load_first(const float *from, int count) {
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
}
STN_INLINE void vec_store_first(float *to, vec a, int count) {
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), a);
}
STN_INLINE vec vec_add(vec a, vec b) { return _mm512_add_ps(a, b); }
STN_INLINE vec vec_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
STN_INLINE vec vec_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
STN_INLINE vec vec_div(vec a, vec b) { return _mm512_div_ps(a, b); }
STN_INLINE vec vec_sqrt(vec a) { return _mm512_sqrt_ps(a); }
STN_INLINE vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
// max(a, 0) that keeps NaN: the instruction returns its second operand when either is NaN.
STN_INLINE vec vec_relu(vec a) { return _mm512_max_ps(_mm512_setzero_ps(), a); }
// Lanes where `a` takes the place of the running maximum `b`: greater, or NaN (which a maximum must pass on).
STN_INLINE vec_mask vec_exceeds(vec a, vec b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ) | _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
}
STN_INLINE vec vec_select(vec_mask mask, vec yes, vec no) { return _mm512_mask_blend_ps(mask, no, yes); }
// Small whole numbers, stored as bytes.
STN_INLINE void vec_store_bytes(uint8_t *to, vec a, int count) {
    __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a));
    if (count == STN_LANES)
        _mm_storeu_si128((__m128i *)to, bytes);
    else
        _mm_mask_storeu_epi8(to, (__mmask16)((1u << count) - 1), bytes);
}
STN_INLINE vec vec_load_bytes(const uint8_t *from, int count) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8((__mmask16)((1u << count) - 1), from)));
}
STN_INLINE vec_mask vec_equals(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }

// Pairs of bfloat16, the first of a pair in the lower half of a lane.
typedef __m512i vec_pairs;
STN_INLINE vec_pairs pairs_set1(uint32_t pair) { return _mm512_set1_epi32((int)pair); }
STN_INLINE vec_pairs pairs_load(const uint32_t *from) { return _mm512_loadu_si512(from); }
// Pairs of one number of `first` and one of `second`.
STN_INLINE vec_pairs pairs_load_both(const uint16_t *first, const uint16_t *second) {
    const __m512i order = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37, 5,
                                           36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
    __m256i a = _mm256_loadu_si256((const __m256i *)first), b = _mm256_loadu_si256((const __m256i *)second);
    return _mm512_permutex2var_epi16(_mm512_castsi256_si512(a), order, _mm512_castsi256_si512(b));
}
#ifndef STN_NATIVE_BFLOAT16
// Rounded to nearest even, in the upper half; what is in the lower half does not count.
STN_INLINE __m512i vec_rounded_bfloat16(vec a) {
    __m512i bits = _mm512_castps_si512(a), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd);
    // A NaN could become an infinity or a zero; it stays one.
    return _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), bits, _mm512_set1_epi32(0x400000));
}
STN_INLINE void pairs_store(uint32_t *to, vec first, vec second) {
    __m512i low = _mm512_srli_epi32(vec_rounded_bfloat16(first), 16);
    _mm512_storeu_si512(to, _mm512_mask_blend_epi16(0xAAAAAAAAu, low, vec_rounded_bfloat16(second)));
}
STN_INLINE void vec_store_bfloat16(uint16_t *to, vec a) {
    _mm256_storeu_si256((__m256i *)to, _mm512_cvtepi32_epi16(_mm512_srli_epi32(vec_rounded_bfloat16(a), 16)));
}
// sum + second · second + first · first, in this order, as the instruction does it.
STN_INLINE vec pairs_dot(vec_pairs a, vec_pairs b, vec sum) {
    __m512i upper = _mm512_set1_epi32((int)0xFFFF0000u);
    sum = vec_fma(_mm512_castsi512_ps(_mm512_and_si512(a, upper)), _mm512_castsi512_ps(_mm512_and_si512(b, upper)), sum);
    return vec_fma(_mm512_castsi512_ps(_mm512_slli_epi32(a, 16)), _mm512_castsi512_ps(_mm512_slli_epi32(b, 16)), sum);
}
#endif
// first: a0 b0 a1 b1 …, from the lower halves; second: from the upper halves.
STN_INLINE void vec_interleave(vec a, vec b, vec *first, vec *second) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    *first = _mm512_permutex2var_ps(a, low, b);
    *second = _mm512_permutex2var_ps(a, high, b);
}
// Lanes 0, 2, 4 … and 1, 3, 5 … of two vectors in a row.
STN_INLINE void vec_deinterleave(vec a, vec b, vec *even, vec *odd) {
    const __m512i places = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    *even = _mm512_permutex2var_ps(a, places, b);
    *odd = _mm512_permutex2var_ps(a, _mm512_add_epi32(places, _mm512_set1_epi32(1)), b);
}
// Sum of all lanes.
STN_INLINE float vec_sum(vec a) { return _mm512_reduce_add_ps(a); }
STN_INLINE vec vec_floor(vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
// To the nearest whole number, ties to even.
STN_INLINE vec vec_round(vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
// a · 2^n for whole n from −126 to 127; NaN stays.
STN_INLINE vec vec_scale_by_power(vec a, vec n) { return _mm512_scalef_ps(a, n); }
// Comparisons with NaN are false, but for vec_differs.
STN_INLINE vec_mask vec_at_least(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
STN_INLINE vec_mask vec_below(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
STN_INLINE vec_mask vec_differs(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ); }
STN_INLINE vec_mask vec_both(vec_mask a, vec_mask b) { return a & b; }
STN_INLINE vec_mask vec_either(vec_mask a, vec_mask b) { return a | b; }
// Bit i says whether lane i is chosen.
STN_INLINE uint32_t vec_bits(vec_mask mask) { return mask; }
// Lane i of `a` from its lane index[i].
STN_INLINE vec vec_permute(vec a, const int32_t *index) {
    return _mm512_permutexvar_ps(_mm512_loadu_si512(index), a);
}
// Whole numbers within the range of int32_t.
STN_INLINE void vec_store_integers(int32_t *to, vec a) { _mm512_storeu_si512(to, _mm512_cvttps_epi32(a)); }
STN_INLINE void vec_store_places(int64_t *to, vec a) {
    __m512i whole = _mm512_cvttps_epi32(a);
    _mm512_storeu_si512(to, _mm512_cvtepi32_epi64(_mm512_castsi512_si256(whole)));
    _mm512_storeu_si512(to + 8, _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(whole, 1)));
}
// base[index] for whole numbers `index`.
STN_INLINE vec vec_gather(const float *base, vec index) {
    return _mm512_i32gather_ps(_mm512_cvttps_epi32(index), base, 4);
}
// Four quads, from `base` on at the given offsets. Sets of eight lanes or more have this and the next.
STN_INLINE vec vec_load_quads(const float *base, const int64_t *offset) {
    __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(base + offset[0])),
                                      _mm_loadu_ps(base + offset[1]), 1);
    __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(base + offset[2])),
                                       _mm_loadu_ps(base + offset[3]), 1);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
// Each of the next floats, one a quad, in all four lanes of its quad.
STN_INLINE vec vec_load_spread(const float *from) {
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(from)),
                                _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
}
// A quad, and zeros.
STN_INLINE vec vec_load_quad(const float *from) { return _mm512_zextps128_ps512(_mm_loadu_ps(from)); }
// Lanes whose bit is not set are −0, and not read.
STN_INLINE vec vec_load_lanes(const float *from, uint32_t bits) {
    return _mm512_mask_loadu_ps(_mm512_set1_ps(-0.0f), (__mmask16)bits, from);
}
STN_INLINE quad vec_first_quad(vec a) { return _mm512_castps512_ps128(a); }
STN_INLINE quad vec_sum_quads(vec a) {
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

// Vectors of runs of floats that start anywhere; see accumulate.h.
#define STN_RUN_LANES 8
#define STN_RUN_ACCUMULATORS 21
typedef __m256 run_vec;
STN_INLINE run_vec run_zero(void) { return _mm256_setzero_ps(); }
STN_INLINE run_vec run_set1(float value) { return _mm256_set1_ps(value); }
STN_INLINE run_vec run_load(const float *from) { return _mm256_loadu_ps(from); }
STN_INLINE void run_store(float *to, run_vec a) { _mm256_storeu_ps(to, a); }
STN_INLINE run_vec run_load_first(const float *from, int count) {
    return _mm256_maskz_loadu_ps((__mmask8)((1u << count) - 1), from);
}
STN_INLINE void run_store_first(float *to, run_vec a, int count) {
    _mm256_mask_storeu_ps(to, (__mmask8)((1u << count) - 1), a);
}
STN_INLINE run_vec run_fma(run_vec a, run_vec b, run_vec c) { return _mm256_fmadd_ps(a, b, c); }
// Pairs of bfloat16 for a run: the lower half of a vector's.
typedef __m256i run_pairs;
STN_INLINE run_pairs run_pairs_of(vec_pairs pairs) { return _mm512_castsi512_si256(pairs); }
STN_INLINE run_pairs run_pairs_load_both(const uint16_t *first, const uint16_t *second) {
    const __m256i order = _mm256_set_epi16(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    __m128i a = _mm_loadu_si128((const __m128i *)first), b = _mm_loadu_si128((const __m128i *)second);
    return _mm256_permutex2var_epi16(_mm256_castsi128_si256(a), order, _mm256_castsi128_si256(b));
}
#ifndef STN_NATIVE_BFLOAT16
STN_INLINE run_vec run_pairs_dot(run_pairs a, run_pairs b, run_vec sum) {
    __m256i upper = _mm256_set1_epi32((int)0xFFFF0000u);
    sum = run_fma(_mm256_castsi256_ps(_mm256_and_si256(a, upper)), _mm256_castsi256_ps(_mm256_and_si256(b, upper)), sum);
    return run_fma(_mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(b, 16)), sum);
}
#endif
#include "quads_avx.h"
