// Four floats by the compiler's vector extension: on every instruction set what fits a pixel of up to four channels.
#ifndef STN_QUAD_H
#define STN_QUAD_H

#include <string.h>

typedef float quad __attribute__((vector_size(16)));

STN_INLINE quad quad_zero(void) { return (quad){0, 0, 0, 0}; }
STN_INLINE quad quad_set1(float value) { return (quad){value, value, value, value}; }
// memcpy of a constant size is one unaligned load or store.
STN_INLINE quad quad_load(const float *from) {
    quad a;
    memcpy(&a, from, sizeof a);
    return a;
}
STN_INLINE void quad_store(float *to, quad a) { memcpy(to, &a, sizeof a); }
STN_INLINE quad quad_load_first(const float *from, int count) {
    quad a = quad_zero();
    for (int lane = 0; lane < 4; lane++)
        if (lane < count) a[lane] = from[lane];
    return a;
}
STN_INLINE void quad_store_first(float *to, quad a, int count) {
    for (int lane = 0; lane < 4; lane++)
        if (lane < count) to[lane] = a[lane];
}
STN_INLINE quad quad_add(quad a, quad b) { return a + b; }
STN_INLINE quad quad_sub(quad a, quad b) { return a - b; }
STN_INLINE quad quad_mul(quad a, quad b) { return a * b; }
STN_INLINE quad quad_fma(quad a, quad b, quad c) { return a * b + c; }

#endif
