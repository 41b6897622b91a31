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
    if (vec_bits(small) != STN_ALL_LANES) {
        // So far outside that periods cannot be counted in float32: rare, so one at a time. In pixels a finite coordinate may
        // overflow; it is then as far away as a number can be.
        float lanes[STN_LANES];
        vec_store(lanes, at);
        for (int lane = 0; lane < STN_LANES; lane++) {
            float rest = fmodf(fmaxf(-FLT_MAX, fminf(lanes[lane], FLT_MAX)), period);
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

// Where finite positions come to lie under paddings that move them; `factor` receives the factors of their gradients.
STN_INLINE vec STN_LOCAL(placed)(int taps, const stn_grid_sample_arguments *g, int64_t extent, vec at, vec *factor) {
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
    default: return STN_LOCAL(wrapped)(at, (float)extent);
    }
}

// Whether the padding leaves positions where they are.
STN_INLINE int STN_LOCAL(keeps_positions)(const stn_grid_sample_arguments *g) {
    return g->padding == STN_ZEROS || g->padding == STN_CONSTANT;
}

// Positions in pixels, and the centre next to each: so near that it is meant, or not.
typedef struct {
    vec at, center;
    vec_mask near;
} STN_LOCAL(grid_place);

STN_INLINE STN_LOCAL(grid_place) STN_LOCAL(grid_place_of)(vec coordinate, const STN_LOCAL(axis_geometry) *axis) {
    STN_LOCAL(grid_place) place;
    place.at = vec_add(vec_mul(coordinate, vec_set1(axis->half)), vec_set1(axis->middle));
    place.center = vec_round(place.at);
    vec off = vec_sub(place.at, place.center);
    place.near = vec_at_least(vec_set1(axis->near), vec_mul(off, off));
    return place;
}

// Where positions come to lie under paddings that move them; −8, where no other is, for one that is not finite.
STN_INLINE vec STN_LOCAL(moved)(int taps, const stn_grid_sample_arguments *g, vec coordinate, vec at, int64_t extent,
                                vec *factor) {
    *factor = vec_set1(1);
    vec_mask finite = vec_both(vec_at_least(coordinate, vec_set1(-FLT_MAX)), vec_at_least(vec_set1(FLT_MAX), coordinate));
    at = STN_LOCAL(placed)(taps, g, extent, vec_select(finite, at, vec_zero()), factor);
    return vec_select(finite, at, vec_set1(-8));
}

// Rows in pixels, from coordinates: where they come to lie. With zeros and constants they are as far out as they are, see
// within_reach.
STN_INLINE vec STN_LOCAL(grid_row_position)(int taps, const stn_grid_sample_arguments *g, vec y,
                                            const STN_LOCAL(axis_geometry) *axis) {
    STN_LOCAL(grid_place) place = STN_LOCAL(grid_place_of)(y, axis);
    vec at = vec_select(place.near, place.center, place.at), factor;
    return STN_LOCAL(keeps_positions)(g) ? at : STN_LOCAL(moved)(taps, g, y, at, g->sample.height, &factor);
}

// The same along both axes, from coordinates to positions in place; the factors stay as they are with zeros and constants.
STN_INLINE void STN_LOCAL(grid_positions)(int taps, const stn_grid_sample_arguments *g, const STN_LOCAL(geometry) *geometry,
                                          vec *x, vec *y, vec *x_factor, vec *y_factor) {
    STN_LOCAL(grid_place) column = STN_LOCAL(grid_place_of)(*x, &geometry->x);
    STN_LOCAL(grid_place) row = STN_LOCAL(grid_place_of)(*y, &geometry->y);
    // Rounding again is all that nearest does.
    if (taps > 1 || !STN_LOCAL(keeps_positions)(g)) {
        // Rare, or always, as in the identity: guessed well, and what follows need not wait for the rounding. One guess for
        // both axes: two take a fifteenth of the sampler's time more.
        if (vec_bits(vec_either(column.near, row.near))) {
            column.at = vec_select(column.near, column.center, column.at);
            row.at = vec_select(row.near, row.center, row.at);
        }
    }
    if (!STN_LOCAL(keeps_positions)(g)) {
        column.at = STN_LOCAL(moved)(taps, g, *x, column.at, g->sample.width, x_factor);
        row.at = STN_LOCAL(moved)(taps, g, *y, row.at, g->sample.height, y_factor);
    }
    *x = column.at;
    *y = row.at;
}

// Index of the first tap.
STN_INLINE vec STN_LOCAL(first_tap)(int taps, vec at) {
    return taps == 1 ? vec_round(at) : taps == 2 ? vec_floor(at) : vec_sub(vec_floor(at), vec_set1(1));
}

// Stores taps whose weights count outside too; see axis_taps_at.
STN_INLINE vec STN_LOCAL(folded_taps_at)(int taps, int constant, vec at, const STN_LOCAL(axis_geometry) *g,
                                         int lane, STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    if (constant) at = STN_LOCAL(within_reach)(at, g);
    vec zero = vec_zero(), size = vec_set1(g->extent), weight[4], slope[4], first = STN_LOCAL(first_tap)(taps, at);
    STN_LOCAL(tap_weights)(taps, vec_sub(at, taps == 1 ? first : vec_floor(at)), weight, slope);
    vec_store_integers(axis->first + lane, first);
    STN_UNROLL for (int tap = 0; tap < taps; tap++) {
        vec place = vec_add(first, vec_set1((float)tap));
        vec_mask inside = vec_both(vec_at_least(place, zero), vec_below(place, size));
        vec_mask counts = vec_both(inside, vec_differs(weight[tap], zero));
        *alive = tap == 0 ? inside : vec_either(*alive, inside);
        *whole = tap == 0 ? counts : vec_both(*whole, counts);
        vec_store(axis->weight[tap] + lane, weight[tap]);
        if (taps == 4) vec_store(axis->slope[tap] + lane, slope[tap]);
    }
    if (!constant) *alive = vec_differs(at, vec_set1(-8));
    return first;
}

// Stores the taps along one axis of one vector of positions, and returns the first.
STN_INLINE vec STN_LOCAL(grid_taps_at)(int taps, int slopes, const stn_grid_sample_arguments *g, vec at,
                                       const STN_LOCAL(axis_geometry) *geometry, int lane,
                                       STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    if (stn_grid_folds(g))
        return STN_LOCAL(folded_taps_at)(taps, g->padding == STN_CONSTANT, at, geometry, lane, axis, alive, whole);
    return STN_LOCAL(axis_taps_at)(taps, slopes, at, geometry, lane, axis, alive, whole);
}

STN_INLINE void STN_LOCAL(load_pairs)(const float *from, vec *x, vec *y) {
    vec_deinterleave(vec_load(from), vec_load(from + STN_LANES), x, y);
}

STN_INLINE void STN_LOCAL(store_pairs)(float *to, vec x, vec y) {
    vec first, second;
    vec_interleave(x, y, &first, &second);
    vec_store(to, first);
    vec_store(to + STN_LANES, second);
}

// `count` pairs, filled up with zeros to a whole block.
STN_INLINE const float *STN_LOCAL(grid_pairs)(const float *pairs, int count, float *copy) {
    if (count == STN_COLUMNS) return pairs;
    memset(copy, 0, 2 * STN_COLUMNS * sizeof(float));
    memcpy(copy, pairs, (size_t)count * 2 * sizeof(float));
    return copy;
}

// The taps at `count` positions from `pairs` on, and the `factors` of their gradients, by x and y; NULL where positions keep
// their place. `home` and `n` are not used; `band` may be NULL. As in sampling_block_at, only with `slopes` does a tap of
// weight zero count.
STN_INLINE void STN_LOCAL(grid_block_at)(int taps, int slopes, const stn_grid_sample_arguments *g,
                                         const STN_LOCAL(geometry) *geometry, const float *pairs, int count,
                                         const STN_LOCAL(rows) *band, STN_LOCAL(sampling_block) *block,
                                         float *factors) {
    float copy[2 * STN_COLUMNS];
    pairs = STN_LOCAL(grid_pairs)(pairs, count, copy);
    uint32_t alive = 0, whole = 0, bits[2] = {0, 0};
    for (int lane = 0; lane < count; lane += STN_LANES) {
        vec x, y, x_factor = vec_zero(), y_factor = vec_zero();
        vec_mask x_alive, y_alive, x_whole, y_whole;
        STN_LOCAL(load_pairs)(pairs + 2 * lane, &x, &y);
        STN_LOCAL(grid_positions)(taps, g, geometry, &x, &y, &x_factor, &y_factor);
        vec left = STN_LOCAL(grid_taps_at)(taps, slopes, g, x, &geometry->x, lane, &block->x, &x_alive, &x_whole);
        vec top = STN_LOCAL(grid_taps_at)(taps, slopes, g, y, &geometry->y, lane, &block->y, &y_alive, &y_whole);
        if (factors) STN_LOCAL(store_pairs)(factors + 2 * lane, x_factor, y_factor);
        if (geometry->exact) STN_LOCAL(store_exact_places)(geometry, band != 0, top, left, lane, block);
        if (band) STN_LOCAL(add_column_bits)(taps, left, lane, bits);
        alive |= vec_bits(vec_both(x_alive, y_alive)) << lane;
        whole |= vec_bits(vec_both(x_whole, y_whole)) << lane;
    }
    uint32_t asked = ~0u >> (STN_COLUMNS - count);
    block->count = count;
    block->alive = alive & asked;
    block->whole = whole & asked & alive;
    block->column_bits[0] = bits[0];
    block->column_bits[1] = bits[1];
    if (!geometry->exact) STN_LOCAL(store_large_places)(&g->sample, band, block);
}

// The same as one function for all kinds of part: it is long, and called once for a block.
static __attribute__((noinline)) void STN_LOCAL(grid_block)(int taps, int slopes, const stn_grid_sample_arguments *g,
                                                            const STN_LOCAL(geometry) *geometry, const float *pairs,
                                                            int count, const STN_LOCAL(rows) *band,
                                                            STN_LOCAL(sampling_block) *block,
                                                            float *factors) {
    if (taps == 1)
        STN_LOCAL(grid_block_at)(1, slopes, g, geometry, pairs, count, band, block, factors);
    else if (taps == 2)
        STN_LOCAL(grid_block_at)(2, slopes, g, geometry, pairs, count, band, block, factors);
    else
        STN_LOCAL(grid_block_at)(4, slopes, g, geometry, pairs, count, band, block, factors);
}

// Gradient × derivative of a block's pixels, in pixels of the image: by x and by y, two parts each that are still to be added.
typedef struct {
    float parts[4 * STN_COLUMNS];
} STN_LOCAL(grid_derivatives);

STN_INLINE void STN_LOCAL(set_derivative)(STN_LOCAL(grid_derivatives) *d, int k, float x, float y) {
    quad_store(d->parts + 4 * k, (quad){x, 0, y, 0});
}

// The gradient of the grid at one block's positions, from the derivatives of its pixels. `factors` is NULL where positions keep
// their place.
STN_INLINE void STN_LOCAL(store_grid_gradient)(const STN_LOCAL(geometry) *geometry, int count, const float *factors,
                                               const STN_LOCAL(grid_derivatives) *d, float *d_grid) {
    float copy[2 * STN_COLUMNS], *pairs = count == STN_COLUMNS ? d_grid : copy, halves[STN_LANES + 1];
    for (int lane = 0; lane <= STN_LANES; lane++) halves[lane] = lane % 2 ? geometry->y.half : geometry->x.half;
    for (int at = 0; at < 2 * count; at += STN_LANES) {
        vec first, second;
        vec_deinterleave(vec_load(d->parts + 2 * at), vec_load(d->parts + 2 * at + STN_LANES), &first, &second);
        vec sum = vec_add(first, second);
        if (factors) sum = vec_mul(sum, vec_load(factors + at));
        vec_store(pairs + at, vec_mul(sum, vec_load(halves + at % 2)));
    }
    if (pairs == copy) memcpy(d_grid, copy, (size_t)count * 2 * sizeof(float));
}

// The first and last input row that taps of `count` positions can be in; the last before the first if there is none. Where
// positions are outside it may be wider than it must.
STN_INLINE void STN_LOCAL(grid_rows_at)(int taps, const stn_grid_sample_arguments *g, const float *pairs, int count,
                                        int64_t *low, int64_t *high) {
    int64_t height = g->sample.height;
    STN_LOCAL(axis_geometry) axis = STN_LOCAL(axis_geometry_of)(taps, height, g->sample.align_corners);
    float copy[2 * STN_COLUMNS], lows[STN_LANES], highs[STN_LANES], firsts[STN_LANES];
    vec bottom = vec_set1((float)(height - 1)), zero = vec_zero(), least = vec_set1((float)height);
    vec most = vec_set1(-1);
    *low = height;
    *high = -1;
    pairs = STN_LOCAL(grid_pairs)(pairs, count, copy);
    for (int lane = 0; lane < count; lane += STN_LANES) {
        vec x, y;
        STN_LOCAL(load_pairs)(pairs + 2 * lane, &x, &y);
        vec at = STN_LOCAL(grid_row_position)(taps, g, y, &axis);
        if (STN_LOCAL(keeps_positions)(g)) at = STN_LOCAL(within_reach)(at, &axis);
        vec first = STN_LOCAL(first_tap)(taps, at), last = vec_add(first, vec_set1((float)(taps - 1)));
        vec_mask reads = vec_differs(at, vec_set1(-8));
        vec_mask inside = vec_both(reads, vec_both(vec_at_least(first, zero), vec_at_least(bottom, last)));
        uint32_t outside = vec_bits(reads) & ~vec_bits(inside);
        if (outside && stn_grid_folds(g)) {
            vec_store(firsts, first);
            for (; outside; outside &= outside - 1) {
                for (int i = 0; i < taps; i++) {
                    int64_t row = stn_grid_fold(g, (int64_t)firsts[__builtin_ctz(outside)] + i, height);
                    if (row < 0) continue;
                    *low = stn_min(*low, row);
                    *high = stn_max(*high, row);
                }
            }
            reads = inside;
        }
        first = vec_select(vec_both(reads, vec_below(first, least)), first, least);
        least = vec_select(vec_below(first, zero), zero, first);
        last = vec_select(vec_both(reads, vec_below(most, last)), last, most);
        most = vec_select(vec_below(last, bottom), last, bottom);
    }
    vec_store(lows, least);
    vec_store(highs, most);
    STN_UNROLL for (int i = 0; i < STN_LANES; i++) {
        *low = stn_min(*low, (int64_t)lows[i]);
        *high = stn_max(*high, (int64_t)highs[i]);
    }
}
