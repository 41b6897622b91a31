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
