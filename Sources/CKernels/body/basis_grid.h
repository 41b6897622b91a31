// Grids that depend on θ linearly: positions + basis · θ, and dθ = basisᵀ · dGrid.
//
// Layout     the basis is [height, functions, width], so that vectors go along the columns of one row. Images are the innermost
//            tasks: all of a batch find a row (for the gradient: a band) of the basis in the cache.
// Order      functions are added one after the other, the position last: θ = 0 gives the positions bit for bit.
// Bound by   FMAs: two for each vector of the basis that is loaded.

// Functions whose gradients are summed in registers at once, x and y.
#if STN_ACCUMULATORS >= 20
#define STN_BASIS_BLOCK 8
#else
#define STN_BASIS_BLOCK 4
#endif

// The positions of `vectors` vectors of columns of a row; the last has `n` columns, all others are full.
STN_INLINE void STN_LOCAL(basis_columns)(int vectors, int n, const stn_basis_grid_arguments *a, const float *basis,
                                         const float *theta, const float *columns, float y, float *grid) {
    vec dx[2], dy[2];
    STN_UNROLL for (int v = 0; v < vectors; v++) dx[v] = dy[v] = vec_zero();
    for (int64_t f = 0; f < a->functions; f++, basis += a->frame.width) {
        vec by_x = vec_set1(theta[2 * f]), by_y = vec_set1(theta[2 * f + 1]);
        STN_UNROLL for (int v = 0; v < vectors; v++) {
            vec value = v < vectors - 1 ? vec_load(basis + v * STN_LANES) : STN_LOAD(basis + v * STN_LANES);
            dx[v] = vec_fma(value, by_x, dx[v]);
            dy[v] = vec_fma(value, by_y, dy[v]);
        }
    }
    STN_UNROLL for (int v = 0; v < vectors; v++) {
        int64_t at = v * STN_LANES;
        vec x = v < vectors - 1 ? vec_load(columns + at) : STN_LOAD(columns + at);
        STN_LOCAL(store_pairs_first)(grid + 2 * at, vec_add(x, dx[v]), vec_add(vec_set1(y), dy[v]),
                                     v < vectors - 1 ? STN_LANES : n);
    }
}

static void STN_KERNEL_NAME(basis_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_basis_grid_arguments *a = arguments;
    const stn_grid_frame *frame = &a->frame;
    for (int64_t task = first; task < last; task++) {
        int64_t row = task / frame->images, image = task % frame->images, column = 0;
        const float *theta = a->theta + image * a->functions * 2, *basis = a->basis + row * a->functions * frame->width;
        float *grid = a->grid + (image * frame->height + row) * frame->width * 2, y = frame->y[row];
        // Two at a time, as θ is broadcast for each function.
        for (; column + 2 * STN_LANES <= frame->width; column += 2 * STN_LANES)
            STN_LOCAL(basis_columns)(2, STN_LANES, a, basis + column, theta, frame->x + column, y, grid + 2 * column);
        for (; column < frame->width; column += STN_LANES)
            STN_LOCAL(basis_columns)(1, (int)stn_min(STN_LANES, frame->width - column), a, basis + column, theta,
                                     frame->x + column, y, grid + 2 * column);
    }
}

// The gradients of `count` functions from `function` on, over rows start ..< end of one image.
STN_INLINE void STN_LOCAL(basis_block)(const stn_basis_grid_gradient_arguments *g, int64_t function, int count,
                                       int64_t start, int64_t end, const float *d_grid, float *d_theta) {
    const stn_basis_grid_arguments *a = &g->forward;
    int64_t width = a->frame.width;
    vec x[STN_BASIS_BLOCK], y[STN_BASIS_BLOCK];
    STN_UNROLL for (int k = 0; k < STN_BASIS_BLOCK; k++) x[k] = y[k] = vec_zero();
    for (int64_t row = start; row < end; row++) {
        const float *basis = a->basis + (row * a->functions + function) * width;
        for (int64_t column = 0; column < width; column += STN_LANES) {
            int n = (int)stn_min(STN_LANES, width - column);
            vec dx, dy;
            STN_LOCAL(load_pairs_first)(d_grid + (row * width + column) * 2, n, &dx, &dy);
            STN_UNROLL for (int k = 0; k < STN_BASIS_BLOCK; k++) {
                // What a block has too many reads its last function again, for nothing.
                vec value = STN_LOAD(basis + stn_min(k, count - 1) * width + column);
                x[k] = vec_fma(value, dx, x[k]);
                y[k] = vec_fma(value, dy, y[k]);
            }
        }
    }
    float sums[2 * STN_BASIS_BLOCK];
    STN_UNROLL for (int k = 0; k < STN_BASIS_BLOCK; k++) {
        sums[2 * k] = vec_sum(x[k]);
        sums[2 * k + 1] = vec_sum(y[k]);
    }
    memcpy(d_theta, sums, (size_t)count * 2 * sizeof(float));
}

static void STN_KERNEL_NAME(basis_grid_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_basis_grid_gradient_arguments *g = arguments;
    const stn_basis_grid_arguments *a = &g->forward;
    const stn_grid_frame *frame = &a->frame;
    int64_t bands = stn_grid_bands(frame), rows = stn_grid_band_rows(frame);
    for (int64_t task = first; task < last; task++) {
        int64_t band = task / frame->images, image = task % frame->images;
        int64_t start = band * rows, end = stn_min(frame->height, start + rows);
        const float *d_grid = g->d_grid + image * frame->height * frame->width * 2;
        float *part = g->d_theta_parts + (image * bands + band) * a->functions * 2;
        for (int64_t f = 0; f < a->functions; f += STN_BASIS_BLOCK)
            STN_LOCAL(basis_block)(g, f, (int)stn_min(STN_BASIS_BLOCK, a->functions - f), start, end, d_grid,
                                   part + 2 * f);
    }
}
