// Grids of affine maps and homographies, and their gradients, from the positions' normalised coordinates.
//
// Positions  (x, y) reads at (h0·x + h1·y + h2, h3·x + h4·y + h5) / w, w = h6·x + h7·y + 1; an affine map has no w. All terms of
//            the identity are exact, so its grid is the positions bit for bit.
// Gradients  g/w · (x, y, 1), and −⟨g, read⟩/w · (x, y) for h6 and h7: within a row y is a constant, so a row sums g and g·x only.
// Bound by   the stores; a homography by its division, one a vector.

// The smallest w that is read: Projective.horizon in Warping.
#define STN_HORIZON 0x1p-10f

// Up to a vector of pairs (x, y), zeros behind the last.
STN_INLINE void STN_LOCAL(load_pairs_first)(const float *from, int count, vec *x, vec *y) {
    if (count == STN_LANES) {
        STN_LOCAL(load_pairs)(from, x, y);
        return;
    }
    float copy[2 * STN_LANES] = {0};
    memcpy(copy, from, (size_t)count * 2 * sizeof(float));
    STN_LOCAL(load_pairs)(copy, x, y);
}

STN_INLINE void STN_LOCAL(store_pairs_first)(float *to, vec x, vec y, int count) {
    if (count == STN_LANES) {
        STN_LOCAL(store_pairs)(to, x, y);
        return;
    }
    vec first, second;
    vec_interleave(x, y, &first, &second);
    vec_store_first(to, first, (int)stn_min(STN_LANES, 2 * count));
    if (2 * count > STN_LANES) vec_store_first(to + STN_LANES, second, 2 * count - STN_LANES);
}

// What one row's positions read, but for its columns.
typedef struct {
    vec x_x, x_0, y_x, y_0, w_x, w_0;
} STN_LOCAL(homography_row);

STN_INLINE STN_LOCAL(homography_row) STN_LOCAL(homography_row_at)(int projective, const float *h, float y) {
    STN_LOCAL(homography_row) row;
    row.x_x = vec_set1(h[0]);
    row.x_0 = vec_set1(h[1] * y + h[2]);
    row.y_x = vec_set1(h[3]);
    row.y_0 = vec_set1(h[4] * y + h[5]);
    row.w_x = vec_set1(projective ? h[6] : 0);
    row.w_0 = vec_set1(projective ? h[7] * y + 1 : 1);
    return row;
}

// Where the positions of columns `x` read, and for homographies 1 / w and which are on this side of the horizon.
typedef struct {
    vec x, y, scale;
    vec_mask visible;
} STN_LOCAL(homography_read);

STN_INLINE STN_LOCAL(homography_read) STN_LOCAL(homography_read_at)(int projective,
                                                                    const STN_LOCAL(homography_row) *row, vec x) {
    STN_LOCAL(homography_read) read;
    read.x = vec_fma(row->x_x, x, row->x_0);
    read.y = vec_fma(row->y_x, x, row->y_0);
    read.scale = vec_set1(1);
    read.visible = vec_equals(read.scale, read.scale);
    if (!projective) return read;
    vec w = vec_fma(row->w_x, x, row->w_0);
    // False for NaN too.
    read.visible = vec_at_least(w, vec_set1(STN_HORIZON));
    read.scale = vec_div(read.scale, w);
    read.x = vec_mul(read.x, read.scale);
    read.y = vec_mul(read.y, read.scale);
    return read;
}

STN_INLINE void STN_LOCAL(homography_rows)(int projective, const stn_homography_grid_arguments *a, int64_t first,
                                           int64_t last) {
    const stn_grid_frame *frame = &a->frame;
    vec past = vec_set1(INFINITY);
    for (int64_t task = first; task < last; task++) {
        const float *h = a->theta + task / frame->height * a->parameters;
        STN_LOCAL(homography_row) row = STN_LOCAL(homography_row_at)(projective, h, frame->y[task % frame->height]);
        float *grid = a->grid + task * frame->width * 2;
        for (int64_t column = 0; column < frame->width; column += STN_LANES) {
            int n = (int)stn_min(STN_LANES, frame->width - column);
            STN_LOCAL(homography_read) read =
                STN_LOCAL(homography_read_at)(projective, &row, STN_LOAD(frame->x + column));
            if (projective) {
                read.x = vec_select(read.visible, read.x, past);
                read.y = vec_select(read.visible, read.y, past);
            }
            STN_LOCAL(store_pairs_first)(grid + 2 * column, read.x, read.y, n);
        }
    }
}

static void STN_KERNEL_NAME(homography_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_homography_grid_arguments *a = arguments;
    if (a->parameters == 8)
        STN_LOCAL(homography_rows)(1, a, first, last);
    else
        STN_LOCAL(homography_rows)(0, a, first, last);
}

// Sums of one component's gradient, alone, times x and times y.
typedef struct {
    vec sum, by_x, by_y;
} STN_LOCAL(grid_moments);

STN_INLINE void STN_LOCAL(add_moments)(STN_LOCAL(grid_moments) *moments, vec gradient, vec x) {
    moments->sum = vec_add(moments->sum, gradient);
    moments->by_x = vec_fma(gradient, x, moments->by_x);
}

STN_INLINE void STN_LOCAL(add_moments_of_row)(STN_LOCAL(grid_moments) *moments, const STN_LOCAL(grid_moments) *row,
                                              vec y) {
    moments->sum = vec_add(moments->sum, row->sum);
    moments->by_x = vec_add(moments->by_x, row->by_x);
    moments->by_y = vec_fma(row->sum, y, moments->by_y);
}

// The moments of one row's gradients of x, y and w.
STN_INLINE void STN_LOCAL(homography_row_moments)(int projective, const stn_grid_frame *frame,
                                                  const STN_LOCAL(homography_row) *row, const float *d_grid,
                                                  STN_LOCAL(grid_moments) moments[3]) {
    vec zero = vec_zero();
    memset(moments, 0, 3 * sizeof *moments);
    for (int64_t column = 0; column < frame->width; column += STN_LANES) {
        int n = (int)stn_min(STN_LANES, frame->width - column);
        vec x = STN_LOAD(frame->x + column), dx, dy;
        STN_LOCAL(load_pairs_first)(d_grid + 2 * column, n, &dx, &dy);
        if (projective) {
            STN_LOCAL(homography_read) read = STN_LOCAL(homography_read_at)(projective, row, x);
            // Whatever the gradient says there: it may be anything.
            dx = vec_select(read.visible, vec_mul(dx, read.scale), zero);
            dy = vec_select(read.visible, vec_mul(dy, read.scale), zero);
            vec dw = vec_fma(dx, read.x, vec_mul(dy, read.y));
            dw = vec_select(read.visible, vec_sub(zero, dw), zero);
            STN_LOCAL(add_moments)(&moments[2], dw, x);
        }
        STN_LOCAL(add_moments)(&moments[0], dx, x);
        STN_LOCAL(add_moments)(&moments[1], dy, x);
    }
}

STN_INLINE void STN_LOCAL(homography_bands)(int projective, const stn_homography_grid_gradient_arguments *g,
                                            int64_t first, int64_t last) {
    const stn_homography_grid_arguments *a = &g->forward;
    const stn_grid_frame *frame = &a->frame;
    int64_t bands = stn_grid_bands(frame), rows = stn_grid_band_rows(frame);
    for (int64_t task = first; task < last; task++) {
        int64_t image = task / bands, start = task % bands * rows;
        STN_LOCAL(grid_moments) sums[3], moments[3];
        memset(sums, 0, sizeof sums);
        for (int64_t i = start; i < stn_min(frame->height, start + rows); i++) {
            STN_LOCAL(homography_row) row =
                STN_LOCAL(homography_row_at)(projective, a->theta + image * a->parameters, frame->y[i]);
            const float *d_grid = g->d_grid + (image * frame->height + i) * frame->width * 2;
            STN_LOCAL(homography_row_moments)(projective, frame, &row, d_grid, moments);
            STN_UNROLL for (int k = 0; k < (projective ? 3 : 2); k++)
                STN_LOCAL(add_moments_of_row)(&sums[k], &moments[k], vec_set1(frame->y[i]));
        }
        float *part = g->d_theta_parts + task * a->parameters;
        STN_UNROLL for (int k = 0; k < (projective ? 3 : 2); k++) {
            part[3 * k] = vec_sum(sums[k].by_x);
            part[3 * k + 1] = vec_sum(sums[k].by_y);
            if (k < 2) part[3 * k + 2] = vec_sum(sums[k].sum);
        }
    }
}

static void STN_KERNEL_NAME(homography_grid_gradient)(const void *arguments, int64_t first, int64_t last,
                                                      int64_t thread) {
    (void)thread;
    const stn_homography_grid_gradient_arguments *g = arguments;
    if (g->forward.parameters == 8)
        STN_LOCAL(homography_bands)(1, g, first, last);
    else
        STN_LOCAL(homography_bands)(0, g, first, last);
}
