// The vector vocabulary on AVX-512 with its instructions for bfloat16; all else is AVX-512's.
#define STN_NATIVE_BFLOAT16
#include "avx512.h"
#undef STN_ISA
#define STN_ISA avx512bf16

STN_INLINE void pairs_store(uint32_t *to, vec first, vec second) {
    __m512i both = (__m512i)_mm512_cvtne2ps_pbh(second, first);
    // From [all of first, all of second] to pairs.
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                           5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, both));
}
STN_INLINE void vec_store_bfloat16(uint16_t *to, vec a) {
    _mm256_storeu_si256((__m256i *)to, (__m256i)_mm512_cvtneps_pbh(a));
}
STN_INLINE run_vec run_pairs_dot(run_pairs a, run_pairs b, run_vec sum) {
    return _mm256_dpbf16_ps(sum, (__m256bh)a, (__m256bh)b);
}
STN_INLINE vec pairs_dot(vec_pairs a, vec_pairs b, vec sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}
