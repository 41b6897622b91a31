// Convolution of any stride, padding, dilation and groups, with the same bias, dropout, pooling and ReLU: a product of the
// matrix of patches and the weights.
//
// Algorithm  a task copies the patches of some positions (body/patches.h) and multiplies them with all weights, a group of
//            channels after the other. A 1×1 kernel that takes every pixel reads the image itself.
// Blocking   patches stay in the second-level cache while blocks of outputs go by; a tile's sums never leave registers.
//            Small kernels at many positions read the weights from the cache anyway; long patches come 32 at a time at least,
//            so that weights of the third-level cache are read once for so many.
// Bound by   FMA throughput.

// One tile: `rows` patches × `vectors` of outputs from `channel` on, which end at `end`.
STN_INLINE void STN_LOCAL(patch_tile)(int rows, int vectors, int pool, const stn_convolution_arguments *a,
                                      const float *patches, int64_t stride, const float *weights,
                                      const stn_position *positions, int64_t channel, int64_t end) {
    vec sums[STN_TILE_PIXELS][2];
    STN_UNROLL
    for (int r = 0; r < rows; r++) {
        STN_UNROLL
        for (int v = 0; v < vectors; v++) sums[r][v] = vec_zero();
    }
    STN_PRECISE(product_tile)(rows, vectors, patches, stride, 1, a->shape.channels, weights, vectors * STN_LANES, sums);
    STN_UNROLL
    for (int v = 0; v < vectors; v++) {
        int count = (int)stn_min(STN_LANES, end - channel - v * STN_LANES);
        STN_UNROLL
        for (int r = 0; r < rows; r += pool * pool) {
            vec values[4];
            STN_UNROLL
            for (int place = 0; place < pool * pool; place++) values[place] = sums[r + place][v];
            STN_LOCAL(convolution_finish_first)(pool, a, values, positions[r].image, positions[r].row / pool,
                                                positions[r].column / pool, channel + v * STN_LANES, count);
        }
    }
}

// All patches of a task with one block of outputs.
STN_INLINE void STN_LOCAL(patch_tiles)(int vectors, int pool, const stn_convolution_arguments *a, const float *patches,
                                       int64_t stride, const float *weights, const stn_position *positions,
                                       int64_t count, int64_t channel, int64_t end) {
    int64_t r = 0;
    for (; r + STN_TILE_PIXELS <= count; r += STN_TILE_PIXELS)
        STN_LOCAL(patch_tile)(STN_TILE_PIXELS, vectors, pool, a, patches + r * stride, stride, weights, positions + r,
                              channel, end);
    if (STN_TILE_PIXELS > 4 && r + 4 <= count) {
        STN_LOCAL(patch_tile)(4, vectors, pool, a, patches + r * stride, stride, weights, positions + r, channel, end);
        r += 4;
    }
    // Pooling's windows come in fours: nothing is left then.
    for (; pool == 1 && r < count; r++)
        STN_LOCAL(patch_tile)(1, vectors, 1, a, patches + r * stride, stride, weights, positions + r, channel, end);
}

// The outputs of one group.
STN_INLINE void STN_LOCAL(patch_group)(int vectors, int pool, const stn_convolution_arguments *a, int64_t group,
                                       int64_t outputs, const float *patches, int64_t stride,
                                       const stn_position *positions, int64_t count) {
    const int64_t block = vectors * STN_LANES, blocks = stn_divide_up(outputs, block), depth = a->shape.channels;
    for (int64_t b = 0; b < blocks; b++)
        STN_LOCAL(patch_tiles)(vectors, pool, a, patches, stride,
                               (const float *)a->packed + (group * blocks + b) * depth * block, positions, count,
                               group * outputs + b * block, (group + 1) * outputs);
}

static void STN_KERNEL_NAME(patch_convolution)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_patch_convolution_arguments *p = arguments;
    const stn_convolution_arguments *a = &p->convolution;
    const stn_patch_geometry *g = &p->geometry;
    int64_t rows = stn_patch_task_rows(&a->shape), positions_count = stn_patch_positions(&a->shape);
    int64_t outputs = a->shape.outputs / g->groups, channels = g->channels / g->groups;
    int64_t taps = g->kernel_height * g->kernel_width;
    int in_place = stn_patches_are_pixels(&a->shape, g);
    int64_t stride = in_place ? g->channels : stn_patch_stride(a->shape.channels, STN_LANES);
    float *scratch = (float *)(p->scratch + thread * p->scratch_bytes);
    for (int64_t task = first; task < last; task++) {
        stn_position positions[STN_PATCH_ROWS];
        int64_t count = stn_min(rows, positions_count - task * rows);
        stn_list_positions(&a->shape, task * rows, count, positions);
        for (int64_t group = 0; group < g->groups; group++) {
            const float *patches = scratch;
            if (in_place)
                patches = a->input + task * rows * stride + group * channels;
            else  // which only reads the images
                STN_LOCAL(move_patches)(0, g, positions, count, 0, taps, (float *)a->input + group * channels, scratch,
                                        stride);
            int narrow = outputs <= STN_LANES;
            if (a->shape.pool == 2 && narrow)
                STN_LOCAL(patch_group)(1, 2, a, group, outputs, patches, stride, positions, count);
            else if (a->shape.pool == 2)
                STN_LOCAL(patch_group)(2, 2, a, group, outputs, patches, stride, positions, count);
            else if (narrow)
                STN_LOCAL(patch_group)(1, 1, a, group, outputs, patches, stride, positions, count);
            else
                STN_LOCAL(patch_group)(2, 1, a, group, outputs, patches, stride, positions, count);
        }
    }
}
