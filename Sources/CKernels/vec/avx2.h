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
