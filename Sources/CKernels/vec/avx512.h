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
