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

static void STN_KERNEL_NAME(basis_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_basis_grid_arguments *a = arguments;
    const stn_grid_frame *frame = &a->frame;
    for (int64_t task = first; task < last; task++) {
        int64_t row = task / frame->images, image = task % frame->images;
        const float *theta = a->theta + image * a->functions * 2;
        float *grid = a->grid + (image * frame->height + row) * frame->width * 2;
        for (int64_t column = 0; column < frame->width; column += STN_LANES) {
            int n = (int)stn_min(STN_LANES, frame->width - column);
            const float *basis = a->basis + row * a->functions * frame->width + column;
            vec x = vec_zero(), y = vec_zero();
            for (int64_t f = 0; f < a->functions; f++) {
                vec value = STN_LOAD(basis + f * frame->width);
                x = vec_fma(value, vec_set1(theta[2 * f]), x);
                y = vec_fma(value, vec_set1(theta[2 * f + 1]), y);
            }
            STN_LOCAL(store_pairs_first)(grid + 2 * column, vec_add(STN_LOAD(frame->x + column), x),
                                         vec_add(vec_set1(frame->y[row]), y), n);
        }
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
