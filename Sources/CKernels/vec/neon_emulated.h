// The intrinsics that neon.h takes from <arm_neon.h>, in the compiler's vector extension, for testing NEON's kernels on other
// processors: `make check-neon`, which also holds each to the real one. Slow, and in no build that people use.

typedef float float32x4_t __attribute__((vector_size(16)));
typedef uint32_t uint32x4_t __attribute__((vector_size(16)));
typedef int32_t int32x4_t __attribute__((vector_size(16)));
typedef uint8_t uint8x16_t __attribute__((vector_size(16)));
typedef uint16_t uint16x4_t __attribute__((vector_size(8)));
typedef uint16_t uint16x8_t __attribute__((vector_size(16)));
typedef struct {
    uint16x4_t val[2];
} uint16x4x2_t;

#define STN_EMULATED STN_INLINE __attribute__((target("fma,sse4.1")))

// memcpy of a constant size is one unaligned load or store.
#define STN_EMULATED_MEMORY(suffix, type, number)      \
    STN_EMULATED type vld1##suffix(const number *from) { \
        type a;                                        \
        memcpy(&a, from, sizeof a);                    \
        return a;                                      \
    }                                                  \
    STN_EMULATED void vst1##suffix(number *to, type a) { memcpy(to, &a, sizeof a); }
STN_EMULATED_MEMORY(q_f32, float32x4_t, float)
STN_EMULATED_MEMORY(q_u32, uint32x4_t, uint32_t)
STN_EMULATED_MEMORY(q_s32, int32x4_t, int32_t)
STN_EMULATED_MEMORY(_u16, uint16x4_t, uint16_t)

STN_EMULATED float32x4_t vdupq_n_f32(float a) { return (float32x4_t){a, a, a, a}; }
STN_EMULATED uint32x4_t vdupq_n_u32(uint32_t a) { return (uint32x4_t){a, a, a, a}; }
STN_EMULATED int32x4_t vdupq_n_s32(int32_t a) { return (int32x4_t){a, a, a, a}; }

STN_EMULATED float32x4_t vaddq_f32(float32x4_t a, float32x4_t b) { return a + b; }
STN_EMULATED float32x4_t vsubq_f32(float32x4_t a, float32x4_t b) { return a - b; }
STN_EMULATED float32x4_t vmulq_f32(float32x4_t a, float32x4_t b) { return a * b; }
STN_EMULATED float32x4_t vdivq_f32(float32x4_t a, float32x4_t b) { return a / b; }
STN_EMULATED float32x4_t vsqrtq_f32(float32x4_t a) { return __builtin_elementwise_sqrt(a); }
STN_EMULATED float32x4_t vfmaq_f32(float32x4_t a, float32x4_t b, float32x4_t c) { return __builtin_elementwise_fma(b, c, a); }
STN_EMULATED float32x4_t vrndmq_f32(float32x4_t a) { return __builtin_elementwise_floor(a); }
STN_EMULATED float32x4_t vrndnq_f32(float32x4_t a) { return __builtin_elementwise_roundeven(a); }
STN_EMULATED float vaddvq_f32(float32x4_t a) { return (a[0] + a[1]) + (a[2] + a[3]); }
// NaN if either is; +0 is more than −0.
STN_EMULATED float32x4_t vmaxq_f32(float32x4_t a, float32x4_t b) {
    float32x4_t most;
    for (int lane = 0; lane < 4; lane++)
        most[lane] = a[lane] > b[lane]   ? a[lane]
                     : a[lane] < b[lane] ? b[lane]
                     : a[lane] != b[lane] ? a[lane] + b[lane]
                                         : signbit(a[lane]) ? b[lane] : a[lane];
    return most;
}

STN_EMULATED uint32x4_t vceqq_f32(float32x4_t a, float32x4_t b) { return (uint32x4_t)(a == b); }
STN_EMULATED uint32x4_t vcgtq_f32(float32x4_t a, float32x4_t b) { return (uint32x4_t)(a > b); }
STN_EMULATED uint32x4_t vcgeq_f32(float32x4_t a, float32x4_t b) { return (uint32x4_t)(a >= b); }
STN_EMULATED uint32x4_t vcltq_f32(float32x4_t a, float32x4_t b) { return (uint32x4_t)(a < b); }

STN_EMULATED uint32x4_t vaddq_u32(uint32x4_t a, uint32x4_t b) { return a + b; }
STN_EMULATED uint32x4_t vandq_u32(uint32x4_t a, uint32x4_t b) { return a & b; }
STN_EMULATED uint32x4_t vorrq_u32(uint32x4_t a, uint32x4_t b) { return a | b; }
STN_EMULATED uint32x4_t vmvnq_u32(uint32x4_t a) { return ~a; }
STN_EMULATED uint32x4_t vbslq_u32(uint32x4_t mask, uint32x4_t yes, uint32x4_t no) { return (mask & yes) | (~mask & no); }
STN_EMULATED uint32x4_t vshrq_n_u32(uint32x4_t a, int bits) { return a >> (uint32_t)bits; }
STN_EMULATED uint32x4_t vshlq_n_u32(uint32x4_t a, int bits) { return a << (uint32_t)bits; }
STN_EMULATED uint32x4_t vmlaq_n_u32(uint32x4_t a, uint32x4_t b, uint32_t c) { return a + b * c; }
STN_EMULATED uint32_t vaddvq_u32(uint32x4_t a) { return a[0] + a[1] + a[2] + a[3]; }
STN_EMULATED int32x4_t vaddq_s32(int32x4_t a, int32x4_t b) { return a + b; }
STN_EMULATED int32x4_t vshlq_n_s32(int32x4_t a, int bits) { return (int32x4_t)((uint32x4_t)a << (uint32_t)bits); }

STN_EMULATED float32x4_t vreinterpretq_f32_u32(uint32x4_t a) { return (float32x4_t)a; }
STN_EMULATED float32x4_t vreinterpretq_f32_s32(int32x4_t a) { return (float32x4_t)a; }
STN_EMULATED float32x4_t vreinterpretq_f32_u8(uint8x16_t a) { return (float32x4_t)a; }
STN_EMULATED uint32x4_t vreinterpretq_u32_f32(float32x4_t a) { return (uint32x4_t)a; }
STN_EMULATED uint32x4_t vreinterpretq_u32_s32(int32x4_t a) { return (uint32x4_t)a; }
STN_EMULATED uint32x4_t vreinterpretq_u32_u16(uint16x8_t a) { return (uint32x4_t)a; }
STN_EMULATED uint8x16_t vreinterpretq_u8_f32(float32x4_t a) { return (uint8x16_t)a; }
STN_EMULATED uint8x16_t vreinterpretq_u8_u32(uint32x4_t a) { return (uint8x16_t)a; }
STN_EMULATED float32x4_t vbslq_f32(uint32x4_t mask, float32x4_t yes, float32x4_t no) {
    return (float32x4_t)vbslq_u32(mask, (uint32x4_t)yes, (uint32x4_t)no);
}

// Towards zero; what does not fit is the nearest number that does, NaN is 0.
STN_EMULATED int32x4_t vcvtq_s32_f32(float32x4_t a) {
    int32x4_t whole;
    for (int lane = 0; lane < 4; lane++)
        whole[lane] = a[lane] >= 2147483648.0f    ? INT32_MAX
                      : a[lane] >= -2147483648.0f ? (int32_t)a[lane]
                      : a[lane] == a[lane]        ? INT32_MIN
                                                  : 0;
    return whole;
}
STN_EMULATED uint32x4_t vcvtq_u32_f32(float32x4_t a) {
    uint32x4_t whole;
    for (int lane = 0; lane < 4; lane++)
        whole[lane] = a[lane] >= 4294967296.0f ? UINT32_MAX : a[lane] > 0 ? (uint32_t)a[lane] : 0;
    return whole;
}
STN_EMULATED float32x4_t vcvtq_f32_u32(uint32x4_t a) { return __builtin_convertvector(a, float32x4_t); }

STN_EMULATED float32x4_t vzip1q_f32(float32x4_t a, float32x4_t b) { return (float32x4_t){a[0], b[0], a[1], b[1]}; }
STN_EMULATED float32x4_t vzip2q_f32(float32x4_t a, float32x4_t b) { return (float32x4_t){a[2], b[2], a[3], b[3]}; }
STN_EMULATED float32x4_t vuzp1q_f32(float32x4_t a, float32x4_t b) { return (float32x4_t){a[0], a[2], b[0], b[2]}; }
STN_EMULATED float32x4_t vuzp2q_f32(float32x4_t a, float32x4_t b) { return (float32x4_t){a[1], a[3], b[1], b[3]}; }
STN_EMULATED uint16x4x2_t vzip_u16(uint16x4_t a, uint16x4_t b) {
    return (uint16x4x2_t){{{a[0], b[0], a[1], b[1]}, {a[2], b[2], a[3], b[3]}}};
}
STN_EMULATED uint16x8_t vcombine_u16(uint16x4_t low, uint16x4_t high) {
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
}
STN_EMULATED uint16x4_t vshrn_n_u32(uint32x4_t a, int bits) {
    return __builtin_convertvector(a >> (uint32_t)bits, uint16x4_t);
}
STN_EMULATED uint8x16_t vqtbl1q_u8(uint8x16_t table, uint8x16_t index) {
    uint8x16_t found;
    for (int lane = 0; lane < 16; lane++) found[lane] = index[lane] < 16 ? table[index[lane]] : 0;
    return found;
}
