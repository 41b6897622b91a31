// Where a sampler reads whose positions come from a grid in memory: STN_COLUMNS at once, as in sampling_positions.h. Padding is
// a step between position and taps: it moves the position to within reach of the image, and from there on border and
// reflection are sampling with zeros outside. Only where taps are folded one by one (stn_grid_folds) do weights outside
// count.
//
// Positions  x = c · span / 2 + (W − 1) / 2 as Warping's, in its order and with its rounding to pixel centres.
// Bound by   about 60 vector operations for a vector of positions; reflection and wrapping add a division.

// at − period · ⌊at / period⌋ for any finite position: exact, but for one below zero whose sum with the period is rounded.
STN_INLINE vec STN_LOCAL(wrapped)(vec at, float period) {
    vec size = vec_set1(period), zero = vec_zero();
    vec_mask small = vec_both(vec_at_least(at, vec_set1(-0x1p22f)), vec_below(at, vec_set1(0x1p22f)));
    if (vec_bits(small) != (uint32_t)((UINT64_C(1) << STN_LANES) - 1)) {
        // So far outside that periods cannot be counted in float32: rare, so one at a time.
        float lanes[STN_LANES];
        vec_store(lanes, at);
        for (int lane = 0; lane < STN_LANES; lane++) {
            float rest = fmodf(lanes[lane], period);
            lanes[lane] = rest < 0 ? rest + period : rest;
        }
        return vec_load(lanes);
    }
    vec rest = vec_fma(vec_sub(zero, vec_floor(vec_div(at, size))), size, at);
    // The quotient may have been rounded to the next whole number.
    rest = vec_select(vec_below(rest, zero), vec_add(rest, size), rest);
    return vec_select(vec_at_least(rest, size), vec_sub(rest, size), rest);
}

// Within [0, extent − 1]; the factor is zero where the position moved, and on the border itself.
STN_INLINE vec STN_LOCAL(clipped)(vec at, int64_t extent, vec *factor) {
    vec zero = vec_zero(), last = vec_set1((float)(extent - 1));
    vec_mask above = vec_below(zero, at), below = vec_below(at, last);
    *factor = vec_select(vec_both(above, below), *factor, zero);
    return vec_select(above, vec_select(below, at, last), zero);
}

STN_INLINE vec STN_LOCAL(reflected)(vec at, int64_t extent, int64_t align_corners, vec *factor) {
    float span = (float)(align_corners ? extent - 1 : extent);
    if (span == 0) {
        *factor = vec_zero();
        return vec_zero();
    }
    vec mirror = vec_set1(align_corners ? 0 : -0.5f), zero = vec_zero(), minus = vec_sub(zero, *factor);
    vec distance = vec_sub(at, mirror);
    vec_mask mirrored = vec_below(distance, zero);
    *factor = vec_select(mirrored, minus, *factor);
    vec rest = STN_LOCAL(wrapped)(vec_select(mirrored, vec_sub(zero, distance), distance), 2 * span);
    vec_mask forth = vec_below(rest, vec_set1(span));
    *factor = vec_select(forth, *factor, vec_sub(zero, *factor));
    rest = vec_add(vec_select(forth, rest, vec_sub(vec_set1(2 * span), rest)), mirror);
    return STN_LOCAL(clipped)(rest, extent, factor);
}

// Where finite positions come to lie; `factor` receives the factors of their gradients.
STN_INLINE vec STN_LOCAL(placed)(int taps, const stn_grid_sample_arguments *g, int64_t extent, vec at, vec *factor) {
    *factor = vec_set1(1);
    int64_t align_corners = g->sample.align_corners;
    switch (g->padding) {
    case STN_BORDER:
        if (taps < 4) return STN_LOCAL(clipped)(at, extent, factor);
        // Beyond these all taps are the border pixel.
        at = vec_select(vec_below(at, vec_set1(-3)), vec_set1(-3), at);
        return vec_select(vec_below(at, vec_set1((float)(extent + 2))), at, vec_set1((float)(extent + 2)));
    case STN_REFLECTION:
        if (taps < 4) return STN_LOCAL(reflected)(at, extent, align_corners, factor);
        return STN_LOCAL(wrapped)(at, (float)stn_max(1, 2 * (align_corners ? extent - 1 : extent)));
    case STN_WRAP: return STN_LOCAL(wrapped)(at, (float)extent);
    default: return at;
    }
}

// Stores taps whose weights count outside too; see axis_taps_at.
STN_INLINE void STN_LOCAL(folded_taps_at)(int taps, int constant, vec_mask finite, vec at, int64_t extent, int lane,
                                          STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    vec zero = vec_zero(), size = vec_set1((float)extent), weight[4], slope[4];
    // What is left converts to integers safely; −8 has no tap inside.
    vec_mask near = vec_both(finite, vec_both(vec_at_least(at, vec_set1(-2)), vec_below(at, vec_add(size, vec_set1(1)))));
    at = vec_select(constant ? near : finite, at, vec_set1(-8));
    vec base = taps == 1 ? vec_round(at) : vec_floor(at);
    STN_LOCAL(tap_weights)(taps, vec_sub(at, base), weight, slope);
    if (taps == 4) base = vec_sub(base, vec_set1(1));
    vec_store_integers(axis->first + lane, base);
    STN_UNROLL for (int tap = 0; tap < taps; tap++) {
        vec place = vec_add(base, vec_set1((float)tap));
        vec_mask inside = vec_both(vec_at_least(place, zero), vec_below(place, size));
        vec_mask counts = vec_both(inside, vec_differs(weight[tap], zero));
        *alive = tap == 0 ? inside : vec_either(*alive, inside);
        *whole = tap == 0 ? counts : vec_both(*whole, counts);
        vec_store(axis->weight[tap] + lane, weight[tap]);
        vec_store(axis->slope[tap] + lane, slope[tap]);
    }
    if (!constant) *alive = finite;
}

// The taps along one axis of one vector of coordinates, and the factors of their gradients.
STN_INLINE vec STN_LOCAL(grid_taps_at)(int taps, int slopes, const stn_grid_sample_arguments *g, vec coordinate,
                                       int64_t extent, int lane, STN_LOCAL(axis_taps) *axis, vec_mask *alive,
                                       vec_mask *whole) {
    vec limit = vec_set1(3.40282347e38f), minus = vec_set1(-3.40282347e38f);
    vec_mask finite = vec_both(vec_at_least(coordinate, minus), vec_at_least(limit, coordinate));
    float half = (float)(extent - (g->sample.align_corners ? 1 : 0)) / 2, middle = (float)(extent - 1) / 2;
    vec at = vec_add(vec_mul(coordinate, vec_set1(half)), vec_set1(middle)), center = vec_round(at);
    vec off = vec_sub(at, center), tolerance = vec_set1((float)(2 * extent) * 0x1p-23f);
    vec_mask close = vec_both(vec_at_least(tolerance, off), vec_at_least(off, vec_sub(vec_zero(), tolerance)));
    at = vec_select(close, center, at);
    // In pixels a finite coordinate may overflow.
    at = vec_select(vec_below(at, minus), minus, vec_select(vec_below(limit, at), limit, at));
    vec factor;
    at = STN_LOCAL(placed)(taps, g, extent, vec_select(finite, at, vec_zero()), &factor);
    if (stn_grid_folds(g))
        STN_LOCAL(folded_taps_at)(taps, g->padding == STN_CONSTANT, finite, at, extent, lane, axis, alive, whole);
    else
        STN_LOCAL(axis_taps_at)(taps, slopes, vec_select(finite, at, vec_set1(-8)), extent, lane, axis, alive, whole);
    return factor;
}

// Factors of the gradients of a block's positions.
typedef struct {
    float x[STN_COLUMNS], y[STN_COLUMNS];
} STN_LOCAL(grid_factors);

// `count` pairs, filled up with zeros to a whole block.
STN_INLINE const float *STN_LOCAL(grid_pairs)(const float *pairs, int count, float *copy) {
    if (count == STN_COLUMNS) return pairs;
    memset(copy, 0, 2 * STN_COLUMNS * sizeof(float));
    memcpy(copy, pairs, (size_t)count * 2 * sizeof(float));
    return copy;
}

// The taps at `count` positions from `pairs` on. `home` and `n` are not used; `factors` may be NULL. As in sampling_block_at,
// only with `slopes` does a tap of weight zero count.
STN_INLINE void STN_LOCAL(grid_block_at)(int taps, int slopes, const stn_grid_sample_arguments *g, const float *pairs,
                                         int count, STN_LOCAL(sampling_block) *block, STN_LOCAL(grid_factors) *factors) {
    float copy[2 * STN_COLUMNS];
    pairs = STN_LOCAL(grid_pairs)(pairs, count, copy);
    block->alive = block->whole = 0;
    for (int lane = 0; lane < count; lane += STN_LANES) {
        vec x, y;
        vec_mask x_alive, y_alive, x_whole, y_whole;
        vec_load_pairs(pairs + 2 * lane, &x, &y);
        x = STN_LOCAL(grid_taps_at)(taps, slopes, g, x, g->sample.width, lane, &block->x, &x_alive, &x_whole);
        y = STN_LOCAL(grid_taps_at)(taps, slopes, g, y, g->sample.height, lane, &block->y, &y_alive, &y_whole);
        if (factors) {
            vec_store(factors->x + lane, x);
            vec_store(factors->y + lane, y);
        }
        block->alive |= vec_bits(vec_both(x_alive, y_alive)) << lane;
        block->whole |= vec_bits(vec_both(x_whole, y_whole)) << lane;
    }
    block->count = count;
    STN_LOCAL(store_offsets)(&g->sample, block);
    uint32_t asked = ~0u >> (STN_COLUMNS - count);
    block->alive &= asked;
    block->whole &= asked & block->alive;
}

// The same as one function for all kinds of part: it is long, and called once for a block.
static __attribute__((noinline)) void STN_LOCAL(grid_block)(int taps, int slopes, const stn_grid_sample_arguments *g,
                                                            const float *pairs, int count,
                                                            STN_LOCAL(sampling_block) *block,
                                                            STN_LOCAL(grid_factors) *factors) {
    if (taps == 1)
        STN_LOCAL(grid_block_at)(1, slopes, g, pairs, count, block, factors);
    else if (taps == 2)
        STN_LOCAL(grid_block_at)(2, slopes, g, pairs, count, block, factors);
    else
        STN_LOCAL(grid_block_at)(4, slopes, g, pairs, count, block, factors);
}

// The first and last input row that taps of `count` positions are in; the last before the first if there is none.
STN_INLINE void STN_LOCAL(grid_rows_at)(int taps, const stn_grid_sample_arguments *g, const float *pairs, int count,
                                        int64_t *low, int64_t *high) {
    float copy[2 * STN_COLUMNS];
    STN_LOCAL(axis_taps) axis;
    uint32_t alive_bits = 0, whole_bits = 0;
    int64_t height = g->sample.height;
    pairs = STN_LOCAL(grid_pairs)(pairs, count, copy);
    for (int lane = 0; lane < count; lane += STN_LANES) {
        vec x, y;
        vec_mask alive, whole;
        vec_load_pairs(pairs + 2 * lane, &x, &y);
        STN_LOCAL(grid_taps_at)(taps, 0, g, y, height, lane, &axis, &alive, &whole);
        alive_bits |= vec_bits(alive) << lane;
        whole_bits |= vec_bits(whole) << lane;
    }
    *low = height;
    *high = -1;
    for (int k = 0; k < count; k++) {
        if (!(alive_bits >> k & 1)) continue;
        int64_t first = axis.first[k];
        if (whole_bits >> k & 1 || !stn_grid_folds(g)) {
            *low = stn_min(*low, stn_max(0, first));
            *high = stn_max(*high, stn_min(height, first + taps) - 1);
            continue;
        }
        for (int i = 0; i < taps; i++) {
            int64_t row = stn_grid_fold(g, first + i, height);
            if (row < 0) continue;
            *low = stn_min(*low, row);
            *high = stn_max(*high, row);
        }
    }
}
