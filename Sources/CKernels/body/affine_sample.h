// Affine grid and bilinear sampler in one: positions are computed row by row and never stored.
//
// Positions  with u_j = (2j + 1 − W_out) / 2 · W / W_out (half-pixel centres; align_corners: (2j + 1 − W_out) / 2 ·
//            (W − 1) / (W_out − 1)), input x = θ0 · u_j + θ1 · h · y_i + θ2 · h + (W − 1) / 2, where h = W / 2 or
//            (W − 1) / 2. For the identity all terms are exact half-integers, so the identity copies the image bit for bit;
//            PyTorch's order (normalised grid first) does not have this property.
// Bound by   scattered reads; a handful of flops per channel.

// What of a position does not depend on theta.
typedef struct {
    float x_half, y_half, x_step, y_step, x_centre, y_centre;
} STN_LOCAL(frame);

STN_INLINE STN_LOCAL(frame) STN_LOCAL(frame_of)(const stn_affine_sample_arguments *a) {
    int64_t trim = a->align_corners ? 1 : 0;
    float width = (float)(a->width - trim), height = (float)(a->height - trim);
    float output_width = (float)(a->output_width - trim), output_height = (float)(a->output_height - trim);
    STN_LOCAL(frame) f;
    f.x_half = width / 2;
    f.y_half = height / 2;
    // A single output pixel sits in the middle; its offset is zero, so any finite step will do.
    f.x_step = output_width > 0 ? width / output_width : 0;
    f.y_step = output_height > 0 ? height / output_height : 0;
    f.x_centre = (float)(a->width - 1) / 2;
    f.y_centre = (float)(a->height - 1) / 2;
    return f;
}

// Distance of output pixel `index` from the centre, in input pixels when theta is the identity.
STN_INLINE float STN_LOCAL(offset_at)(int64_t index, int64_t extent, float step) {
    return (float)(2 * index + 1 - extent) / 2 * step;
}

// The same in normalised units: −1 ... 1 over the output. A single pixel under align_corners is at 0, as in PyTorch.
STN_INLINE float STN_LOCAL(normal_at)(int64_t index, int64_t extent, int64_t align_corners) {
    int64_t span = extent - (align_corners ? 1 : 0);
    return span > 0 ? (float)(2 * index + 1 - extent) / (float)span : 0;
}

// A position and its four taps: flags say which lie inside.
typedef struct {
    int64_t north_west;  // index of the first channel of the pixel up left, may be outside
    float wx, wy;
    int west, east, north, south;
} STN_LOCAL(taps);

STN_INLINE int STN_LOCAL(taps_at)(const stn_affine_sample_arguments *a, float x, float y, STN_LOCAL(taps) *t) {
    // Also false for NaN. Beyond these bounds no tap is inside, and the conversion to integers below is safe.
    if (!(x >= -1 && x < (float)a->width && y >= -1 && y < (float)a->height)) return 0;
    int64_t left = (int64_t)(x + 1) - 1, top = (int64_t)(y + 1) - 1;
    // x + 1 may round up to the next integer; the weight must stay in 0 ... 1.
    left -= (float)left > x;
    top -= (float)top > y;
    t->wx = x - (float)left;
    t->wy = y - (float)top;
    t->west = left >= 0;
    t->east = left + 1 < a->width;
    t->north = top >= 0;
    t->south = top + 1 < a->height;
    t->north_west = (top * a->width + left) * a->channels;
    return 1;
}

static void STN_KERNEL_NAME(affine_sample)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_affine_sample_arguments *a = arguments;
    STN_LOCAL(frame) f = STN_LOCAL(frame_of)(a);
    int64_t channels = a->channels, row_stride = a->width * channels;
    for (int64_t task = first; task < last; task++) {
        int64_t image = task / a->output_height, row = task % a->output_height;
        const float *theta = a->theta + image * 6, *input = a->input + image * a->height * row_stride;
        float *output = a->output + task * a->output_width * channels;
        float v = STN_LOCAL(offset_at)(row, a->output_height, f.y_step);
        float y_normal = STN_LOCAL(normal_at)(row, a->output_height, a->align_corners);
        float x_row = theta[1] * f.x_half * y_normal + theta[2] * f.x_half + f.x_centre;
        float y_row = theta[4] * v + theta[5] * f.y_half + f.y_centre;
        for (int64_t column = 0; column < a->output_width; column++, output += channels) {
            float u = STN_LOCAL(offset_at)(column, a->output_width, f.x_step);
            float x_normal = STN_LOCAL(normal_at)(column, a->output_width, a->align_corners);
            STN_LOCAL(taps) t;
            if (!STN_LOCAL(taps_at)(a, theta[0] * u + x_row, theta[3] * f.y_half * x_normal + y_row, &t)) {
                for (int64_t c = 0; c < channels; c++) output[c] = 0;
                continue;
            }
            const float *p = input + t.north_west;
            float nw = t.north && t.west ? (1 - t.wx) * (1 - t.wy) : 0, ne = t.north && t.east ? t.wx * (1 - t.wy) : 0;
            float sw = t.south && t.west ? (1 - t.wx) * t.wy : 0, se = t.south && t.east ? t.wx * t.wy : 0;
            for (int64_t c = 0; c < channels; c++) {
                // A tap outside, or of weight zero, is not read: 0 · ∞ of a neighbour must not reach an exact copy.
                float sum = nw != 0 ? nw * p[c] : 0;
                if (ne != 0) sum += ne * p[channels + c];
                if (sw != 0) sum += sw * p[row_stride + c];
                if (se != 0) sum += se * p[row_stride + channels + c];
                output[c] = sum;
            }
        }
    }
}

// Adds one pixel's gradient to d_input and returns its derivatives by position in pixels.
STN_INLINE void STN_LOCAL(sample_pixel_gradient)(const STN_LOCAL(taps) *t, const float *p, const float *d_output,
                                                 float *d, int64_t channels, int64_t row_stride, float *gx, float *gy) {
    float dx = 0, dy = 0, wx = t->wx, wy = t->wy;
    int nw = t->north && t->west, ne = t->north && t->east, sw = t->south && t->west, se = t->south && t->east;
    for (int64_t c = 0; c < channels; c++) {
        float g = d_output[c];
        float north_west = nw ? p[c] : 0, north_east = ne ? p[channels + c] : 0;
        float south_west = sw ? p[row_stride + c] : 0, south_east = se ? p[row_stride + channels + c] : 0;
        dx += g * ((north_east - north_west) * (1 - wy) + (south_east - south_west) * wy);
        dy += g * ((south_west - north_west) * (1 - wx) + (south_east - north_east) * wx);
        if (!d) continue;
        if (nw) d[c] += g * (1 - wx) * (1 - wy);
        if (ne) d[channels + c] += g * wx * (1 - wy);
        if (sw) d[row_stride + c] += g * (1 - wx) * wy;
        if (se) d[row_stride + channels + c] += g * wx * wy;
    }
    *gx = dx;
    *gy = dy;
}

static void STN_KERNEL_NAME(affine_sample_gradient)(const void *arguments, int64_t first, int64_t last,
                                                    int64_t thread) {
    (void)thread;
    const stn_affine_sample_gradient_arguments *g = arguments;
    const stn_affine_sample_arguments *a = &g->forward;
    STN_LOCAL(frame) f = STN_LOCAL(frame_of)(a);
    int64_t channels = a->channels, row_stride = a->width * channels, size = a->height * row_stride;
    for (int64_t image = first; image < last; image++) {
        const float *theta = a->theta + image * 6, *input = a->input + image * size;
        const float *d_output = g->d_output + image * a->output_height * a->output_width * channels;
        float *d_input = g->d_input ? g->d_input + image * size : 0, d_theta[6] = {0, 0, 0, 0, 0, 0};
        if (d_input) memset(d_input, 0, (size_t)size * sizeof(float));
        for (int64_t row = 0; row < a->output_height; row++) {
            float v = STN_LOCAL(offset_at)(row, a->output_height, f.y_step);
            float y_normal = STN_LOCAL(normal_at)(row, a->output_height, a->align_corners);
            float x_row = theta[1] * f.x_half * y_normal + theta[2] * f.x_half + f.x_centre;
            float y_row = theta[4] * v + theta[5] * f.y_half + f.y_centre;
            float x_sum = 0, y_sum = 0, x_moment = 0, y_moment = 0;
            for (int64_t column = 0; column < a->output_width; column++, d_output += channels) {
                float u = STN_LOCAL(offset_at)(column, a->output_width, f.x_step), gx, gy;
                float x_normal = STN_LOCAL(normal_at)(column, a->output_width, a->align_corners);
                STN_LOCAL(taps) t;
                if (!STN_LOCAL(taps_at)(a, theta[0] * u + x_row, theta[3] * f.y_half * x_normal + y_row, &t)) continue;
                STN_LOCAL(sample_pixel_gradient)(&t, input + t.north_west, d_output,
                                                 d_input ? d_input + t.north_west : 0, channels, row_stride, &gx, &gy);
                x_sum += gx;
                y_sum += gy;
                x_moment += gx * u;
                y_moment += gy * x_normal;
            }
            d_theta[0] += x_moment;
            d_theta[1] += x_sum * f.x_half * y_normal;
            d_theta[2] += x_sum * f.x_half;
            d_theta[3] += y_moment * f.y_half;
            d_theta[4] += y_sum * v;
            d_theta[5] += y_sum * f.y_half;
        }
        memcpy(g->d_theta + image * 6, d_theta, sizeof d_theta);
    }
}
