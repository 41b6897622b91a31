// Grids that depend on θ linearly: positions + basis · θ, and dθ = basisᵀ · dGrid.
//
// Layout     the basis is [height, functions, width], so that vectors go along the columns of one row. The innermost tasks are
//            some images, which find a row (for the gradient: all images, a band) of the basis in the cache; but not all
//            images, so that a thread makes the grids of the images that it goes on with. Splines have spline_grid.h.
// Order      functions are added one after the other, the position last: θ = 0 gives the positions bit for bit.
// Bound by   FMAs: two for each vector of the basis that is loaded.

// Functions whose gradients are summed in registers at once, x and y.
#if STN_ACCUMULATORS >= 20
#define STN_BASIS_BLOCK 8
#else
#define STN_BASIS_BLOCK 4
#endif

// Images that go through the rows together.
#define STN_BASIS_IMAGES 8

// The positions of `vectors` vectors of columns of a row, from `column` on, for `images` images; the last vector has `n`
// columns, all others are full. Two images make as many sums as hide an FMA's latency, and halve the loads of the basis.
STN_INLINE void STN_LOCAL(basis_columns)(int images, int vectors, int n, const stn_basis_grid_arguments *a, int64_t image,
                                         int64_t row, int64_t column) {
    const stn_grid_frame *frame = &a->frame;
    const float *basis = a->basis + row * a->functions * frame->width + column, *columns = frame->x + column;
    const float *theta = a->theta + image * a->functions * 2;
    vec dx[4], dy[4], y = vec_set1(frame->y[row]);
    STN_UNROLL for (int i = 0; i < images * vectors; i++) dx[i] = dy[i] = vec_zero();
    for (int64_t f = 0; f < a->functions; f++, basis += frame->width, theta += 2) {
        vec value[2];
        STN_UNROLL for (int v = 0; v < vectors; v++)
            value[v] = v < vectors - 1 ? vec_load(basis + v * STN_LANES) : STN_LOAD(basis + v * STN_LANES);
        STN_UNROLL for (int i = 0; i < images; i++) {
            const float *by = theta + i * a->functions * 2;
            STN_UNROLL for (int v = 0; v < vectors; v++) {
                dx[i * vectors + v] = vec_fma(value[v], vec_set1(by[0]), dx[i * vectors + v]);
                dy[i * vectors + v] = vec_fma(value[v], vec_set1(by[1]), dy[i * vectors + v]);
            }
        }
    }
    STN_UNROLL for (int i = 0; i < images; i++) {
        float *grid = a->grid + (((image + i) * frame->height + row) * frame->width + column) * 2;
        STN_UNROLL for (int v = 0; v < vectors; v++) {
            int64_t at = v * STN_LANES;
            vec x = v < vectors - 1 ? vec_load(columns + at) : STN_LOAD(columns + at);
            STN_LOCAL(store_pairs_first)(grid + 2 * at, vec_add(x, dx[i * vectors + v]), vec_add(y, dy[i * vectors + v]),
                                         v < vectors - 1 ? STN_LANES : n);
        }
    }
}

// One row of `images` images.
STN_INLINE void STN_LOCAL(basis_row)(int images, const stn_basis_grid_arguments *a, int64_t image, int64_t row) {
    int64_t column = 0, width = a->frame.width;
    for (; column + 2 * STN_LANES <= width; column += 2 * STN_LANES)
        STN_LOCAL(basis_columns)(images, 2, STN_LANES, a, image, row, column);
    for (; column < width; column += STN_LANES)
        STN_LOCAL(basis_columns)(images, 1, (int)stn_min(STN_LANES, width - column), a, image, row, column);
}

static void STN_KERNEL_NAME(basis_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_basis_grid_arguments *a = arguments;
    int64_t height = a->frame.height;
    for (int64_t task = first; task < last; task++) {
        int64_t front = task / (STN_BASIS_IMAGES * height) * STN_BASIS_IMAGES;
        int64_t images = stn_min(STN_BASIS_IMAGES, a->frame.images - front), rest = task - front * height;
        int64_t row = rest / images, image = rest % images;
        if (image + 1 < images && task + 1 < last) {
            STN_LOCAL(basis_row)(2, a, front + image, row);
            task++;
        } else {
            STN_LOCAL(basis_row)(1, a, front + image, row);
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
