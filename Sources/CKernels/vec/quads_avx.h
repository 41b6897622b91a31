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
STN_INLINE quads quads_add(quads a, quads b) { return _mm256_add_ps(a, b); }
STN_INLINE quads quads_sub(quads a, quads b) { return _mm256_sub_ps(a, b); }
// Lane i of `a` from its lane index[i]; of each quad's own lanes, index[i] modulo four.
STN_INLINE quads quads_permute(quads a, const int32_t *index) {
    return _mm256_permutevar8x32_ps(a, _mm256_loadu_si256((const __m256i *)index));
}
STN_INLINE quads quads_permute_each(quads a, const int32_t *index) {
    return _mm256_permutevar_ps(a, _mm256_loadu_si256((const __m256i *)index));
}
// Lanes whose bit is not set are −0, and not read.
STN_INLINE quads quads_load_lanes(const float *from, uint32_t bits) {
    __m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i set = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), lane), lane);
    __m256 nothing = _mm256_andnot_ps(_mm256_castsi256_ps(set), _mm256_set1_ps(-0.0f));
    return _mm256_or_ps(_mm256_maskload_ps(from, set), nothing);
}
// Lanes whose mask has all bits set; others are zero.
STN_INLINE quads quads_keep(quads a, const int32_t *mask) {
    return _mm256_and_ps(a, _mm256_loadu_ps((const float *)mask));
}
// a0 + a1, a2 + a3, b0 + b1, b2 + b3 of both quads.
STN_INLINE quads quads_add_neighbours(quads a, quads b) { return _mm256_hadd_ps(a, b); }
STN_INLINE quad quads_low(quads a) { return _mm256_castps256_ps128(a); }
STN_INLINE quad quads_high(quads a) { return _mm256_extractf128_ps(a, 1); }
