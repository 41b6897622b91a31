// Where an affine sampler reads: positions of STN_COLUMNS columns at once, their taps and weights, in small arrays that
// stay in the first-level cache. `taps` is the number along an axis, which is the mode: 1 nearest, 2 bilinear, 4 bicubic.
//
// Positions  with n = 2j + 1 − W_out and m = 2i + 1 − H_out (whole numbers, zero in the middle), in pixels of the input:
//              x = θ0 · h / S · n + θ1 · h / S' · m + θ2 · h + (W − 1) / 2,   h = W / 2, S = W_out, S' = H_out
//            (align_corners: one less in h, S and S'), y likewise. For the identity of one size the first factor is one half
//            and all terms are exact, so it copies the image bit for bit; PyTorch's order, normalised grid first, does
//            not.
// Weights    zero for taps outside; bicubic's are Keys' (1981) with A = −0.75, as PyTorch's. A position that is not finite,
//            or beyond the reach of every tap, has no taps.
// Bound by   about 60 vector operations for a vector of positions, forward; those of pixels dominate.

// The bits of a mask that is true in every lane.
#define STN_ALL_LANES ((uint32_t)((UINT64_C(1) << STN_LANES) - 1))

// x = x_n · n + x_m · m + x_0 in pixels, and for the gradient what θ's entries are multiplied by.
typedef struct {
    float x_n, x_m, x_0, y_n, y_m, y_0;
    float x_half, y_half, column_scale, row_scale;
} STN_LOCAL(sampling_map);

STN_INLINE STN_LOCAL(sampling_map) STN_LOCAL(sampling_map_of)(const stn_affine_sample_arguments *a, const float *theta) {
    int64_t trim = a->align_corners ? 1 : 0;
    STN_LOCAL(sampling_map) map;
    map.x_half = (float)(a->width - trim) / 2;
    map.y_half = (float)(a->height - trim) / 2;
    // A single output pixel sits in the middle, as in PyTorch: its n or m is zero, so any scale will do.
    float columns = (float)stn_max(1, a->output_width - trim), rows = (float)stn_max(1, a->output_height - trim);
    map.column_scale = 1 / columns;
    map.row_scale = 1 / rows;
    // Not by the reciprocals: half an extent divided by the same extent is one half exactly.
    map.x_n = theta[0] * (map.x_half / columns);
    map.x_m = theta[1] * (map.x_half / rows);
    map.x_0 = theta[2] * map.x_half + (float)(a->width - 1) / 2;
    map.y_n = theta[3] * (map.y_half / columns);
    map.y_m = theta[4] * (map.y_half / rows);
    map.y_0 = theta[5] * map.y_half + (float)(a->height - 1) / 2;
    return map;
}

// n of a column, m of a row.
STN_INLINE float STN_LOCAL(from_middle)(int64_t index, int64_t extent) { return (float)(2 * index + 1 - extent); }

// The taps along one axis.
typedef struct {
    int32_t first[STN_COLUMNS];  // index of the first tap, may be outside
    float weight[4][STN_COLUMNS];
    float slope[4][STN_COLUMNS];  // derivatives of the weights by position; only for gradients
    uint32_t counts[4];           // bit k: column k reads the tap
} STN_LOCAL(axis_taps);

typedef struct {
    STN_LOCAL(axis_taps) x, y;
    int64_t offset[STN_COLUMNS];  // of the first tap in the image
    float n[STN_COLUMNS];
    int count;       // columns asked for; what the arrays hold behind them means nothing
    uint32_t alive;  // bit k: column k has a tap that counts
    uint32_t whole;  // bit k: all taps are inside and none has weight zero
    uint32_t home;   // bit k: the uppermost row inside is the band's; only for gradients
} STN_LOCAL(sampling_block);

// Weights of the taps, and their derivatives, at `t` behind the tap that the position was rounded down to.
STN_INLINE void STN_LOCAL(tap_weights)(int taps, vec t, vec *weight, vec *slope) {
    vec one = vec_set1(1), rest = vec_sub(one, t);
    if (taps == 1) {
        weight[0] = one;
        slope[0] = vec_zero();
    } else if (taps == 2) {
        weight[0] = rest;
        weight[1] = t;
        slope[0] = vec_set1(-1);
        slope[1] = one;
    } else {
        STN_UNROLL for (int tap = 0; tap < 4; tap++) {
            vec u = tap == 0 ? vec_add(t, one) : tap == 1 ? t : tap == 2 ? rest : vec_add(rest, one);
            vec w, s;
            if (tap == 0 || tap == 3) {
                // ((A u − 5A) u + 8A) u − 4A and its derivative (3A u − 10A) u + 8A.
                w = vec_fma(vec_fma(vec_fma(vec_set1(-0.75f), u, vec_set1(3.75f)), u, vec_set1(-6)), u, vec_set1(3));
                s = vec_fma(vec_fma(vec_set1(-2.25f), u, vec_set1(7.5f)), u, vec_set1(-6));
            } else {
                // ((A + 2) u − (A + 3)) u² + 1 and its derivative (3 (A + 2) u − 2 (A + 3)) u.
                w = vec_fma(vec_mul(vec_fma(vec_set1(1.25f), u, vec_set1(-2.25f)), u), u, one);
                s = vec_mul(vec_fma(vec_set1(3.75f), u, vec_set1(-4.5f)), u);
            }
            weight[tap] = w;
            slope[tap] = tap < 2 ? s : vec_sub(vec_zero(), s);
        }
    }
}

// Stores the taps of one vector of positions and returns the first. `alive` and `whole` receive what the axis says of them.
// With `amid` all taps are known to be inside, and the mask says so of every lane.
STN_INLINE vec STN_LOCAL(store_taps)(int taps, int slopes, int amid, vec_mask every, vec at, int64_t extent, int lane,
                                     STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    vec zero = vec_zero(), size = vec_set1((float)extent), weight[4], slope[4];
    vec base = taps == 1 ? vec_round(at) : vec_floor(at);
    STN_LOCAL(tap_weights)(taps, vec_sub(at, base), weight, slope);
    if (taps == 4) base = vec_sub(base, vec_set1(1));
    vec_store_integers(axis->first + lane, base);
    STN_UNROLL for (int tap = 0; tap < taps; tap++) {
        vec_mask inside = every;
        if (!amid) {
            vec place = vec_add(base, vec_set1((float)tap));
            inside = vec_both(vec_at_least(place, zero), vec_below(place, size));
            weight[tap] = vec_select(inside, weight[tap], zero);
            slope[tap] = vec_select(inside, slope[tap], zero);
        }
        vec_mask counts = vec_differs(weight[tap], zero);
        vec_mask lives = slopes ? inside : counts;
        axis->counts[tap] = (lane == 0 ? 0 : axis->counts[tap]) | vec_bits(lives) << lane;
        *alive = tap == 0 ? lives : vec_either(*alive, lives);
        *whole = tap == 0 ? counts : vec_both(*whole, counts);
        vec_store(axis->weight[tap] + lane, weight[tap]);
        if (slopes) vec_store(axis->slope[tap] + lane, slope[tap]);
    }
    return base;
}

// The same for any positions. Most vectors lie in the middle of the image and are spared the tests at its edges.
STN_INLINE vec STN_LOCAL(axis_taps_at)(int taps, int slopes, vec at, int64_t extent, int lane,
                                        STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    vec_mask every = vec_both(vec_at_least(at, vec_set1(taps == 4 ? 1 : 0)),
                              vec_below(at, vec_set1((float)(extent - (taps == 4 ? 2 : 1)))));
    if (vec_bits(every) == STN_ALL_LANES)
        return STN_LOCAL(store_taps)(taps, slopes, 1, every, at, extent, lane, axis, alive, whole);
    // Also false for NaN. What is left converts to integers safely; −8 has no tap inside.
    vec_mask near = vec_both(vec_at_least(at, vec_set1(-2)), vec_below(at, vec_set1((float)(extent + 1))));
    at = vec_select(near, at, vec_set1(-8));
    return STN_LOCAL(store_taps)(taps, slopes, 0, every, at, extent, lane, axis, alive, whole);
}

// All at once: a multiplication for every pixel would cost as much as reading one.
STN_INLINE void STN_LOCAL(store_offsets)(const stn_affine_sample_arguments *a, STN_LOCAL(sampling_block) *block) {
    for (int k = 0; k < block->count; k++)
        block->offset[k] = ((int64_t)block->y.first[k] * a->width + block->x.first[k]) * a->channels;
}

// The rows of dInput that one task of the gradient owns: its band.
typedef struct {
    int64_t low, high;
} STN_LOCAL(rows);

// The taps of `count` columns from `column` on; `x_row` and `y_row` are what the row adds. Only with `slopes` is a column
// alive that merely touches a tap of weight zero: its derivatives need not vanish. Given a band, alive means: a tap there.
STN_INLINE void STN_LOCAL(sampling_block_at)(int taps, int slopes, const stn_affine_sample_arguments *a,
                                             const STN_LOCAL(sampling_map) *map, float x_row, float y_row,
                                             int64_t column, int count, const STN_LOCAL(rows) *band,
                                             STN_LOCAL(sampling_block) *block) {
    // As many as the widest vector has lanes.
    static const float twice[16] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
    vec low = vec_zero(), high = vec_zero(), home = vec_zero();
    if (band) {
        low = vec_set1((float)(band->low - taps + 1));
        high = vec_set1((float)band->high);
        // What begins above the image belongs to the first band.
        home = band->low == 0 ? low : vec_set1((float)band->low);
    }
    block->alive = block->whole = block->home = 0;
    for (int lane = 0; lane < count; lane += STN_LANES) {
        vec n = vec_add(vec_set1(STN_LOCAL(from_middle)(column + lane, a->output_width)), vec_load(twice));
        vec_mask x_alive, y_alive, x_whole, y_whole;
        STN_LOCAL(axis_taps_at)(taps, slopes, vec_fma(vec_set1(map->x_n), n, vec_set1(x_row)), a->width, lane, &block->x,
                                &x_alive, &x_whole);
        vec top = STN_LOCAL(axis_taps_at)(taps, slopes, vec_fma(vec_set1(map->y_n), n, vec_set1(y_row)), a->height, lane,
                                          &block->y, &y_alive, &y_whole);
        if (band) {
            vec_mask above = vec_below(top, high);
            y_alive = vec_both(y_alive, vec_both(above, vec_at_least(top, low)));
            block->home |= vec_bits(vec_both(above, vec_at_least(top, home))) << lane;
        }
        if (slopes) vec_store(block->n + lane, n);
        block->alive |= vec_bits(vec_both(x_alive, y_alive)) << lane;
        block->whole |= vec_bits(vec_both(x_whole, y_whole)) << lane;
    }
    block->count = count;
    STN_LOCAL(store_offsets)(a, block);
    uint32_t asked = ~0u >> (STN_COLUMNS - count);
    block->alive &= asked;
    block->whole &= asked;
    block->home &= block->alive;
}
