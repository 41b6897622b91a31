// Prints what the vector vocabulary of NEON makes of many numbers, for check_neon.sh: built for ARM and for this processor with
// the emulated intrinsics, both must print the same.
#include <stdio.h>

#include "common.h"
#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include "vec/neon_emulated.h"
#pragma clang attribute push(__attribute__((target("fma,sse4.1"))), apply_to = function)
#endif
#include "vec/neon.h"

static uint32_t state = 1;
static uint32_t word(void) { return state = state * 1664525u + 1013904223u; }

// Any bits, numbers of everyday size, whole ones and halves, and those at which rules change.
static float number(void) {
    static const float edges[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1.0f, -1.0f, 0.5f, -0.5f, 2.5f, 3.5f, 1e-41f, FLT_MAX,
                                  -FLT_MAX, 2147483648.0f, -2147483648.0f, 4294967296.0f, 2147483520.0f, 0.99999994f};
    uint32_t kind = word() >> 16 & 3, bits = word();
    float any;
    memcpy(&any, &bits, sizeof any);
    if (kind == 0) return any;
    if (kind == 1) return (float)(int32_t)bits / 65536.0f / 256.0f;
    if (kind == 2) return (float)((int32_t)bits >> 24) / 2;
    return edges[(bits >> 8) % (sizeof edges / sizeof *edges)];
}

static vec numbers(void) {
    float lanes[4] = {number(), number(), number(), number()};
    return vec_load(lanes);
}

// Which NaN it is differs between processors and means nothing.
static void print_float(float a) {
    uint32_t bits;
    memcpy(&bits, &a, sizeof bits);
    printf(a == a ? " %08x" : " nan", bits);
}
static void print_vec(const char *name, vec a) {
    float lanes[4];
    vec_store(lanes, a);
    printf("%s", name);
    for (int i = 0; i < 4; i++) print_float(lanes[i]);
    printf("\n");
}
static void print_words(const char *name, const uint32_t *words, int count) {
    printf("%s", name);
    for (int i = 0; i < count; i++) printf(" %08x", words[i]);
    printf("\n");
}

static void print_arithmetic(vec a, vec b, vec c) {
    print_vec("add", vec_add(a, b));
    print_vec("sub", vec_sub(a, b));
    print_vec("mul", vec_mul(a, b));
    print_vec("div", vec_div(a, b));
    print_vec("sqrt", vec_sqrt(a));
    print_vec("fma", vec_fma(a, b, c));
    print_vec("relu", vec_relu(a));
    print_vec("floor", vec_floor(a));
    print_vec("round", vec_round(a));
    print_vec("power", vec_scale_by_power(a, vec_round(vec_select(vec_below(b, vec_set1(60)), b, vec_zero()))));
    printf("sum");
    print_float(vec_sum(a));
    printf("\n");
}

static void print_masks(vec a, vec b) {
    vec_mask masks[] = {vec_exceeds(a, b), vec_equals(a, b), vec_at_least(a, b), vec_below(a, b), vec_differs(a, b),
                        vec_both(vec_below(a, b), vec_differs(a, vec_zero())), vec_either(vec_below(a, b), vec_equals(a, b))};
    uint32_t bits[7];
    for (int i = 0; i < 7; i++) bits[i] = vec_bits(masks[i]);
    print_words("masks", bits, 7);
    print_vec("select", vec_select(masks[0], a, b));
}

static void print_moves(vec a, vec b) {
    vec first, second;
    int32_t index[4];
    uint32_t words[4];
    uint8_t bytes[4] = {0};
    for (int i = 0; i < 4; i++) index[i] = (int32_t)(word() >> 16 & 3);
    print_vec("permute", vec_permute(a, index));
    vec_interleave(a, b, &first, &second);
    print_vec("interleave", first);
    print_vec("interleave", second);
    vec_deinterleave(a, b, &first, &second);
    print_vec("deinterleave", first);
    print_vec("deinterleave", second);
    vec_store_integers((int32_t *)words, a);
    print_words("integers", words, 4);
    int count = (int)(word() >> 16) % 5;
    float part[4] = {7, 7, 7, 7};
    vec_store_first(part, a, count);
    print_vec("store_first", vec_load(part));
    print_vec("load_first", vec_load_first(part, count));
    float table[64];
    for (int i = 0; i < 64; i++) table[i] = number();
    float places[4] = {(float)index[0] * 7, (float)index[1] + 3, (float)index[2] * 21, (float)index[3]};
    print_vec("gather", vec_gather(table, vec_load(places)));
    // Choices of pooling: small whole numbers.
    vec_store_bytes(bytes, vec_load(places), count);
    memcpy(words, bytes, 4);
    print_words("bytes", words, 1);
    print_vec("load_bytes", vec_load_bytes(bytes, count));
}

static void print_pairs(vec a, vec b, vec c) {
    uint32_t pairs[4];
    uint16_t halves[4], others[4];
    pairs_store(pairs, a, b);
    vec_store_bfloat16(halves, a);
    vec_store_bfloat16(others, b);
    uint32_t kept[8];
    for (int i = 0; i < 4; i++) {
        // Of a NaN only that it is one.
        uint32_t is_nan = (halves[i] & 0x7FFF) > 0x7F80;
        kept[i] = is_nan ? 0x7FC0 : halves[i];
        kept[4 + i] = is_nan || (pairs[i] >> 16 & 0x7FFF) > 0x7F80 ? 0x7FC0 : pairs[i];
    }
    print_words("bfloat16", kept, 8);
    print_vec("dot", pairs_dot(pairs_load(pairs), pairs_load_both(halves, others), c));
    print_vec("dot_one", pairs_dot(pairs_set1(pairs[0]), pairs_load(pairs), c));
}

int main(void) {
    for (int i = 0; i < 20000; i++) {
        vec a = numbers(), b = numbers(), c = numbers();
        print_arithmetic(a, b, c);
        print_masks(a, b);
        print_moves(a, b);
        print_pairs(a, b, c);
    }
}

#if !defined(__aarch64__)
#pragma clang attribute pop
#endif
