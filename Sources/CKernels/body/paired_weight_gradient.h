// The weight gradient of convolution_gradients.h with products of bfloat16, two images at a time: one instruction adds the
// products of a pair, so entries at the same position and channel of two images go together, wherever their choices are.
//
//   dWeight[row · run + i] += Σ over pairs  gradient₀ · input[offset₀ + row · stride + i] + gradient₁ · input[offset₁ + …]
//
// Entries    for every 8 channels a list, which stays in the first-level cache while their sums are made; a row a position: the
//            offsets of the first images, those of the second, pairs of gradients. An image without partner is its own, with
//            gradients of zero.
// Input      a group of images is rounded to bfloat16 first, by each task anew: little beside its channels' sums.
// Pieces     7 rows of up to 2 vectors, as many sums as registers hold, or of a vector and a tail: where vectors are wider
//            than runs (vec/runs.h), what fits a run takes half a vector's time.
// Bound by   loads, which cross cache lines as often as not, and on AVX-512 as much by the unit that puts pairs together and
//            has a part in products, too: 2 instructions a vector of weights and pair of images.

#define STN_PAIRED_VECTORS (STN_ACCUMULATORS >= 14 ? 2 : 1)

// `last` numbers count of the last vector, or of the tail.
STN_INLINE void STN_LOCAL(accumulate_pairs)(int rows, int vecs, int tail, const uint32_t *entries, int64_t count,
                                            const uint16_t *from, int64_t from_stride, float *to,
                                            int64_t to_stride, int last) {
    vec sums[7 * 2];
    run_vec tails[7];
    STN_UNROLL for (int r = 0; r < rows; r++) {
        const float *at = to + r * to_stride;
        STN_UNROLL for (int v = 0; v < vecs; v++)
            sums[r * vecs + v] = vec_load_first(at + v * STN_LANES, v < vecs - 1 || tail ? STN_LANES : last);
        if (tail) tails[r] = run_load_first(at + vecs * STN_LANES, last);
    }
    for (int64_t i = 0; i < count; i++, entries += 3 * STN_PAIRED_CHANNELS) {
        const uint16_t *first = from + (int32_t)entries[0], *second = from + (int32_t)entries[STN_PAIRED_CHANNELS];
        vec_pairs gradients = pairs_set1(entries[2 * STN_PAIRED_CHANNELS]);
        STN_UNROLL for (int r = 0; r < rows; r++, first += from_stride, second += from_stride) {
            STN_UNROLL for (int v = 0; v < vecs; v++)
                sums[r * vecs + v] = pairs_dot(
                    gradients, pairs_load_both(first + v * STN_LANES, second + v * STN_LANES), sums[r * vecs + v]);
            if (tail)
                tails[r] = run_pairs_dot(run_pairs_of(gradients),
                                         run_pairs_load_both(first + vecs * STN_LANES, second + vecs * STN_LANES), tails[r]);
        }
    }
    STN_UNROLL for (int r = 0; r < rows; r++) {
        float *at = to + r * to_stride;
        STN_UNROLL for (int v = 0; v < vecs; v++)
            vec_store_first(at + v * STN_LANES, sums[r * vecs + v], v < vecs - 1 || tail ? STN_LANES : last);
        if (tail) run_store_first(at + vecs * STN_LANES, tails[r], last);
    }
}

typedef void (*STN_LOCAL(accumulate_pairs_function))(const uint32_t *entries, int64_t count,
                                                     const uint16_t *from, int64_t from_stride, float *to,
                                                     int64_t to_stride, int last);

// One function for each shape of piece, so that sums are registers.
#define STN_PAIRED_ROWS(X, vecs, tail)                                                                                \
    X(1, vecs, tail) X(2, vecs, tail) X(3, vecs, tail) X(4, vecs, tail) X(5, vecs, tail) X(6, vecs, tail) X(7, vecs, tail)
#if STN_RUN_LANES < STN_LANES
#define STN_PAIRED_PIECES(X) STN_PAIRED_ROWS(X, 1, 0) STN_PAIRED_ROWS(X, 2, 0) STN_PAIRED_ROWS(X, 1, 1)
#else
#define STN_PAIRED_PIECES(X) STN_PAIRED_ROWS(X, 1, 0) STN_PAIRED_ROWS(X, 2, 0)
#endif
#define STN_PAIRED_NAME(rows, vecs, tail) STN_LOCAL(accumulate_pairs_##rows##x##vecs##_##tail)
#define STN_DEFINE_PAIRED(rows, vecs, tail)                                                                           \
    static void STN_PAIRED_NAME(rows, vecs, tail)(const uint32_t *entries, int64_t count,           \
                                                  const uint16_t *from, int64_t from_stride, float *to,               \
                                                  int64_t to_stride, int last) {                                      \
        STN_LOCAL(accumulate_pairs)(rows, vecs, tail, entries, count, from, from_stride, to, to_stride, last); \
    }
#define STN_PAIRED_ENTRY(rows, vecs, tail) [tail][vecs][rows] = STN_PAIRED_NAME(rows, vecs, tail),
STN_PAIRED_PIECES(STN_DEFINE_PAIRED)
static const STN_LOCAL(accumulate_pairs_function)
    STN_LOCAL(paired_pieces)[2][3][8] = {STN_PAIRED_PIECES(STN_PAIRED_ENTRY)};

// Lists the pairs of a group of images, and adds their gradients, before they are rounded, to `sums`.
STN_INLINE void STN_LOCAL(list_pairs)(const stn_convolution_weight_gradient_arguments *a,
                                      const STN_LOCAL(entry_places) *places, int channels, int64_t first, int64_t last,
                                      uint32_t *entries, float *sums) {
    const stn_convolution_shape *s = &a->shape;
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    // Lists are 8 channels wide also where there are fewer: zeros behind the last.
    STN_LOCAL(entry_offsets) offsets[2] = {{{0}}};
    float gradients[2][STN_CHANNEL_BLOCK] = {{0}};
    uint32_t pairs[STN_CHANNEL_BLOCK];
    int64_t list = stn_divide_up(last - first, 2) * positions * 3 * STN_PAIRED_CHANNELS;
    for (int64_t image = first; image < last; image += 2)
        for (int64_t position = 0; position < positions; position++, entries += 3 * STN_PAIRED_CHANNELS) {
            STN_LOCAL(entries_at)(&a->operands, s, places, channels, first, image, position, &offsets[0], gradients[0]);
            for (int c = 0; c < channels; c++) sums[c] += gradients[0][c];
            if (image + 1 < last) {
                STN_LOCAL(entries_at)(&a->operands, s, places, channels, first, image + 1, position, &offsets[1],
                                      gradients[1]);
                for (int c = 0; c < channels; c++) sums[c] += gradients[1][c];
            } else {
                offsets[1] = offsets[0];
                memset(gradients[1], 0, sizeof gradients[1]);
            }
            for (int c = 0; c < STN_GRADIENT_CHANNELS; c += STN_LANES)
                pairs_store(pairs + c, vec_load(gradients[0] + c), vec_load(gradients[1] + c));
            for (int c = 0; c < channels; c += STN_PAIRED_CHANNELS) {
                uint32_t *row = entries + c / STN_PAIRED_CHANNELS * list;
                memcpy(row, offsets[0].value + c, STN_PAIRED_CHANNELS * sizeof(uint32_t));
                memcpy(row + STN_PAIRED_CHANNELS, offsets[1].value + c, STN_PAIRED_CHANNELS * sizeof(uint32_t));
                memcpy(row + 2 * STN_PAIRED_CHANNELS, pairs + c, STN_PAIRED_CHANNELS * sizeof(uint32_t));
            }
        }
}

// Adds what `count` rows of a group's list give to the weights of its `channels` channels.
STN_INLINE void STN_LOCAL(add_pairs)(const stn_convolution_shape *s, int64_t channels, const uint32_t *entries, int64_t count,
                                     const uint16_t *input, float *d_weight) {
    int64_t run = stn_run(s), row_stride = s->width * s->channels, piece = STN_PAIRED_VECTORS * STN_LANES;
    for (int64_t row = 0; row < s->kernel_height; row += 7)
        for (int64_t k = 0; k < run; k += piece) {
            int64_t rows = stn_min(7, s->kernel_height - row), floats = stn_min(piece, run - k);
            int vecs = (int)stn_divide_up(floats, STN_LANES), last = (int)(floats - (vecs - 1) * STN_LANES);
            int tail = vecs == 2 && last <= STN_RUN_LANES && STN_RUN_LANES < STN_LANES;
            STN_LOCAL(accumulate_pairs_function) add = STN_LOCAL(paired_pieces)[tail][vecs - tail][rows];
            for (int64_t c = 0; c < channels; c++)
                add(entries + c, count, input + row * row_stride + k, row_stride,
                    d_weight + c * stn_columns(s) + row * run + k, run, last);
        }
}

static void STN_KERNEL_NAME(convolution_weight_gradient_bf16)(const void *arguments, int64_t first, int64_t last,
                                                              int64_t thread) {
    const stn_convolution_weight_gradient_arguments *a = arguments;
    const stn_convolution_shape *s = &a->shape;
    int64_t group = stn_paired_gradient_group(s), image_size = s->height * s->width * s->channels;
    int64_t positions = stn_pooled_height(s) * stn_pooled_width(s);
    uint32_t *entries = (uint32_t *)(a->scratch + thread * a->scratch_bytes);
    uint16_t *input = (uint16_t *)(entries + group / 2 * positions * 3 * stn_gradient_channels(s));
    for (int64_t task = first; task < last; task++) {
        int64_t channel = task * stn_gradient_channels(s);
        int64_t channels = stn_min(stn_gradient_channels(s), s->outputs - channel);
        STN_LOCAL(entry_places)
        places = {channel, (int)channels, 1, (int32_t)s->channels, (int32_t)(s->width * s->channels), 0};
        memset(a->d_weight + channel * stn_columns(s), 0, (size_t)(channels * stn_columns(s)) * sizeof(float));
        memset(a->d_bias + channel, 0, (size_t)channels * sizeof(float));
        for (int64_t image = 0; image < s->images; image += group) {
            int64_t end = stn_min(image + group, s->images), numbers = (end - image) * image_size;
            const float *from = a->input + image * image_size;
            for (int64_t i = 0; i < numbers; i += STN_LANES)
                vec_store_bfloat16(input + i, vec_load_first(from + i, (int)stn_min(STN_LANES, numbers - i)));
            float sums[STN_GRADIENT_CHANNELS] = {0};
            if (channels == STN_GRADIENT_CHANNELS)
                STN_LOCAL(list_pairs)(a, &places, STN_GRADIENT_CHANNELS, image, end, entries, sums);
            else
                STN_LOCAL(list_pairs)(a, &places, (int)channels, image, end, entries, sums);
            for (int64_t c = 0; c < channels; c++) a->d_bias[channel + c] += sums[c];
            int64_t count = stn_divide_up(end - image, 2) * positions;
            for (int64_t c = 0; c < channels; c += STN_PAIRED_CHANNELS)
                STN_LOCAL(add_pairs)(s, stn_min(STN_PAIRED_CHANNELS, channels - c), entries + c * count * 3, count, input,
                                     a->d_weight + (channel + c) * stn_columns(s));
        }
    }
}
