// Nothing but FMAs, or products of pairs of bfloat16: 12 independent chains, enough to hide the latency of two units and few
// enough for 16 registers. They measure a core's peak.
static double STN_LOCAL(fma_burn)(int64_t rounds) {
    vec chains[12], factor = vec_set1(0.999f), addend = vec_set1(0.001f);
    STN_UNROLL
    for (int i = 0; i < 12; i++) chains[i] = vec_set1((float)i);
    for (int64_t round = 0; round < rounds * 4; round++) {
        STN_UNROLL
        for (int i = 0; i < 12; i++) chains[i] = vec_fma(chains[i], factor, addend);
    }
    float sink[STN_LANES];
    vec sum = vec_zero();
    for (int i = 0; i < 12; i++) sum = vec_add(sum, chains[i]);
    vec_store(sink, sum);
    // The result must be used, or the compiler drops the loop; it is never NaN, so nothing is ever added.
    return (double)rounds * 48 * STN_LANES * 2 + (sink[0] != sink[0]);
}

static double STN_LOCAL(pairs_burn)(int64_t rounds) {
    vec chains[12];
    // 1 and a small number, so that sums stay finite.
    vec_pairs factor = pairs_set1(0x3F803F80u), addend = pairs_set1(0x33803380u);
    STN_UNROLL
    for (int i = 0; i < 12; i++) chains[i] = vec_set1((float)i);
    for (int64_t round = 0; round < rounds * 4; round++) {
        STN_UNROLL
        for (int i = 0; i < 12; i++) chains[i] = pairs_dot(factor, addend, chains[i]);
    }
    float sink[STN_LANES];
    vec sum = vec_zero();
    for (int i = 0; i < 12; i++) sum = vec_add(sum, chains[i]);
    vec_store(sink, sum);
    return (double)rounds * 48 * STN_LANES * 4 + (sink[0] != sink[0]);
}
