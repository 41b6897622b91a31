// Two quads side by side, where no vector holds both.
typedef struct {
    quad low, high;
} quads;

STN_INLINE quads quads_set1(float value) { return (quads){quad_set1(value), quad_set1(value)}; }
// One number for each quad.
STN_INLINE quads quads_set(float low, float high) { return (quads){quad_set1(low), quad_set1(high)}; }
STN_INLINE quads quads_twice(quad a) { return (quads){a, a}; }
STN_INLINE quads quads_load(const float *from) { return (quads){quad_load(from), quad_load(from + 4)}; }
STN_INLINE void quads_store(float *to, quads a) {
    quad_store(to, a.low);
    quad_store(to + 4, a.high);
}
STN_INLINE quads quads_mul(quads a, quads b) { return (quads){quad_mul(a.low, b.low), quad_mul(a.high, b.high)}; }
STN_INLINE quads quads_fma(quads a, quads b, quads c) {
    return (quads){quad_fma(a.low, b.low, c.low), quad_fma(a.high, b.high, c.high)};
}
