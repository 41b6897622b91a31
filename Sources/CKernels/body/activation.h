// Activation functions and their slopes, element by element.
//
// Each is made of one exponential of a number that is not positive, so that nothing overflows. A NaN stays one.
//
// Largest errors against exact values, held by tests on every instruction set: relative 6·10⁻⁷ for GELU and 10⁻⁶ for its
// approximation where they are above 10⁻³ (10⁻⁹ absolute below), 3·10⁻⁷ for the others; of slopes 3·10⁻⁷ absolute.

// e^x = 2^n · (1 + p).
typedef struct {
    vec n, p;
} STN_LOCAL(exponential);

// For x ≤ 0; below −87, where floats end, as for −87. p is a Taylor polynomial of degree 7 of a number within ±(ln 2)/2: its
// error is 1.5·10⁻⁸ of p.
STN_INLINE STN_LOCAL(exponential) STN_LOCAL(exponential_of)(vec x) {
    vec lowest = vec_set1(-87), bounded = vec_select(vec_below(x, lowest), lowest, x);
    vec n = vec_round(vec_mul(bounded, vec_set1(1.44269504f)));
    // ln 2 in two parts; n times the first is exact.
    vec r = vec_fma(n, vec_set1(-1.42860682e-6f), vec_fma(n, vec_set1(-0.693145752f), bounded));
    vec p = vec_fma(r, vec_set1(1.0f / 5040), vec_set1(1.0f / 720));
    p = vec_fma(r, p, vec_set1(1.0f / 120));
    p = vec_fma(r, p, vec_set1(1.0f / 24));
    p = vec_fma(r, p, vec_set1(1.0f / 6));
    p = vec_fma(r, p, vec_set1(0.5f));
    return (STN_LOCAL(exponential)){n, vec_mul(r, vec_fma(r, p, vec_set1(1)))};
}

// e^x for x ≤ 0; below −87 zero.
STN_INLINE vec STN_LOCAL(exp)(vec x) {
    STN_LOCAL(exponential) e = STN_LOCAL(exponential_of)(x);
    return vec_select(vec_below(x, vec_set1(-87)), vec_zero(), vec_scale_by_power(vec_add(vec_set1(1), e.p), e.n));
}

STN_INLINE vec STN_LOCAL(magnitude)(vec x) {
    return vec_select(vec_below(x, vec_zero()), vec_sub(vec_zero(), x), x);
}

// sigmoid(x) = 1 / (1 + e^−x), and its slope; both relatively precise also where they are small.
typedef struct {
    vec share, slope;
} STN_LOCAL(logistic);

STN_INLINE STN_LOCAL(logistic) STN_LOCAL(logistic_of)(vec x) {
    vec one = vec_set1(1), t = STN_LOCAL(exp)(vec_sub(vec_zero(), STN_LOCAL(magnitude)(x)));
    vec part = vec_div(one, vec_add(one, t)), rest = vec_mul(t, part);
    return (STN_LOCAL(logistic)){vec_select(vec_below(x, vec_zero()), rest, part), vec_mul(rest, part)};
}

// −(e^−2a − 1) / (e^−2a + 1), with e^−2a − 1 made without cancellation, so that it is precise near zero.
STN_INLINE vec STN_LOCAL(tanh)(vec x) {
    STN_LOCAL(exponential) e = STN_LOCAL(exponential_of)(vec_mul(vec_set1(-2), STN_LOCAL(magnitude)(x)));
    vec power = vec_scale_by_power(vec_set1(1), e.n);
    vec below_one = vec_fma(power, e.p, vec_sub(power, vec_set1(1)));
    vec value = vec_div(below_one, vec_add(below_one, vec_set1(2)));
    return vec_select(vec_below(x, vec_zero()), value, vec_sub(vec_zero(), value));
}

// The normal distribution Φ, and e^(−x²/2).
typedef struct {
    vec distribution, bell;
} STN_LOCAL(normal);

// Φ(−a) = e^(−a²/2) · Q(1 / (1 + 0.3·a)); Q is from tools/fit_normal_tail.py, its relative error 8·10⁻⁸.
STN_INLINE STN_LOCAL(normal) STN_LOCAL(normal_of)(vec x) {
    static const float q[9] = {6.85295163e-06f, 0.11949306f,    0.121882059f,  0.0948329568f, 0.142185122f,
                               -0.0759996995f,  0.228217408f, -0.168952018f, 0.0383342803f};
    vec a = STN_LOCAL(magnitude)(x), one = vec_set1(1);
    vec t = vec_div(one, vec_fma(vec_set1(0.3f), a, one));
    vec bell = STN_LOCAL(exp)(vec_mul(vec_mul(a, a), vec_set1(-0.5f)));
    vec sum = vec_set1(q[8]);
    STN_UNROLL
    for (int k = 7; k >= 0; k--) sum = vec_fma(sum, t, vec_set1(q[k]));
    vec tail = vec_mul(bell, sum);
    return (STN_LOCAL(normal)){vec_select(vec_below(x, vec_zero()), tail, vec_sub(one, tail)), bell};
}

STN_INLINE vec STN_LOCAL(gelu)(vec x) { return vec_mul(x, STN_LOCAL(normal_of)(x).distribution); }

STN_INLINE vec STN_LOCAL(gelu_slope)(vec x) {
    STN_LOCAL(normal) normal = STN_LOCAL(normal_of)(x);
    return vec_fma(vec_mul(x, normal.bell), vec_set1(0.398942280f), normal.distribution);
}

// x/2 · (1 + tanh y) = x · sigmoid(2y); 2y = x · (b + c·x²).
#define STN_GELU_LINEAR 1.59576912f
#define STN_GELU_CUBIC 0.0713548162f

STN_INLINE STN_LOCAL(logistic) STN_LOCAL(gelu_tanh_of)(vec x) {
    vec factor = vec_fma(vec_mul(x, x), vec_set1(STN_GELU_CUBIC), vec_set1(STN_GELU_LINEAR));
    return STN_LOCAL(logistic_of)(vec_mul(x, factor));
}

STN_INLINE vec STN_LOCAL(gelu_tanh_slope)(vec x) {
    STN_LOCAL(logistic) logistic = STN_LOCAL(gelu_tanh_of)(x);
    vec factor = vec_fma(vec_mul(x, x), vec_set1(3 * STN_GELU_CUBIC), vec_set1(STN_GELU_LINEAR));
    return vec_fma(vec_mul(logistic.slope, x), factor, logistic.share);
}

STN_INLINE vec STN_LOCAL(silu_slope)(vec x) {
    STN_LOCAL(logistic) logistic = STN_LOCAL(logistic_of)(x);
    return vec_fma(x, logistic.slope, logistic.share);
}

// 1 − tanh²(x), without the difference.
STN_INLINE vec STN_LOCAL(tanh_slope)(vec x) {
    return vec_mul(vec_set1(4), STN_LOCAL(logistic_of)(vec_mul(vec_set1(2), x)).slope);
}

static void STN_KERNEL_NAME(activation)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_activation_arguments *a = arguments;
    vec slope = vec_set1(a->slope);
#define STN_ACTIVATE(value)                        \
    STN_FOR_ELEMENTS(a->count, {                   \
        vec x = STN_LOAD(a->input + i);            \
        STN_STORE(a->output + i, value);           \
    });                                            \
    break
    switch (a->function) {
    case STN_LEAKY_RELU: STN_ACTIVATE(vec_select(vec_below(vec_zero(), x), x, vec_mul(slope, x)));
    case STN_GELU: STN_ACTIVATE(STN_LOCAL(gelu)(x));
    case STN_GELU_TANH: STN_ACTIVATE(vec_mul(x, STN_LOCAL(gelu_tanh_of)(x).share));
    case STN_SILU: STN_ACTIVATE(vec_mul(x, STN_LOCAL(logistic_of)(x).share));
    case STN_TANH: STN_ACTIVATE(STN_LOCAL(tanh)(x));
    default: STN_ACTIVATE(STN_LOCAL(logistic_of)(x).share);
    }
#undef STN_ACTIVATE
}

static void STN_KERNEL_NAME(activation_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_activation_arguments *a = arguments;
    vec slope = vec_set1(a->slope);
#define STN_PASS_BACK(value)                                               \
    STN_FOR_ELEMENTS(a->count, {                                           \
        vec x = STN_LOAD(a->input + i);                                    \
        STN_STORE(a->output + i, vec_mul(STN_LOAD(a->d_output + i), value)); \
    });                                                                    \
    break
    switch (a->function) {
    case STN_LEAKY_RELU: STN_PASS_BACK(vec_select(vec_below(vec_zero(), x), vec_set1(1), slope));
    case STN_GELU: STN_PASS_BACK(STN_LOCAL(gelu_slope)(x));
    case STN_GELU_TANH: STN_PASS_BACK(STN_LOCAL(gelu_tanh_slope)(x));
    case STN_SILU: STN_PASS_BACK(STN_LOCAL(silu_slope)(x));
    case STN_TANH: STN_PASS_BACK(STN_LOCAL(tanh_slope)(x));
    default: STN_PASS_BACK(STN_LOCAL(logistic_of)(x).slope);
    }
#undef STN_PASS_BACK
}
