// Two quads side by side, in a vector of 32 bytes; quads.h says what they do.
typedef __m256 quads;

STN_INLINE quads quads_set1(float value) { return _mm256_set1_ps(value); }
STN_INLINE quads quads_set(float low, float high) {
    return _mm256_blend_ps(_mm256_set1_ps(low), _mm256_set1_ps(high), 0xF0);
}
STN_INLINE quads quads_twice(quad a) { return _mm256_insertf128_ps(_mm256_castps128_ps256(a), a, 1); }
STN_INLINE quads quads_load(const float *from) { return _mm256_loadu_ps(from); }
STN_INLINE void quads_store(float *to, quads a) { _mm256_storeu_ps(to, a); }
STN_INLINE quads quads_mul(quads a, quads b) { return _mm256_mul_ps(a, b); }
STN_INLINE quads quads_fma(quads a, quads b, quads c) { return _mm256_fmadd_ps(a, b, c); }
