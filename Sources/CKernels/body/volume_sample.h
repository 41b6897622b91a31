// The sampler of volumes on a grid in memory, and its gradients. One position after another: its taps along each axis first, then
// all products of them.
//
// Shapes     input [volumes, depth, height, width, channels], grid [volumes, output_depth, output_height, output_width, 3]
//            → [volumes, output_depth, output_height, output_width, channels].
// Blocking   forward a row of the output at a time, the gradients a volume: neighbours in it add to the same voxels.
// Bound by   the taps: about 40 operations an axis, then a load and an FMA for each of the 8 (trilinear) or 64 taps and channel.
//            Volumes mostly have one channel, so vectors across channels have nothing to hold, and across positions would have to
//            gather; channels of one are a case of their own, which keeps the sum in a register.

// What a position reads along one axis.
typedef struct {
    int count;
    int64_t at[4];  // −1 outside
    float weight[4];
    float slope[4];  // by the position in pixels
} STN_LOCAL(voxel_axis);

// See Warping's SamplingPadding for where positions come to lie.
STN_INLINE float STN_LOCAL(volume_wrapped)(float at, float period) {
    float rest = fmodf(at, period);
    return rest < 0 ? rest + period : rest;
}

STN_INLINE float STN_LOCAL(volume_clipped)(float at, int64_t extent, float *factor) {
    float last = (float)(extent - 1);
    if (at > 0 && at < last) return at;
    *factor = 0;
    return at <= 0 ? 0 : last;
}

STN_INLINE float STN_LOCAL(volume_reflected)(float at, int64_t extent, int64_t align_corners, float *factor) {
    float span = (float)(align_corners ? extent - 1 : extent), mirror = align_corners ? 0 : -0.5f;
    if (span == 0) {
        *factor = 0;
        return 0;
    }
    float distance = at - mirror, rest = fmodf(fabsf(distance), 2 * span);
    *factor = distance < 0 ? -1 : 1;
    if (rest >= span) {
        *factor = -*factor;
        rest = 2 * span - rest;
    }
    return STN_LOCAL(volume_clipped)(rest + mirror, extent, factor);
}

// Keys' kernel at a distance of 0 … 2, A = −0.75.
STN_INLINE float STN_LOCAL(keys_weight)(float u, float *slope) {
    const float a = -0.75f;
    if (u <= 1) {
        *slope = (3 * (a + 2) * u - 2 * (a + 3)) * u;
        return ((a + 2) * u - (a + 3)) * u * u + 1;
    }
    *slope = (3 * a * u - 10 * a) * u + 8 * a;
    return ((a * u - 5 * a) * u + 8 * a) * u - 4 * a;
}

// The taps at a normalised coordinate; none, and 0, when no tap lies inside.
STN_INLINE int STN_LOCAL(find_voxel_axis)(const stn_volume_sample_arguments *a, float coordinate, int64_t extent,
                                         STN_LOCAL(voxel_axis) *t) {
// Positions between two pixels must fall to the side that Warping's fall to.
#pragma clang fp contract(off)
    if (!(fabsf(coordinate) <= FLT_MAX)) return 0;
    float at = coordinate * ((float)(a->align_corners ? extent - 1 : extent) / 2) + (float)(extent - 1) / 2;
    // In pixels a finite coordinate may overflow; it is then as far away as a number can be.
    at = fmaxf(-FLT_MAX, fminf(at, FLT_MAX));
    float nearest = rintf(at), factor = 1;
    if (fabsf(at - nearest) <= (float)(2 * extent) * FLT_EPSILON) at = nearest;
    int cubic = a->mode == STN_BICUBIC;
    switch (a->padding) {
    case STN_BORDER:
        at = cubic ? fminf(fmaxf(at, -3), (float)(extent + 2)) : STN_LOCAL(volume_clipped)(at, extent, &factor);
        break;
    case STN_REFLECTION:
        at = cubic ? STN_LOCAL(volume_wrapped)(at, (float)stn_max(1, 2 * (a->align_corners ? extent - 1 : extent)))
                   : STN_LOCAL(volume_reflected)(at, extent, a->align_corners, &factor);
        break;
    case STN_WRAP: at = STN_LOCAL(volume_wrapped)(at, (float)extent); break;
    default:
        if (!(at >= -2 && at < (float)(extent + 1))) return 0;
    }
    float floor = floorf(at), share = at - floor;
    int64_t first = (int64_t)floor;
    t->count = (int)a->mode;
    if (a->mode == STN_NEAREST) {
        first = (int64_t)rintf(at);
        t->weight[0] = 1;
        t->slope[0] = 0;
    } else if (!cubic) {
        t->weight[0] = 1 - share;
        t->weight[1] = share;
        t->slope[0] = -factor;
        t->slope[1] = factor;
    } else {
        first--;
        for (int i = 0; i < 4; i++) {
            float from = share - (float)(i - 1), slope;
            t->weight[i] = STN_LOCAL(keys_weight)(fabsf(from), &slope);
            t->slope[i] = from < 0 ? -slope : slope;
        }
    }
    int inside = 0;
    for (int i = 0; i < t->count; i++) {
        t->at[i] = stn_fold(a->padding, a->align_corners, first + i, extent);
        inside |= t->at[i] >= 0;
    }
    return inside;
}

// x, y and z; 0 when no tap lies inside.
STN_INLINE int STN_LOCAL(find_volume_taps)(const stn_volume_sample_arguments *a, const float *position,
                                           STN_LOCAL(voxel_axis) taps[3]) {
    return STN_LOCAL(find_voxel_axis)(a, position[0], a->width, taps) &&
           STN_LOCAL(find_voxel_axis)(a, position[1], a->height, taps + 1) &&
           STN_LOCAL(find_voxel_axis)(a, position[2], a->depth, taps + 2);
}

// The voxel of three taps in `input`; NULL outside.
STN_INLINE const float *STN_LOCAL(voxel)(const stn_volume_sample_arguments *a, const STN_LOCAL(voxel_axis) taps[3], int x, int y,
                                         int z, int64_t channels, const float *input) {
    int64_t column = taps[0].at[x], row = taps[1].at[y], slice = taps[2].at[z];
    if ((column | row | slice) < 0) return 0;
    return input + ((slice * a->height + row) * a->width + column) * channels;
}

STN_INLINE void STN_LOCAL(sample_voxel)(const stn_volume_sample_arguments *a, int64_t channels, const float *position,
                                        const float *input, float *output) {
    STN_LOCAL(voxel_axis) taps[3];
    if (!STN_LOCAL(find_volume_taps)(a, position, taps)) {
        for (int64_t c = 0; c < channels; c++) output[c] = a->constant ? a->constant[c] : 0;
        return;
    }
    float sum = 0;
    if (channels > 1) memset(output, 0, (size_t)channels * sizeof(float));
    for (int z = 0; z < taps[2].count; z++)
        for (int y = 0; y < taps[1].count; y++)
            for (int x = 0; x < taps[0].count; x++) {
                float weight = taps[0].weight[x] * taps[1].weight[y] * taps[2].weight[z];
                const float *voxel = STN_LOCAL(voxel)(a, taps, x, y, z, channels, input);
                if (!voxel) voxel = a->constant;
                // 0 · ∞ of a neighbour must not reach an exact copy.
                if (weight == 0 || !voxel) continue;
                if (channels == 1)
                    sum += weight * voxel[0];
                else
                    for (int64_t c = 0; c < channels; c++) output[c] += weight * voxel[c];
            }
    if (channels == 1) output[0] = sum;
}

static void STN_KERNEL_NAME(volume_sample)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_volume_sample_arguments *a = arguments;
    int64_t volume = a->depth * a->height * a->width * a->channels, rows = a->output_depth * a->output_height;
    for (int64_t task = first; task < last; task++) {
        const float *input = a->input + task / rows * volume, *position = a->grid + task * a->output_width * 3;
        float *output = a->output + task * a->output_width * a->channels;
        for (int64_t column = 0; column < a->output_width; column++, position += 3, output += a->channels)
            if (a->channels == 1)
                STN_LOCAL(sample_voxel)(a, 1, position, input, output);
            else
                STN_LOCAL(sample_voxel)(a, a->channels, position, input, output);
    }
}

STN_INLINE void STN_LOCAL(voxel_gradients)(const stn_volume_sample_gradient_arguments *g, int64_t channels,
                                           const float *position, const float *input, const float *d_output, float *d_input,
                                           float *d_position) {
    const stn_volume_sample_arguments *a = &g->forward;
    STN_LOCAL(voxel_axis) taps[3];
    float sums[3] = {0, 0, 0};
    if (STN_LOCAL(find_volume_taps)(a, position, taps))
        for (int z = 0; z < taps[2].count; z++)
            for (int y = 0; y < taps[1].count; y++)
                for (int x = 0; x < taps[0].count; x++) {
                    float wx = taps[0].weight[x], wy = taps[1].weight[y], wz = taps[2].weight[z], product = 0;
                    const float *voxel = STN_LOCAL(voxel)(a, taps, x, y, z, channels, input);
                    float *sum = voxel && d_input ? d_input + (voxel - input) : 0;
                    if (!voxel) voxel = a->constant;
                    if (!voxel) continue;
                    for (int64_t c = 0; c < channels; c++) {
                        if (sum) sum[c] += wx * wy * wz * d_output[c];
                        product += d_output[c] * voxel[c];
                    }
                    sums[0] += product * (taps[0].slope[x] * wy * wz);
                    sums[1] += product * (wx * taps[1].slope[y] * wz);
                    sums[2] += product * (wx * wy * taps[2].slope[z]);
                }
    if (!d_position) return;
    int64_t extents[3] = {a->width, a->height, a->depth};
    for (int axis = 0; axis < 3; axis++)
        d_position[axis] =
            a->mode == STN_NEAREST ? 0 : sums[axis] * ((float)(extents[axis] - (a->align_corners ? 1 : 0)) / 2);
}

static void STN_KERNEL_NAME(volume_sample_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_volume_sample_gradient_arguments *g = arguments;
    const stn_volume_sample_arguments *a = &g->forward;
    int64_t volume = a->depth * a->height * a->width * a->channels;
    int64_t positions = a->output_depth * a->output_height * a->output_width;
    for (int64_t task = first; task < last; task++) {
        const float *input = a->input + task * volume, *position = a->grid + task * positions * 3;
        const float *d_output = g->d_output + task * positions * a->channels;
        float *d_input = g->d_input ? g->d_input + task * volume : 0;
        float *d_position = g->d_grid ? g->d_grid + task * positions * 3 : 0;
        if (d_input) memset(d_input, 0, (size_t)volume * sizeof(float));
        for (int64_t i = 0; i < positions; i++) {
            float *d_grid = d_position ? d_position + i * 3 : 0;
            if (a->channels == 1)
                STN_LOCAL(voxel_gradients)(g, 1, position + i * 3, input, d_output + i, d_input, d_grid);
            else
                STN_LOCAL(voxel_gradients)(g, a->channels, position + i * 3, input, d_output + i * a->channels, d_input,
                                           d_grid);
        }
    }
}
