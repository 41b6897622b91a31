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
    float slope[4][STN_COLUMNS];  // derivatives of the weights by position; only for bicubic gradients
    uint32_t counts[4];           // bit k: column k reads the tap
} STN_LOCAL(axis_taps);

typedef struct {
    STN_LOCAL(axis_taps) x, y;
    int64_t offset[STN_COLUMNS];  // of the first tap in the image
    int64_t place[STN_COLUMNS];   // of the first tap in the sums of a band; only for gradients
    float n[STN_COLUMNS];
    int count;       // columns asked for; what the arrays hold behind them means nothing
    uint32_t alive;  // bit k: column k has a tap that counts
    uint32_t whole;  // bit k: all taps are read
    uint32_t home;   // bit k: the uppermost row inside is the band's; only for gradients
    uint32_t column_bits[2];  // bit k: the two lowest bits of the first tap's column; only for gradients
} STN_LOCAL(sampling_block);

// What positions along one axis are held against and, for stored grids, come from, as floats.
typedef struct {
    float extent;        // a tap from 0 to below it is inside
    float amid;          // and so are all taps of a position below it that is not too low
    float beyond;        // a position from here on has none inside
    float half, middle;  // pixels = coordinate · half + middle
    float near;          // the square of how far from a pixel's centre is still that centre
} STN_LOCAL(axis_geometry);

STN_INLINE STN_LOCAL(axis_geometry) STN_LOCAL(axis_geometry_of)(int taps, int64_t extent, int64_t align_corners) {
    STN_LOCAL(axis_geometry) g;
    g.extent = (float)extent;
    g.amid = (float)(extent - (taps == 4 ? 2 : 1));
    g.beyond = (float)(extent + 1);
    g.half = (float)(extent - (align_corners ? 1 : 0)) / 2;
    g.middle = (float)(extent - 1) / 2;
    float tolerance = (float)(2 * extent) * 0x1p-23f;
    g.near = tolerance * tolerance;
    return g;
}

// The rows of dInput that one task of the gradient owns, its band, and how their sums lie, [rows + 2 margins, width + 2 margins,
// stride]: the margins take what falls outside the image or to other bands, so that no tap needs a test.
typedef struct {
    int64_t low, high;
    int64_t margin, stride, row_stride;
} STN_LOCAL(rows);

// Both axes, and what rows and columns are multiplied by to give offsets in the image and places in the sums of a band. Made once
// a task: conversions and products cost as much as the positions of a vector.
typedef struct {
    STN_LOCAL(axis_geometry) x, y;
    int exact;  // whether floats hold exactly all offsets and places that are used
    float pixel, row, sum, sum_row, sum_origin;
} STN_LOCAL(geometry);

// Offsets and places that are used are those of taps less than 20 rows outside, all but a reflection's; others need only
// convert to integers. `band` is NULL where there is none.
STN_INLINE STN_LOCAL(geometry) STN_LOCAL(geometry_of)(int taps, const stn_affine_sample_arguments *a,
                                                      const STN_LOCAL(rows) *band) {
    STN_LOCAL(geometry) g;
    g.x = STN_LOCAL(axis_geometry_of)(taps, a->width, a->align_corners);
    g.y = STN_LOCAL(axis_geometry_of)(taps, a->height, a->align_corners);
    g.exact = (a->height + 20) * stn_max(a->width * a->channels, band ? band->row_stride : 0) < 1 << 24;
    g.pixel = (float)a->channels;
    g.row = (float)(a->width * a->channels);
    g.sum = g.sum_row = g.sum_origin = 0;
    if (!band) return g;
    g.sum = (float)band->stride;
    g.sum_row = (float)band->row_stride;
    g.sum_origin = (float)((band->margin - band->low) * band->row_stride + band->margin * band->stride);
    return g;
}

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
// With `amid` all taps are known to be inside, and the mask says so of every lane. Only with `slopes` is a tap of weight zero
// read.
STN_INLINE vec STN_LOCAL(store_taps)(int taps, int slopes, int amid, vec_mask every, vec at, float extent, int lane,
                                     STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    vec zero = vec_zero(), size = vec_set1(extent), weight[4], slope[4];
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
        // The left of two weights is never zero amid the image.
        vec_mask counts = slopes || (amid && taps == 2 && tap == 0) ? inside : vec_differs(weight[tap], zero);
        axis->counts[tap] = (lane == 0 ? 0 : axis->counts[tap]) | vec_bits(counts) << lane;
        *alive = tap == 0 ? counts : vec_either(*alive, counts);
        *whole = tap == 0 ? counts : vec_both(*whole, counts);
        vec_store(axis->weight[tap] + lane, weight[tap]);
        if (slopes && taps == 4) vec_store(axis->slope[tap] + lane, slope[tap]);
    }
    return base;
}

// The same position, or −8 where no tap can be inside: also for NaN. What it returns converts to integers safely.
STN_INLINE vec STN_LOCAL(within_reach)(vec at, const STN_LOCAL(axis_geometry) *g) {
    vec_mask near = vec_both(vec_at_least(at, vec_set1(-2)), vec_below(at, vec_set1(g->beyond)));
    return vec_select(near, at, vec_set1(-8));
}

// The taps of any positions. Most vectors lie in the middle of the image and are spared the tests at its edges.
STN_INLINE vec STN_LOCAL(axis_taps_at)(int taps, int slopes, vec at, const STN_LOCAL(axis_geometry) *g, int lane,
                                        STN_LOCAL(axis_taps) *axis, vec_mask *alive, vec_mask *whole) {
    vec_mask every = vec_both(vec_at_least(at, vec_set1(taps == 4 ? 1 : 0)), vec_below(at, vec_set1(g->amid)));
    if (vec_bits(every) == STN_ALL_LANES)
        return STN_LOCAL(store_taps)(taps, slopes, 1, every, at, g->extent, lane, axis, alive, whole);
    at = STN_LOCAL(within_reach)(at, g);
    return STN_LOCAL(store_taps)(taps, slopes, 0, every, at, g->extent, lane, axis, alive, whole);
}

// Offsets of the first taps at row `top` and column `left` and, with `placed`, their places in the sums of a band.
STN_INLINE void STN_LOCAL(store_exact_places)(const STN_LOCAL(geometry) *g, int placed, vec top, vec left, int lane,
                                              STN_LOCAL(sampling_block) *block) {
    vec offset = vec_fma(top, vec_set1(g->row), vec_mul(left, vec_set1(g->pixel)));
    vec_store_places(block->offset + lane, offset);
    if (!placed) return;
    vec place = vec_fma(left, vec_set1(g->sum), vec_set1(g->sum_origin));
    vec_store_places(block->place + lane, vec_fma(top, vec_set1(g->sum_row), place));
}

// The same of larger images, for a whole block.
STN_INLINE void STN_LOCAL(store_large_places)(const stn_affine_sample_arguments *a, const STN_LOCAL(rows) *band,
                                              STN_LOCAL(sampling_block) *block) {
    for (int k = 0; k < block->count; k++) {
        int64_t top = block->y.first[k], left = block->x.first[k];
        block->offset[k] = (top * a->width + left) * a->channels;
        if (band)
            block->place[k] = (top - band->low + band->margin) * band->row_stride + (left + band->margin) * band->stride;
    }
}

// Adds the lowest bits of the columns where the first taps are, as many as the turns of their pixels need.
STN_INLINE void STN_LOCAL(add_column_bits)(int taps, vec left, int lane, uint32_t bits[2]) {
    for (int i = 0; i < taps / 2; i++) {
        vec half = vec_mul(left, vec_set1(0.5f));
        left = vec_floor(half);
        bits[i] |= vec_bits(vec_differs(left, half)) << lane;
    }
}

// The taps of `count` columns from `column` on; `x_row` and `y_row` are what the row adds. Only with `slopes` is a column
// alive that merely touches a tap of weight zero: its derivatives need not vanish. Given a band, alive means: a tap there.
STN_INLINE void STN_LOCAL(sampling_block_at)(int taps, int slopes, const stn_affine_sample_arguments *a,
                                             const STN_LOCAL(geometry) *g, const STN_LOCAL(sampling_map) *map,
                                             float x_row, float y_row,
                                             int64_t column, int count, const STN_LOCAL(rows) *band,
                                             STN_LOCAL(sampling_block) *block) {
    // As many as the widest vector has lanes.
    static const float twice[16] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
    int parted = band && (band->low > 0 || band->high < a->height);
    vec low = vec_zero(), high = vec_zero(), home = vec_zero();
    if (parted) {
        low = vec_set1((float)(band->low - taps + 1));
        high = vec_set1((float)band->high);
        // What begins above the image belongs to the first band.
        home = band->low == 0 ? low : vec_set1((float)band->low);
    }
    // Of the block's own the compiler would make one vector in memory, and wait for it.
    uint32_t alive = 0, whole = 0, at_home = parted ? 0 : ~0u, bits[2] = {0, 0};
    for (int lane = 0; lane < count; lane += STN_LANES) {
        vec n = vec_add(vec_set1(STN_LOCAL(from_middle)(column + lane, a->output_width)), vec_load(twice));
        vec_mask x_alive, y_alive, x_whole, y_whole;
        vec x = vec_fma(vec_set1(map->x_n), n, vec_set1(x_row)), y = vec_fma(vec_set1(map->y_n), n, vec_set1(y_row));
        vec left = STN_LOCAL(axis_taps_at)(taps, slopes, x, &g->x, lane, &block->x, &x_alive, &x_whole);
        vec top = STN_LOCAL(axis_taps_at)(taps, slopes, y, &g->y, lane, &block->y, &y_alive, &y_whole);
        if (g->exact) STN_LOCAL(store_exact_places)(g, band != 0, top, left, lane, block);
        if (band) STN_LOCAL(add_column_bits)(taps, left, lane, bits);
        if (parted) {
            vec_mask above = vec_below(top, high);
            y_alive = vec_both(y_alive, vec_both(above, vec_at_least(top, low)));
            at_home |= vec_bits(vec_both(above, vec_at_least(top, home))) << lane;
        }
        if (slopes) vec_store(block->n + lane, n);
        alive |= vec_bits(vec_both(x_alive, y_alive)) << lane;
        whole |= vec_bits(vec_both(x_whole, y_whole)) << lane;
    }
    uint32_t asked = ~0u >> (STN_COLUMNS - count);
    block->count = count;
    block->alive = alive & asked;
    block->whole = whole & asked;
    block->home = at_home & alive & asked;
    block->column_bits[0] = bits[0];
    block->column_bits[1] = bits[1];
    if (!g->exact) STN_LOCAL(store_large_places)(a, band, block);
}

// Pixels in the order in which they are summed, as bits. Quads of several taps are added two columns at a time or more, and
// what one pixel loads must be what another stored or apart from it: a load across parts of two stores waits for both. So
// pixels of two taps begin in even columns and then in odd ones, those of four in every fourth column. Two turns are one number.
typedef struct {
    uint64_t now, later;
} STN_LOCAL(turns);

STN_INLINE STN_LOCAL(turns) STN_LOCAL(turns_of)(int taps, const STN_LOCAL(sampling_block) *b, uint32_t pixels) {
    if (taps == 1) return (STN_LOCAL(turns)){pixels, 0};
    uint64_t odd = (uint64_t)b->column_bits[0] << STN_COLUMNS | (uint32_t)~b->column_bits[0];
    uint64_t second = taps == 4 ? (uint64_t)b->column_bits[1] << STN_COLUMNS | b->column_bits[1] : 0;
    odd &= (uint64_t)pixels << STN_COLUMNS | pixels;
    return (STN_LOCAL(turns)){odd & ~second, odd & second};
}

STN_INLINE int STN_LOCAL(has_next)(STN_LOCAL(turns) *turns) {
    if (turns->now) return 1;
    turns->now = turns->later;
    turns->later = 0;
    return turns->now != 0;
}

STN_INLINE int64_t STN_LOCAL(next)(STN_LOCAL(turns) *turns) {
    int64_t k = __builtin_ctzll(turns->now) % STN_COLUMNS;
    turns->now &= turns->now - 1;
    return k;
}
