// Grids of splines whose control points lie evenly, row by row: positions + basis · θ, and the gradient of θ. Upside down the
// points look the same, so the basis of a point in the mirrored row of the grid is that of the point's mirror image. A row and
// its mirrored one share their products: with k a point, m its mirror image, and the two of them a pair,
//
//   sum = Σ (b_k + b_m) / 2 · (θ_k + θ_m)      rest = Σ (b_k − b_m) / 2 · (θ_k − θ_m)
//   row = positions + (sum + rest)             mirrored row = positions + (sum − rest)
//
// half the products of the plain matrix, basis_grid.h. A point of a middle row is a pair of its own: (b_k, 0) and (θ_k, 0).
//
// Layout     the basis is [row pairs, pairs, 2, width], halves of sums before halves of differences. Images go in
//            twos, all rows of two before the next.
// Order      pairs are added one after the other, the position last: θ = 0 gives the positions bit for bit.
// Bound by   FMAs: four for each two vectors of the basis, which make two vectors of the grid.

// Pairs whose gradients are summed in registers at once, four sums each.
#if STN_ACCUMULATORS >= 20
#define STN_SPLINE_BLOCK 4
#else
#define STN_SPLINE_BLOCK 2
#endif

// Images whose rows are made before those of the next: as many as go through a row at once. With more, a short run of tasks would
// find the pairs of images that it does not make.
#define STN_SPLINE_IMAGES 2

// Pairs of the largest lattice.
#define STN_SPLINE_PAIRS (STN_SPLINE_LATTICE / 2 * STN_SPLINE_LATTICE)

// θ_k + θ_m and θ_k − θ_m of a pair.
typedef struct {
    float sum_x, sum_y, rest_x, rest_y;
} STN_LOCAL(spline_pair);

// Of the images that go through the rows together.
typedef struct {
    STN_LOCAL(spline_pair) of[STN_SPLINE_IMAGES][STN_SPLINE_PAIRS];
} STN_LOCAL(spline_pairs);

// Point m of the pair whose point k has the pair's number.
STN_INLINE int64_t STN_LOCAL(spline_mirror)(int64_t lattice, int64_t pair) {
    return (lattice - 1 - pair / lattice) * lattice + pair % lattice;
}

STN_INLINE void STN_LOCAL(find_spline_pairs)(const stn_spline_grid_arguments *a, int64_t image,
                                             STN_LOCAL(spline_pair) *pairs) {
    const float *theta = a->theta + image * a->lattice * a->lattice * 2;
    for (int64_t k = 0; k < stn_spline_pairs(a->lattice); k++) {
        int64_t m = STN_LOCAL(spline_mirror)(a->lattice, k);
        float x = theta[2 * k], y = theta[2 * k + 1], mirror_x = theta[2 * m], mirror_y = theta[2 * m + 1];
        STN_LOCAL(spline_pair) both = {x + mirror_x, y + mirror_y, x - mirror_x, y - mirror_y}, alone = {x, y, 0, 0};
        pairs[k] = k == m ? alone : both;
    }
}

// A vector of `n` columns of a row and of its mirrored one, for `images` images: two make as many sums as hide an FMA's latency,
// and halve the loads of the basis.
STN_INLINE void STN_LOCAL(spline_columns)(int images, int n, const stn_spline_grid_arguments *a, int64_t image, int64_t row,
                                          int64_t column, const STN_LOCAL(spline_pair) (*pairs)[STN_SPLINE_PAIRS]) {
    const stn_grid_frame *frame = &a->frame;
    int64_t width = frame->width, count = stn_spline_pairs(a->lattice), mirrored = frame->height - 1 - row;
    const float *basis = a->basis + row * count * 2 * width + column;
    vec sum_x[2], sum_y[2], rest_x[2], rest_y[2];
    STN_UNROLL for (int i = 0; i < images; i++) sum_x[i] = sum_y[i] = rest_x[i] = rest_y[i] = vec_zero();
    for (int64_t k = 0; k < count; k++, basis += 2 * width) {
        vec half_sum = STN_LOAD(basis), half_rest = STN_LOAD(basis + width);
        STN_UNROLL for (int i = 0; i < images; i++) {
            sum_x[i] = vec_fma(half_sum, vec_set1(pairs[i][k].sum_x), sum_x[i]);
            sum_y[i] = vec_fma(half_sum, vec_set1(pairs[i][k].sum_y), sum_y[i]);
            rest_x[i] = vec_fma(half_rest, vec_set1(pairs[i][k].rest_x), rest_x[i]);
            rest_y[i] = vec_fma(half_rest, vec_set1(pairs[i][k].rest_y), rest_y[i]);
        }
    }
    // Of a middle row, its own mirror image, the rest is nothing: it is stored twice, the same.
    vec x = STN_LOAD(frame->x + column), y = vec_set1(frame->y[row]), mirrored_y = vec_set1(frame->y[mirrored]);
    STN_UNROLL for (int i = 0; i < images; i++) {
        float *grid = a->grid + ((image + i) * frame->height * width + column) * 2;
        STN_LOCAL(store_pairs_first)(grid + row * width * 2, vec_add(x, vec_add(sum_x[i], rest_x[i])),
                                     vec_add(y, vec_add(sum_y[i], rest_y[i])), n);
        STN_LOCAL(store_pairs_first)(grid + mirrored * width * 2, vec_add(x, vec_sub(sum_x[i], rest_x[i])),
                                     vec_add(mirrored_y, vec_sub(sum_y[i], rest_y[i])), n);
    }
}

// A row and its mirrored one of `images` images.
STN_INLINE void STN_LOCAL(spline_row)(int images, const stn_spline_grid_arguments *a, int64_t image, int64_t row,
                                      const STN_LOCAL(spline_pair) (*pairs)[STN_SPLINE_PAIRS]) {
    int64_t column = 0, width = a->frame.width;
    for (; column + STN_LANES <= width; column += STN_LANES)
        STN_LOCAL(spline_columns)(images, STN_LANES, a, image, row, column, pairs);
    if (column < width) STN_LOCAL(spline_columns)(images, (int)(width - column), a, image, row, column, pairs);
}

static void STN_KERNEL_NAME(spline_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_spline_grid_arguments *a = arguments;
    int64_t rows = stn_row_pairs(&a->frame), front = -1;
    STN_LOCAL(spline_pairs) pairs;
    for (int64_t task = first; task < last; task++) {
        int64_t images = STN_SPLINE_IMAGES, begin = task / (images * rows) * images;
        images = stn_min(images, a->frame.images - begin);
        if (begin != front) {
            front = begin;
            for (int64_t i = 0; i < images; i++) STN_LOCAL(find_spline_pairs)(a, front + i, pairs.of[i]);
        }
        int64_t row = (task - front * rows) / images, image = (task - front * rows) % images;
        if (image + 1 < images && task + 1 < last) {
            STN_LOCAL(spline_row)(2, a, front + image, row, pairs.of + image);
            task++;
        } else {
            STN_LOCAL(spline_row)(1, a, front + image, row, pairs.of + image);
        }
    }
}

// The gradients of `count` pairs from `pair` on, over row pairs start ..< end of one image.
STN_INLINE void STN_LOCAL(spline_block)(const stn_spline_grid_gradient_arguments *g, int64_t pair, int count, int64_t start,
                                        int64_t end, const float *d_grid, float *d_theta) {
    const stn_spline_grid_arguments *a = &g->forward;
    int64_t width = a->frame.width, pairs = stn_spline_pairs(a->lattice);
    vec sums[STN_SPLINE_BLOCK][4];
    STN_UNROLL for (int k = 0; k < STN_SPLINE_BLOCK; k++) sums[k][0] = sums[k][1] = sums[k][2] = sums[k][3] = vec_zero();
    for (int64_t row = start; row < end; row++) {
        const float *basis = a->basis + (row * pairs + pair) * 2 * width;
        int64_t mirrored = a->frame.height - 1 - row;
        for (int64_t column = 0; column < width; column += STN_LANES) {
            int n = (int)stn_min(STN_LANES, width - column);
            vec x, y, mirrored_x = vec_zero(), mirrored_y = vec_zero();
            STN_LOCAL(load_pairs_first)(d_grid + (row * width + column) * 2, n, &x, &y);
            // A middle row is its own mirror image.
            if (mirrored != row)
                STN_LOCAL(load_pairs_first)(d_grid + (mirrored * width + column) * 2, n, &mirrored_x, &mirrored_y);
            vec sum_x = vec_add(x, mirrored_x), sum_y = vec_add(y, mirrored_y);
            vec rest_x = vec_sub(x, mirrored_x), rest_y = vec_sub(y, mirrored_y);
            STN_UNROLL for (int k = 0; k < STN_SPLINE_BLOCK; k++) {
                // What a block has too many reads its last pair again, for nothing.
                const float *halves = basis + stn_min(k, count - 1) * 2 * width + column;
                vec half_sum = STN_LOAD(halves), half_rest = STN_LOAD(halves + width);
                sums[k][0] = vec_fma(half_sum, sum_x, sums[k][0]);
                sums[k][1] = vec_fma(half_sum, sum_y, sums[k][1]);
                sums[k][2] = vec_fma(half_rest, rest_x, sums[k][2]);
                sums[k][3] = vec_fma(half_rest, rest_y, sums[k][3]);
            }
        }
    }
    float added[STN_SPLINE_BLOCK][4];
    STN_UNROLL for (int k = 0; k < STN_SPLINE_BLOCK; k++)
        STN_UNROLL for (int i = 0; i < 4; i++) added[k][i] = vec_sum(sums[k][i]);
    for (int k = 0; k < count; k++) {
        int64_t point = pair + k, mirror = STN_LOCAL(spline_mirror)(a->lattice, point);
        for (int axis = 0; axis < 2; axis++) {
            float sum = added[k][axis], rest = point == mirror ? 0 : added[k][2 + axis];
            d_theta[2 * mirror + axis] = sum - rest;
            d_theta[2 * point + axis] = sum + rest;
        }
    }
}

static void STN_KERNEL_NAME(spline_grid_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_spline_grid_gradient_arguments *g = arguments;
    const stn_spline_grid_arguments *a = &g->forward;
    const stn_grid_frame *frame = &a->frame;
    int64_t rows = stn_row_pairs(frame), bands = stn_grid_bands(frame), band_rows = stn_divide_up(rows, bands);
    int64_t points = a->lattice * a->lattice, pairs = stn_spline_pairs(a->lattice);
    for (int64_t task = first; task < last; task++) {
        int64_t band = task / frame->images, image = task % frame->images;
        int64_t start = stn_min(rows, band * band_rows), end = stn_min(rows, start + band_rows);
        const float *d_grid = g->d_grid + image * frame->height * frame->width * 2;
        float *part = g->d_theta_parts + (image * bands + band) * points * 2;
        for (int64_t k = 0; k < pairs; k += STN_SPLINE_BLOCK)
            STN_LOCAL(spline_block)(g, k, (int)stn_min(STN_SPLINE_BLOCK, pairs - k), start, end, d_grid, part);
    }
}
