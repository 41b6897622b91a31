// Gradients of a convolution by Winograd's minimal filtering: the adjoint of each step of the forward pass.
//
// Algorithm  V = Bᵀ·input·B and M = A·dOutput·Aᵀ for each tile; then for each of the 64 places two products share M:
//            Q[tile][channel] = Σ over outputs of M · U   → dInput: B·Q·Bᵀ, tiles overlap and are added
//            dU[output][channel] = Σ over tiles of M · V  → dWeight: Gᵀ·dU·G
//            64 multiplications a tile, channel and output. Behind 2×2 pooling the sparse way has r² · m²/4 (100 for r = 5):
//            fewer, but bound by loads; these products are bound by FMAs.
// Blocking   a group of images at a time (stn_winograd_gradient_layout), so that V, M and Q stay in the third-level cache
//            and memory does not grow with the batch. dU stays in the workspace from group to group.
// Owners     a place owns its products, an image its dInput, a block of outputs its dWeight: no sum is shared.
// Error      as the forward pass: about 6 times that of direct summation.

static void STN_PRECISE_KERNEL(winograd_gradient_tiles)(const void *arguments, int64_t first, int64_t last,
                                                        int64_t thread) {
    (void)thread;
    const stn_winograd_gradient_arguments *a = arguments;
    stn_winograd_gradient_layout b = stn_winograd_gradient_layout_of(&a->shape, STN_LANES, STN_DEPTH);
    operand *inputs = (operand *)(a->workspace + b.inputs), *along = (operand *)(a->workspace + b.gradients);
    operand *across = (operand *)(a->workspace + b.gradient_pairs);
    for (int64_t tile = first * 2; tile < last * 2; tile += 2) {
        vec places[2][8][8];
        for (int64_t channel = 0; channel < b.channels; channel += STN_LANES) {
            STN_LOCAL(winograd_tile_pair)(a, 1, tile, channel, places);
            operand *to = inputs + tile / STN_DEPTH * b.channels + channel;
            for (int place = 0; place < 64; place++)
                STN_PRECISE(store_across)(to + place * b.input_stride, b.channels, places[0][place / 8][place % 8],
                                          places[1][place / 8][place % 8]);
        }
        for (int64_t channel = 0; channel < b.outputs; channel += STN_LANES) {
            STN_LOCAL(winograd_tile_pair)(a, 0, tile, channel, places);
            for (int place = 0; place < 64; place++) {
                vec even = places[0][place / 8][place % 8], odd = places[1][place / 8][place % 8];
                operand *row = along + place * b.gradient_stride + tile * b.outputs / STN_DEPTH;
                STN_PRECISE(store_along)(row, channel, even);
                STN_PRECISE(store_along)(row + b.outputs / STN_DEPTH, channel, odd);
                // In float32 one form serves both products.
                if (STN_DEPTH > 1)
                    STN_PRECISE(store_across)(across + place * b.pair_stride + tile / STN_DEPTH * b.outputs + channel,
                                              b.outputs, even, odd);
            }
        }
    }
}

static void STN_PRECISE_KERNEL(winograd_gradient_products)(const void *arguments, int64_t first, int64_t last,
                                                           int64_t thread) {
    (void)thread;
    const stn_winograd_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    stn_winograd_gradient_layout b = stn_winograd_gradient_layout_of(s, STN_LANES, STN_DEPTH);
    const int64_t block = 2 * STN_LANES;
    int64_t tiles = stn_divide_up(a->image_count * (stn_winograd_tiles(s) / s->images), 2) * 2;
    int64_t depth = stn_divide_up(s->outputs, STN_DEPTH);
    for (int64_t place = first; place < last; place++) {
        const operand *inputs = (const operand *)(a->workspace + b.inputs) + place * b.input_stride;
        const operand *along = (const operand *)(a->workspace + b.gradients) + place * b.gradient_stride;
        const operand *across = STN_DEPTH == 1
                                    ? along
                                    : (const operand *)(a->workspace + b.gradient_pairs) + place * b.pair_stride;
        float *products = (float *)(a->workspace + b.products) + place * b.product_stride;
        float *weights = (float *)(a->workspace + b.weights) + place * b.weight_stride;
        for (int64_t channel = 0; channel < b.channels; channel += block) {
            const operand *kernel = (const operand *)a->packed + (channel / block * 64 + place) * depth * block;
            if (a->d_input)
                STN_PRECISE(product)(tiles, 0, along, b.outputs / STN_DEPTH, 1, depth, kernel, block, products + channel,
                                     b.channels, (int)block);
            STN_PRECISE(product)(s->outputs, a->first_image > 0, across, 1, b.outputs, tiles / STN_DEPTH, inputs + channel,
                                 b.channels, weights + channel, b.channels, (int)block);
        }
    }
}

// Weight [outputs, r, r, channels] to packed [block of channels][64 places][outputs][block]: a task transforms a block.
STN_INLINE void STN_PRECISE(winograd_pack_transposed_block)(int taps, const stn_winograd_pack_arguments *a, int64_t task) {
    const int64_t block = 2 * STN_LANES, depth = stn_divide_up(a->outputs, STN_DEPTH), columns = taps * taps;
    operand *packed = (operand *)a->packed + task * 64 * depth * block;
    for (int64_t o = 0; o < a->outputs; o += 2)
        for (int v = 0; v < 2; v++) {
            int64_t channel = task * block + v * STN_LANES;
            int count = (int)stn_max(0, stn_min(STN_LANES, a->channels - channel));
            vec places[2][8][8];
            for (int k = 0; k < 2; k++) {
                float kernel[49][STN_LANES];
                for (int64_t tap = 0; tap < columns; tap++)
                    vec_store(kernel[tap], o + k < a->outputs
                                               ? vec_load_first(
                                                     a->weight + ((o + k) * columns + tap) * a->channels + channel, count)
                                               : vec_zero());
                STN_LOCAL(winograd_kernel_places)(taps, kernel[0], STN_LANES, places[k]);
            }
            operand *to = packed + o / STN_DEPTH * block + v * STN_LANES;
            for (int place = 0; place < 64; place++, to += depth * block) {
                vec even = places[0][place / 8][place % 8], odd = places[1][place / 8][place % 8];
                if (STN_DEPTH == 2 || o + 1 < a->outputs)
                    STN_PRECISE(store_across)(to, block, even, odd);
                else
                    STN_PRECISE(store_along)(to, 0, even);
            }
        }
}

static void STN_PRECISE_KERNEL(winograd_pack_transposed)(const void *arguments, int64_t first, int64_t last,
                                                         int64_t thread) {
    (void)thread;
    const stn_winograd_pack_arguments *a = arguments;
    for (int64_t task = first; task < last; task++) {
        if (a->taps == 3)
            STN_PRECISE(winograd_pack_transposed_block)(3, a, task);
        else if (a->taps == 5)
            STN_PRECISE(winograd_pack_transposed_block)(5, a, task);
        else
            STN_PRECISE(winograd_pack_transposed_block)(7, a, task);
    }
}
