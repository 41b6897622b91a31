// The vector vocabulary on NEON (64-bit ARM): 4 floats, 32 registers.
#define STN_ISA neon
#define STN_LANES 4
#define STN_ACCUMULATORS 20
#define STN_TILE_PIXELS 8

typedef float32x4_t vec;
typedef uint32x4_t vec_mask;

STN_INLINE vec vec_zero(void) { return vdupq_n_f32(0); }
STN_INLINE vec vec_set1(float value) { return vdupq_n_f32(value); }
STN_INLINE vec vec_load(const float *from) { return vld1q_f32(from); }
STN_INLINE void vec_store(float *to, vec a) { vst1q_f32(to, a); }
STN_INLINE vec vec_load_first(const float *from, int count) {
    float lanes[STN_LANES] = {0};
    for (int lane = 0; lane < count; lane++) lanes[lane] = from[lane];
    return vld1q_f32(lanes);
}
STN_INLINE void vec_store_first(float *to, vec a, int count) {
    float lanes[STN_LANES];
    vst1q_f32(lanes, a);
    for (int lane = 0; lane < count; lane++) to[lane] = lanes[lane];
}
STN_INLINE vec vec_add(vec a, vec b) { return vaddq_f32(a, b); }
STN_INLINE vec vec_sub(vec a, vec b) { return vsubq_f32(a, b); }
STN_INLINE vec vec_mul(vec a, vec b) { return vmulq_f32(a, b); }
STN_INLINE vec vec_div(vec a, vec b) { return vdivq_f32(a, b); }
STN_INLINE vec vec_sqrt(vec a) { return vsqrtq_f32(a); }
STN_INLINE vec vec_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
// FMAX passes NaN on.
STN_INLINE vec vec_relu(vec a) { return vmaxq_f32(vdupq_n_f32(0), a); }
STN_INLINE vec_mask vec_exceeds(vec a, vec b) { return vorrq_u32(vcgtq_f32(a, b), vmvnq_u32(vceqq_f32(a, a))); }
STN_INLINE vec vec_select(vec_mask mask, vec yes, vec no) { return vbslq_f32(mask, yes, no); }
STN_INLINE void vec_store_bytes(uint8_t *to, vec a, int count) {
    uint32_t lanes[STN_LANES];
    vst1q_u32(lanes, vcvtq_u32_f32(a));
    for (int lane = 0; lane < count; lane++) to[lane] = (uint8_t)lanes[lane];
}
