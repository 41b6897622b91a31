// Sizes of convolutions by patches (body/patch_convolution.h), and the order of their positions. Part of common.h.

// Positions a task takes at once, at least and at most: multiples of a tile's rows and of a pooling window's pixels.
#define STN_PATCH_ROWS_LEAST 32
#define STN_PATCH_ROWS 128
// What patches may take of the second-level cache, unless they are so long that fewer than the least would fit.
#define STN_PATCH_BYTES 262144
// Tasks that a small batch is split into.
#define STN_PATCH_TASKS 16
// Parts of a weight gradient, as far as they fit these floats together, but half of them always.
#define STN_PARTS 16
#define STN_PART_FLOATS 4194304

STN_INLINE int64_t stn_patch_positions(const stn_convolution_shape *s) {
    return s->images * stn_pooled_height(s) * stn_pooled_width(s) * s->pool * s->pool;
}
// Floats from one patch to the next: a cache line more than needed, because powers of two would put all rows of a tile into
// the same cache sets; what a product loads behind a patch lies there as well.
STN_INLINE int64_t stn_patch_stride(int64_t numbers, int64_t lanes) {
    return stn_divide_up(numbers, lanes) * lanes + stn_max(lanes, 16);
}
// The same for the gradients of one position.
STN_INLINE int64_t stn_gradient_stride(int64_t outputs, int64_t lanes) {
    return stn_divide_up(outputs, lanes) * lanes + stn_max(lanes, 16);
}
// Positions whose patches of `numbers` floats are taken at once.
STN_INLINE int64_t stn_patch_rows(int64_t numbers) {
    int64_t fit = STN_PATCH_BYTES / stn_max(1, numbers * 4) / 8 * 8;
    return stn_max(STN_PATCH_ROWS_LEAST, stn_min(STN_PATCH_ROWS, fit));
}
// Positions of a task of the forward pass; no sum depends on it.
STN_INLINE int64_t stn_patch_task_rows(const stn_convolution_shape *s) {
    int64_t parallel = stn_divide_up(stn_patch_positions(s), 8 * STN_PATCH_TASKS) * 8;
    return stn_min(stn_patch_rows(s->channels), stn_max(8, parallel));
}
// The gradients take a patch in pieces: so many taps that the most positions fit, all pieces about as long.
STN_INLINE int64_t stn_piece_taps(const stn_convolution_shape *s, const stn_patch_geometry *g) {
    int64_t pieces = stn_divide_up(s->channels, STN_PATCH_BYTES / 4 / STN_PATCH_ROWS);
    return stn_divide_up(g->kernel_height * g->kernel_width, stn_max(1, pieces));
}
STN_INLINE int64_t stn_piece_numbers(const stn_convolution_shape *s, const stn_patch_geometry *g) {
    return stn_piece_taps(s, g) * (g->channels / g->groups);
}
STN_INLINE int64_t stn_piece_rows(const stn_convolution_shape *s, const stn_patch_geometry *g) {
    return stn_patch_rows(stn_piece_numbers(s, g));
}

// An output's pixel before pooling. Positions go window by window, so that pooling finds its pixels together.
typedef struct {
    int64_t image, row, column;
} stn_position;

STN_INLINE stn_position stn_position_of(const stn_convolution_shape *s, int64_t position) {
    int64_t places = s->pool * s->pool, width = stn_pooled_width(s), per_image = stn_pooled_height(s) * width;
    int64_t window = position / places, place = position % places, inside = window % per_image;
    return (stn_position){window / per_image, inside / width * s->pool + place / s->pool,
                          inside % width * s->pool + place % s->pool};
}
// The position behind `p`, where `height` and `width` are those before pooling, without what it drops.
STN_INLINE stn_position stn_next_position(stn_position p, int64_t pool, int64_t height, int64_t width) {
    p.column++;
    if (pool == 2 && p.column % 2 == 1) return p;
    if (pool == 2 && p.row % 2 == 0) return (stn_position){p.image, p.row + 1, p.column - 2};
    if (pool == 2) p.row--;
    if (p.column < width) return p;
    p.row += pool;
    return p.row < height ? (stn_position){p.image, p.row, 0} : (stn_position){p.image + 1, 0, 0};
}
STN_INLINE void stn_list_positions(const stn_convolution_shape *s, int64_t first, int64_t count, stn_position *to) {
    int64_t height = stn_pooled_height(s) * s->pool, width = stn_pooled_width(s) * s->pool;
    stn_position p = stn_position_of(s, first);
    for (int64_t i = 0; i < count; i++, p = stn_next_position(p, s->pool, height, width)) to[i] = p;
}

// Whether vectors of channels hold whole groups, which give as many outputs and fill at most half of a vector; see
// body/depthwise.h.
STN_INLINE int stn_groups_fit_lanes(const stn_convolution_shape *s, const stn_patch_geometry *g, int64_t lanes) {
    int64_t members = g->channels / g->groups;
    return g->groups > 1 && s->outputs == g->channels && (members == 1 || (members * 2 <= lanes && lanes % members == 0));
}

// Whether the patches are the pixels of the input, in their order: nothing need be copied.
STN_INLINE int stn_patches_are_pixels(const stn_convolution_shape *s, const stn_patch_geometry *g) {
    return g->kernel_height == 1 && g->kernel_width == 1 && g->stride_height == 1 && g->stride_width == 1 && g->top == 0 &&
           g->left == 0 && s->pool == 1 && s->height == g->height && s->width == g->width;
}
