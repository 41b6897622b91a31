// Convolution with 3×3, 5×5 or 7×7 kernels by Winograd's minimal filtering, with the same bias, dropout, pooling and ReLU.
//
// Algorithm  a tile of m×m outputs (m = 6, 4 or 2) depends on 8×8 inputs. Both tile and kernel are transformed to 8×8 numbers
//            a channel (winograd_transforms.h); there the convolution is a product for each of the 64 places, summed over
//            channels, and a transform back gives the outputs: 64 multiplications in place of 324, 400 or 196.
// Blocking   a task's tiles are transformed once and stay in the second-level cache with the products of one block of
//            output channels.
// Error      the transforms mix numbers of other sizes: about 6 times the rounding error of direct summation, 3e-6 of the
//            result's root mean square with 64 channels. An infinity in a tile makes all its outputs NaN.
// Bound by   FMA throughput of the products; then by reading the transformed weights, up to 7 times the weights.

// Weight [outputs, r, r, channels] to packed [block of outputs][64 places][channels][block]: a task transforms a block.
STN_INLINE void STN_LOCAL(winograd_pack_block)(int taps, const stn_winograd_pack_arguments *a, int64_t task) {
    const int64_t block = 2 * STN_LANES, columns = taps * taps;
    int64_t rows = stn_min(block, a->outputs - task * block);
    float *packed = (float *)a->packed + task * 64 * a->channels * block;
    for (int64_t channel = 0; channel < a->channels; channel += 8) {
        int64_t channels = stn_min(8, a->channels - channel);
        float kernels[8][49][2 * STN_LANES];
        for (int64_t row = 0; row < block; row++) {
            const float *from = a->weight + (task * block + row) * columns * a->channels + channel;
            for (int64_t tap = 0; tap < columns; tap++)
                for (int64_t c = 0; c < channels; c++)
                    kernels[c][tap][row] = row < rows ? from[tap * a->channels + c] : 0;
        }
        for (int64_t c = 0; c < channels; c++)
            for (int v = 0; v < 2; v++) {
                vec places[8][8];
                STN_LOCAL(winograd_kernel_places)(taps, &kernels[c][0][v * STN_LANES], 2 * STN_LANES, places);
                float *to = packed + (channel + c) * block + v * STN_LANES;
                for (int place = 0; place < 64; place++, to += a->channels * block)
                    vec_store(to, places[place / 8][place % 8]);
            }
    }
}

static void STN_KERNEL_NAME(winograd_pack)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_winograd_pack_arguments *a = arguments;
    for (int64_t task = first; task < last; task++) {
        if (a->taps == 3)
            STN_LOCAL(winograd_pack_block)(3, a, task);
        else if (a->taps == 5)
            STN_LOCAL(winograd_pack_block)(5, a, task);
        else
            STN_LOCAL(winograd_pack_block)(7, a, task);
    }
}

// products[tile][block] = tiles[tile][channel] · weights[channel][block], place by place.
STN_INLINE void STN_LOCAL(winograd_products)(const stn_winograd_blocking *b, int64_t count, int64_t channels,
                                               const float *tiles, const float *weights, float *products) {
    const int64_t block = 2 * STN_LANES;
    for (int64_t place = 0; place < 64; place++)
        STN_PRECISE(product)(count, 0, tiles + place * b->tile_stride, b->row, 1, channels,
                             weights + place * channels * block, block,
                             products + place * b->product_stride, block, (int)block);
}

static void STN_KERNEL_NAME(winograd)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_winograd_arguments *w = arguments;
    const stn_convolution_arguments *a = &w->convolution;
    const stn_convolution_shape *s = &a->shape;
    const int64_t block = 2 * STN_LANES, blocks = stn_divide_up(s->outputs, block);
    stn_winograd_blocking b = stn_winograd_blocking_of(s, STN_LANES);
    int64_t tiles = stn_winograd_tiles(s), per_image = tiles / s->images;
    float *transformed = (float *)(w->scratch + thread * w->scratch_bytes);
    float *products = (float *)(transformed + 64 * b.tile_stride);

    for (int64_t task = first; task < last; task++) {
        int64_t begin = task / b.splits * STN_WINOGRAD_TILES, split = task % b.splits;
        int64_t count = stn_min(STN_WINOGRAD_TILES, tiles - begin), padded = stn_divide_up(count, 4) * 4;
        for (int64_t t = 0; t < count; t++) {
            const float *image = a->input + (begin + t) / per_image * s->height * s->width * s->channels;
            stn_place corner = stn_winograd_corner(s, (begin + t) % per_image);
            for (int64_t channel = 0; channel < b.row; channel += STN_LANES) {
                vec places[8][8];
                STN_LOCAL(winograd_input_places)(s, image, corner, channel, places);
                for (int place = 0; place < 64; place++)
                    vec_store(transformed + place * b.tile_stride + t * b.row + channel, places[place / 8][place % 8]);
            }
        }
        for (int64_t o = split * blocks / b.splits; o < (split + 1) * blocks / b.splits; o++) {
            const float *weights = (const float *)a->packed + o * 64 * s->channels * block;
            STN_LOCAL(winograd_products)(&b, padded, s->channels, transformed, weights, products);
            for (int64_t t = 0; t < count; t++)
                for (int v = 0; v < 2; v++)
                    STN_LOCAL(winograd_store)(a, products + t * block + v * STN_LANES, b.product_stride,
                                              (begin + t) / per_image, stn_winograd_corner(s, (begin + t) % per_image),
                                              o * block + v * STN_LANES);
        }
    }
}
