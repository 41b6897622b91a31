// What a product multiplies, in float32: an operand is one number. The bodies between this file and the next of its kind are
// compiled for this precision.
#undef STN_PRECISE
#undef STN_PRECISE_KERNEL
#undef STN_DEPTH
#define STN_PRECISE(name) STN_LOCAL(name##_f32)
#define STN_PRECISE_KERNEL(name) STN_KERNEL_NAME(name)
// Numbers along k in one operand.
#define STN_DEPTH 1

#define operand float
#define operand_vec vec
#define operand_set1(from) vec_set1(*(from))
#define operand_load(from) vec_load(from)
#define operand_fma(a, b, sum) vec_fma(a, b, sum)

// Stores a vector along which k runs, from number `at` of `row` on.
STN_INLINE void STN_PRECISE(store_along)(operand *row, int64_t at, vec a) { vec_store(row + at, a); }
// Stores vectors that belong to k = 0 and k = 1; rows of other k lie `stride` operands apart.
STN_INLINE void STN_PRECISE(store_across)(operand *to, int64_t stride, vec even, vec odd) {
    vec_store(to, even);
    vec_store(to + stride, odd);
}
