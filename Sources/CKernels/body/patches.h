// Patches of an image as rows of a matrix, and back: each sum over a patch's pixels.
// Bound by   loads and stores; a patch that is multiplied with 32 outputs or more costs little beside its products.

STN_INLINE void STN_LOCAL(zero_run)(float *to, int64_t count) {
    for (; count >= STN_LANES; count -= STN_LANES, to += STN_LANES) vec_store(to, vec_zero());
    if (count > 0) vec_store_first(to, vec_zero(), (int)count);
}

STN_INLINE void STN_LOCAL(copy_run)(const float *from, float *to, int64_t count) {
    for (; count >= STN_LANES; count -= STN_LANES, from += STN_LANES, to += STN_LANES) vec_store(to, vec_load(from));
    if (count > 0) vec_store_first(to, vec_load_first(from, (int)count), (int)count);
}

STN_INLINE void STN_LOCAL(add_run)(const float *from, float *to, int64_t count) {
    for (; count >= STN_LANES; count -= STN_LANES, from += STN_LANES, to += STN_LANES)
        vec_store(to, vec_add(vec_load(to), vec_load(from)));
    if (count > 0) {
        vec sum = vec_add(vec_load_first(to, (int)count), vec_load_first(from, (int)count));
        vec_store_first(to, sum, (int)count);
    }
}

// One run of floats that adjoin in image and patch: from the image to the patch, or added to the image.
STN_INLINE void STN_LOCAL(move_run)(int adds, float *pixels, float *patch, int64_t count) {
    if (adds)
        STN_LOCAL(add_run)(patch, pixels, count);
    else
        STN_LOCAL(copy_run)(pixels, patch, count);
}

// Copies taps `tap` ..< `end_tap` of the patch at `p` (zeros outside the image), or adds them to the image. `pixels` is the first
// pixel of the image's first channel of the group.
STN_INLINE void STN_LOCAL(move_patch)(int adds, const stn_patch_geometry *g, int64_t channels, stn_position p,
                                      int64_t tap, int64_t end_tap, float *pixels, float *patch) {
    // Without gaps a row of taps is one run.
    int adjoins = g->dilation_width == 1 && channels == g->channels;
    int64_t i = tap / g->kernel_width, j = tap % g->kernel_width;
    for (int64_t taps; tap < end_tap; tap += taps, patch += taps * channels, i++, j = 0) {
        taps = stn_min(g->kernel_width - j, end_tap - tap);
        int64_t y = p.row * g->stride_height - g->top + i * g->dilation_height;
        int64_t left = p.column * g->stride_width - g->left + j * g->dilation_width;
        float *row = pixels + (y * g->width + left) * g->channels;
        if (y < 0 || y >= g->height) {
            if (!adds) STN_LOCAL(zero_run)(patch, taps * channels);
        } else if (adjoins && left >= 0 && left + taps <= g->width) {
            STN_LOCAL(move_run)(adds, row, patch, taps * channels);
        } else if (adjoins) {
            int64_t first = stn_min(taps, stn_max(0, -left)), end = stn_max(first, stn_min(taps, g->width - left));
            if (!adds) STN_LOCAL(zero_run)(patch, first * channels);
            STN_LOCAL(move_run)(adds, row + first * channels, patch + first * channels, (end - first) * channels);
            if (!adds) STN_LOCAL(zero_run)(patch + end * channels, (taps - end) * channels);
        } else {
            for (int64_t k = 0; k < taps; k++) {
                int64_t x = k * g->dilation_width;
                if (left + x >= 0 && left + x < g->width)
                    STN_LOCAL(move_run)(adds, row + x * g->channels, patch + k * channels, channels);
                else if (!adds)
                    STN_LOCAL(zero_run)(patch + k * channels, channels);
            }
        }
    }
}

// Taps `tap` ..< `end_tap` of the patches at `count` positions, `stride` floats apart, as move_patch does one. `images` is the
// first channel of the group in the first image.
STN_INLINE void STN_LOCAL(move_patches)(int adds, const stn_patch_geometry *g, const stn_position *positions,
                                        int64_t count, int64_t tap, int64_t end_tap, float *images, float *patches,
                                        int64_t stride) {
    int64_t channels = g->channels / g->groups, image_size = g->height * g->width * g->channels;
    for (int64_t i = 0; i < count; i++)
        STN_LOCAL(move_patch)(adds, g, channels, positions[i], tap, end_tap, images + positions[i].image * image_size,
                              patches + i * stride);
}
