// What a product multiplies, in bfloat16: an operand is a pair of numbers, neighbours along k, the first in the lower half.
// Products of a pair are summed in float32. The bodies behind this file are compiled once more for this precision.
#undef STN_PRECISE
#undef STN_PRECISE_KERNEL
#undef STN_DEPTH
#undef operand
#undef operand_vec
#undef operand_set1
#undef operand_load
#undef operand_fma
#define STN_PRECISE(name) STN_LOCAL(name##_bf16)
#define STN_PRECISE_KERNEL(name) STN_KERNEL_NAME(name##_bf16)
#define STN_DEPTH 2

#define operand uint32_t
#define operand_vec vec_pairs
#define operand_set1(from) pairs_set1(*(from))
#define operand_load(from) pairs_load(from)
#define operand_fma(a, b, sum) pairs_dot(a, b, sum)

STN_INLINE void STN_PRECISE(store_along)(operand *row, int64_t at, vec a) {
    vec_store_bfloat16((uint16_t *)row + at, a);
}
STN_INLINE void STN_PRECISE(store_across)(operand *to, int64_t stride, vec even, vec odd) {
    (void)stride;
    pairs_store(to, even, odd);
}
