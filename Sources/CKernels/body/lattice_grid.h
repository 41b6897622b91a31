// Grids displaced by a lattice of displacements, blended bilinearly where it is coarser than the grid.
//
// Gradients  one task owns a row of the lattice and goes through the rows of the grid that have a share in it, in order.
// Bound by   memory with a displacement for each position, else by loads and stores of single pairs.

// Whether each position has a displacement of its own.
STN_INLINE int STN_LOCAL(lattice_is_grid)(const stn_lattice_grid_arguments *a) {
    return a->lattice_height == a->frame.height && a->lattice_width == a->frame.width;
}

// Adds share · from to both of `to`.
STN_INLINE void STN_LOCAL(add_pair)(float *to, float share, const float *from) {
    to[0] += share * from[0];
    to[1] += share * from[1];
}

static void STN_KERNEL_NAME(lattice_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_lattice_grid_arguments *a = arguments;
    const stn_grid_frame *frame = &a->frame;
    int64_t lattice = a->lattice_height * a->lattice_width * 2;
    for (int64_t task = first; task < last; task++) {
        int64_t row = task % frame->height;
        const float *theta = a->theta + task / frame->height * lattice;
        float *grid = a->grid + task * frame->width * 2;
        if (STN_LOCAL(lattice_is_grid)(a)) {
            for (int64_t column = 0; column < frame->width; column += STN_LANES) {
                int n = (int)stn_min(STN_LANES, frame->width - column);
                vec x, y;
                STN_LOCAL(load_pairs_first)(theta + (row * frame->width + column) * 2, n, &x, &y);
                STN_LOCAL(store_pairs_first)(grid + 2 * column, vec_add(STN_LOAD(frame->x + column), x),
                                             vec_add(vec_set1(frame->y[row]), y), n);
            }
            continue;
        }
        stn_lattice_place down = a->rows[row];
        const float *upper = theta + down.first * a->lattice_width * 2;
        for (int64_t column = 0; column < frame->width; column++) {
            stn_lattice_place across = a->columns[column];
            float pair[2] = {frame->x[column], frame->y[row]};
            // A successor without a share may not exist.
            for (int i = 0; i < (down.share > 0 ? 2 : 1); i++)
                for (int j = 0; j < (across.share > 0 ? 2 : 1); j++)
                    STN_LOCAL(add_pair)(pair, (i ? down.share : 1 - down.share) * (j ? across.share : 1 - across.share),
                                        upper + (i * a->lattice_width + across.first + j) * 2);
            memcpy(grid + 2 * column, pair, sizeof pair);
        }
    }
}

// What one row of the grid adds to a row of the lattice.
STN_INLINE void STN_LOCAL(lattice_row_gradient)(const stn_lattice_grid_arguments *a, float share, const float *d_grid,
                                                float *d_theta) {
    for (int64_t column = 0; column < a->frame.width; column++) {
        stn_lattice_place across = a->columns[column];
        float *to = d_theta + across.first * 2;
        STN_LOCAL(add_pair)(to, share * (1 - across.share), d_grid + 2 * column);
        if (across.share > 0) STN_LOCAL(add_pair)(to + 2, share * across.share, d_grid + 2 * column);
    }
}

static void STN_KERNEL_NAME(lattice_grid_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_lattice_grid_gradient_arguments *g = arguments;
    const stn_lattice_grid_arguments *a = &g->forward;
    const stn_grid_frame *frame = &a->frame;
    size_t bytes = (size_t)a->lattice_width * 2 * sizeof(float);
    for (int64_t task = first; task < last; task++) {
        float *d_theta = g->d_theta + task * a->lattice_width * 2;
        if (STN_LOCAL(lattice_is_grid)(a)) {
            memcpy(d_theta, g->d_grid + task * frame->width * 2, bytes);
            continue;
        }
        int64_t image = task / a->lattice_height, point = task % a->lattice_height;
        memset(d_theta, 0, bytes);
        for (int64_t row = 0; row < frame->height && a->rows[row].first <= point; row++) {
            stn_lattice_place down = a->rows[row];
            float share = down.first == point ? 1 - down.share : down.first == point - 1 ? down.share : 0;
            const float *d_grid = g->d_grid + (image * frame->height + row) * frame->width * 2;
            if (share > 0) STN_LOCAL(lattice_row_gradient)(a, share, d_grid, d_theta);
        }
    }
}
