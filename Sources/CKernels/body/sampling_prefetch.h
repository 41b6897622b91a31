// Asks for what a sampler reads next, a while before it gets there. Neighbouring output pixels of a turned row lie in different
// rows of the input, which no processor foresees; with an image larger than its caches it waits for memory again and again. An
// affine map makes the places known: they move on by the same step, rounding aside. What is asked for changes no result.
//
// Pixels of up to four channels only. With more, a pixel is whole cache lines in a row, which the processor does foresee;
// asking for them made it slower.

// Forward only on processors with the widest vectors. On one from 2017 without them the forward pass gained up to 1.6 times
// at small turns, but took up to twice as long at 45°: each pixel asked for lies on a page of its own, and its TLB is small.
#define STN_PREFETCHES_FORWARD (STN_LANES >= 16)
// Output pixels ahead: at a nanosecond or two each, as long as memory takes to answer.
#define STN_PREFETCH_PIXELS 64
// Output rows ahead for the gradient, whose bands take only a few pixels of each row.
#define STN_PREFETCH_ROWS 4
// Every pixel asked for stands for as many: a cache line holds five of three channels.
#define STN_PREFETCH_STRIDE 4
// Floats of an image that is worth it: smaller ones stay in the second-level cache.
#define STN_PREFETCH_LEAST 65536

// Floats from where one output pixel reads to where that some columns and rows further on does, about; zero where that makes
// no sense, as θ is anything.
STN_INLINE int64_t STN_LOCAL(prefetch_shift)(const stn_affine_sample_arguments *a, const STN_LOCAL(sampling_map) *map,
                                             int columns, int rows) {
    if (a->height * a->width * a->channels < STN_PREFETCH_LEAST) return 0;
    // n and m go in steps of two.
    float x = 2 * (map->x_n * (float)columns + map->x_m * (float)rows);
    float y = 2 * (map->y_n * (float)columns + map->y_m * (float)rows);
    // Also false for NaN.
    if (!(fabsf(x) < (float)a->width && fabsf(y) < (float)a->height)) return 0;
    return ((int64_t)y * a->width + (int64_t)x) * a->channels;
}

// The first rows of taps of a block's pixels, `shift` floats further on. Places may lie outside the image, where asking does
// nothing; hence integers and no pointers.
STN_INLINE void STN_LOCAL(prefetch_taps)(int taps, const stn_affine_sample_arguments *a, const STN_LOCAL(sampling_block) *b,
                                         const float *image, int64_t shift) {
    for (int k = 0; k < b->count; k += STN_PREFETCH_STRIDE) {
        intptr_t place = (intptr_t)image + (b->offset[k] + shift) * (int64_t)sizeof(float);
        __builtin_prefetch((const void *)place);
        if (taps > 1) __builtin_prefetch((const void *)(place + a->width * a->channels * (int64_t)sizeof(float)));
    }
}

// A run of `count` floats, `shift` floats behind `start`.
STN_INLINE void STN_LOCAL(prefetch_run)(const float *start, int64_t shift, int64_t count) {
    intptr_t place = (intptr_t)start + shift * (int64_t)sizeof(float);
    for (int64_t i = 0; i < count; i += 16) __builtin_prefetch((const void *)(place + i * (int64_t)sizeof(float)));
}
