// Grids of positions that a continuous piecewise-affine velocity carries along for unit time, and their gradients.
//
// Blocking   a vector of positions goes through all steps at once. Most stages find every lane in the triangle of the stage
//            before, so a triangle's six numbers are gathered, and their gradients scattered, only when some lane enters another.
// Gradients  the way there is kept, stage by stage; the way back is the method's adjoint, as VelocityField's in Warping.
// Bound by   about 45 vector operations a stage, four stages a step.

// The affine velocity around each lane.
typedef struct {
    vec triangle;
    vec number[6];  // x and y by x, by y, and at 0
} STN_LOCAL(flow_piece);

// Within [−1, 1]; −1 if not a number.
STN_INLINE vec STN_LOCAL(flow_clamped)(vec a) {
    vec one = vec_set1(1), minus = vec_set1(-1);
    a = vec_select(vec_at_least(a, minus), a, minus);
    return vec_select(vec_below(one, a), one, a);
}

// Which of `cells` along an axis a coordinate within [−1, 1] lies in; `place` receives where in it, −½ … ½.
STN_INLINE vec STN_LOCAL(flow_cell)(vec coordinate, vec cells, vec *place) {
    vec half = vec_set1(0.5f), at = vec_mul(vec_mul(vec_add(coordinate, vec_set1(1)), half), cells);
    vec index = vec_floor(at), last = vec_sub(cells, vec_set1(1));
    index = vec_select(vec_below(last, index), last, index);
    *place = vec_sub(vec_sub(at, index), half);
    return index;
}

// The triangles of points within [−1, 1]², as whole numbers.
STN_INLINE vec STN_LOCAL(flow_triangle)(int64_t cells, vec x, vec y) {
    vec across = vec_set1((float)cells), zero = vec_zero(), a, b;
    vec column = STN_LOCAL(flow_cell)(x, across, &a), row = STN_LOCAL(flow_cell)(y, across, &b);
    vec_mask sideways = vec_below(STN_LOCAL(magnitude)(b), STN_LOCAL(magnitude)(a));
    vec_mask ahead = vec_below(zero, vec_select(sideways, a, b));
    vec side = vec_add(vec_select(sideways, zero, vec_set1(2)), vec_select(ahead, zero, vec_set1(1)));
    return vec_fma(vec_fma(row, across, column), vec_set1(4), side);
}

STN_INLINE void STN_LOCAL(flow_gather)(const float *pieces, vec triangle, STN_LOCAL(flow_piece) *piece) {
    vec place = vec_mul(triangle, vec_set1(6));
    piece->triangle = triangle;
    STN_UNROLL for (int k = 0; k < 6; k++) piece->number[k] = vec_gather(pieces + k, place);
}

STN_INLINE void STN_LOCAL(flow_velocity)(const stn_flow_grid_arguments *a, const float *pieces, vec x, vec y,
                                         STN_LOCAL(flow_piece) *piece, vec *vx, vec *vy) {
    x = STN_LOCAL(flow_clamped)(x);
    y = STN_LOCAL(flow_clamped)(y);
    vec triangle = STN_LOCAL(flow_triangle)(a->cells, x, y);
    if (vec_bits(vec_differs(triangle, piece->triangle))) STN_LOCAL(flow_gather)(pieces, triangle, piece);
    *vx = vec_fma(piece->number[0], x, vec_fma(piece->number[2], y, piece->number[4]));
    *vy = vec_fma(piece->number[1], x, vec_fma(piece->number[3], y, piece->number[5]));
}

// Carries a vector of positions along; `path`, unless NULL, receives x and y of all stages.
STN_INLINE void STN_LOCAL(flow)(const stn_flow_grid_arguments *a, const float *pieces, vec *x, vec *y, float *path) {
    // How far along the last stage's velocity a stage lies, and what a stage counts.
    const float reach[4] = {0, 0.5f, 0.5f, 1}, share[4] = {1.0f / 6, 1.0f / 3, 1.0f / 3, 1.0f / 6};
    float h = 1 / (float)a->steps;
    STN_LOCAL(flow_piece) piece;
    piece.triangle = vec_set1(-1);
    for (int64_t step = 0; step < a->steps; step++) {
        vec vx = vec_zero(), vy = vec_zero(), x_change = vec_zero(), y_change = vec_zero();
        STN_UNROLL for (int stage = 0; stage < 4; stage++) {
            vec ahead = vec_set1(h * reach[stage]), counts = vec_set1(h * share[stage]);
            vec at_x = vec_fma(ahead, vx, *x), at_y = vec_fma(ahead, vy, *y);
            if (path) {
                vec_store(path + (step * 8 + stage * 2) * STN_LANES, at_x);
                vec_store(path + (step * 8 + stage * 2 + 1) * STN_LANES, at_y);
            }
            STN_LOCAL(flow_velocity)(a, pieces, at_x, at_y, &piece, &vx, &vy);
            x_change = vec_fma(counts, vx, x_change);
            y_change = vec_fma(counts, vy, y_change);
        }
        *x = vec_add(*x, x_change);
        *y = vec_add(*y, y_change);
    }
}

STN_INLINE int64_t STN_LOCAL(flow_numbers)(const stn_flow_grid_arguments *a) { return a->cells * a->cells * 4 * 6; }

static void STN_KERNEL_NAME(flow_grid)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_flow_grid_arguments *a = arguments;
    const stn_grid_frame *frame = &a->frame;
    for (int64_t task = first; task < last; task++) {
        const float *pieces = a->pieces + task / frame->height * STN_LOCAL(flow_numbers)(a);
        float *grid = a->grid + task * frame->width * 2;
        for (int64_t column = 0; column < frame->width; column += STN_LANES) {
            int n = (int)stn_min(STN_LANES, frame->width - column);
            vec x = STN_LOAD(frame->x + column), y = vec_set1(frame->y[task % frame->height]);
            STN_LOCAL(flow)(a, pieces, &x, &y, 0);
            STN_LOCAL(store_pairs_first)(grid + 2 * column, x, y, n);
        }
    }
}

// Sums of the gradients of a piece's numbers, lane by lane, until a lane leaves its triangle.
typedef struct {
    STN_LOCAL(flow_piece) piece;
    vec d_number[6];
} STN_LOCAL(flow_sums);

// Adds the sums to their triangles', lane after lane.
STN_INLINE void STN_LOCAL(flow_scatter)(const STN_LOCAL(flow_sums) *sums, float *d_pieces) {
    int32_t triangle[STN_LANES];
    float lanes[6][STN_LANES];
    vec_store_integers(triangle, sums->piece.triangle);
    STN_UNROLL for (int k = 0; k < 6; k++) vec_store(lanes[k], sums->d_number[k]);
    for (int lane = 0; lane < STN_LANES; lane++)
        for (int k = 0; k < 6; k++) d_pieces[triangle[lane] * 6 + k] += lanes[k][lane];
}

// The gradient for a stage's point of (dx, dy) for the velocity there; adds that for the velocity's numbers.
STN_INLINE void STN_LOCAL(flow_pull)(const stn_flow_grid_arguments *a, const float *pieces, const float *point, vec dx,
                                     vec dy, STN_LOCAL(flow_sums) *sums, float *d_pieces, vec *to_x, vec *to_y) {
    vec x = vec_load(point), y = vec_load(point + STN_LANES), zero = vec_zero();
    vec at_x = STN_LOCAL(flow_clamped)(x), at_y = STN_LOCAL(flow_clamped)(y);
    vec triangle = STN_LOCAL(flow_triangle)(a->cells, at_x, at_y);
    if (vec_bits(vec_differs(triangle, sums->piece.triangle))) {
        STN_LOCAL(flow_scatter)(sums, d_pieces);
        STN_LOCAL(flow_gather)(pieces, triangle, &sums->piece);
        STN_UNROLL for (int k = 0; k < 6; k++) sums->d_number[k] = zero;
    }
    const vec *number = sums->piece.number;
    vec *d = sums->d_number;
    d[0] = vec_fma(dx, at_x, d[0]);
    d[1] = vec_fma(dy, at_x, d[1]);
    d[2] = vec_fma(dx, at_y, d[2]);
    d[3] = vec_fma(dy, at_y, d[3]);
    d[4] = vec_add(d[4], dx);
    d[5] = vec_add(d[5], dy);
    // Along what is clamped nothing changes.
    *to_x = vec_select(vec_equals(x, at_x), vec_fma(number[0], dx, vec_mul(number[1], dy)), zero);
    *to_y = vec_select(vec_equals(y, at_y), vec_fma(number[2], dx, vec_mul(number[3], dy)), zero);
}

// The gradients of one vector of positions.
STN_INLINE void STN_LOCAL(flow_back)(const stn_flow_grid_arguments *a, const float *pieces, const float *path, vec dx,
                                     vec dy, float *d_pieces) {
    // What a stage counts, and how far along its velocity the next one lies.
    const float share[4] = {1.0f / 6, 1.0f / 3, 1.0f / 3, 1.0f / 6}, reach[4] = {0.5f, 0.5f, 1, 0};
    float h = 1 / (float)a->steps;
    STN_LOCAL(flow_sums) sums;
    memset(&sums, 0, sizeof sums);
    STN_LOCAL(flow_gather)(pieces, vec_zero(), &sums.piece);
    for (int64_t step = a->steps - 1; step >= 0; step--) {
        vec to_x = vec_zero(), to_y = vec_zero(), x_sum = dx, y_sum = dy;
        STN_UNROLL for (int stage = 3; stage >= 0; stage--) {
            vec counts = vec_set1(h * share[stage]), ahead = vec_set1(h * reach[stage]);
            vec d_vx = vec_fma(counts, dx, vec_mul(ahead, to_x)), d_vy = vec_fma(counts, dy, vec_mul(ahead, to_y));
            STN_LOCAL(flow_pull)(a, pieces, path + (step * 8 + stage * 2) * STN_LANES, d_vx, d_vy, &sums, d_pieces,
                                 &to_x, &to_y);
            x_sum = vec_add(x_sum, to_x);
            y_sum = vec_add(y_sum, to_y);
        }
        dx = x_sum;
        dy = y_sum;
    }
    STN_LOCAL(flow_scatter)(&sums, d_pieces);
}

static void STN_KERNEL_NAME(flow_grid_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_flow_grid_gradient_arguments *g = arguments;
    const stn_flow_grid_arguments *a = &g->forward;
    const stn_grid_frame *frame = &a->frame;
    float *path = (float *)(g->scratch + thread * g->scratch_bytes);
    int64_t bands = stn_grid_bands(frame), rows = stn_grid_band_rows(frame), numbers = STN_LOCAL(flow_numbers)(a);
    for (int64_t task = first; task < last; task++) {
        int64_t image = task / bands, start = task % bands * rows;
        const float *pieces = a->pieces + image * numbers;
        float *d_pieces = g->d_piece_parts + task * numbers;
        memset(d_pieces, 0, (size_t)numbers * sizeof(float));
        for (int64_t row = start; row < stn_min(frame->height, start + rows); row++) {
            const float *d_grid = g->d_grid + (image * frame->height + row) * frame->width * 2;
            for (int64_t column = 0; column < frame->width; column += STN_LANES) {
                int n = (int)stn_min(STN_LANES, frame->width - column);
                vec x = STN_LOAD(frame->x + column), y = vec_set1(frame->y[row]), dx, dy;
                STN_LOCAL(load_pairs_first)(d_grid + 2 * column, n, &dx, &dy);
                STN_LOCAL(flow)(a, pieces, &x, &y, path);
                STN_LOCAL(flow_back)(a, pieces, path, dx, dy, d_pieces);
            }
        }
    }
}
