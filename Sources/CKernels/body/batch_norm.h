// Batch normalisation of rows of channels, each channel in a lane of its own.
//
// Sums       over blocks of rows that depend on the number of channels alone; a block is a task, and what the blocks found is
//            put together in order by the one task that owns the channel. No bit depends on threads.
// Variance   a block takes its own mean first and then distances from it, while it is in the cache: no cancellation, and the
//            input is read once from memory (Chan et al. 1983).
// Bound by   memory.

// Runs a block, the last argument, for all channels in groups of `vectors` vectors from channel `c` on; `n` is the lanes of
// each.
#define STN_FOR_CHANNELS(total, ...)                                       \
    do {                                                                   \
        int64_t c = 0;                                                     \
        for (; c + 4 * STN_LANES <= (total); c += 4 * STN_LANES) {         \
            const int vectors = 4, n = STN_LANES;                          \
            __VA_ARGS__                                                    \
        }                                                                  \
        for (; c < (total); c += STN_LANES) {                              \
            const int vectors = 1, n = (int)stn_min(STN_LANES, (total)-c); \
            __VA_ARGS__                                                    \
        }                                                                  \
    } while (0)
#define STN_FOR_VECTORS \
    STN_UNROLL          \
    for (int v = 0; v < vectors; v++)

// Up to four vectors of something that each channel has; nothing given is zeros.
STN_INLINE void STN_LOCAL(load_channels)(int vectors, int n, const float *from, int64_t c, vec to[4]) {
    STN_FOR_VECTORS to[v] = from ? STN_LOAD(from + c + v * STN_LANES) : vec_zero();
}

static void STN_KERNEL_NAME(batch_norm_parts)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_batch_norm_arguments *a = arguments;
    int64_t size = stn_batch_norm_block(a->channels);
    for (int64_t block = first; block < last; block++) {
        int64_t start = block * size, end = stn_min(a->rows, start + size);
        float *part = a->parts + block * 2 * a->channels;
        vec share = vec_set1(1 / (float)(end - start));
        STN_FOR_CHANNELS(a->channels, {
            vec mean[4], squares[4];
            STN_FOR_VECTORS mean[v] = squares[v] = vec_zero();
            for (int64_t row = start; row < end; row++) {
                const float *from = a->input + row * a->channels + c;
                STN_FOR_VECTORS mean[v] = vec_add(mean[v], STN_LOAD(from + v * STN_LANES));
            }
            STN_FOR_VECTORS mean[v] = vec_mul(mean[v], share);
            for (int64_t row = start; row < end; row++) {
                const float *from = a->input + row * a->channels + c;
                STN_FOR_VECTORS {
                    vec distance = vec_sub(STN_LOAD(from + v * STN_LANES), mean[v]);
                    squares[v] = vec_fma(distance, distance, squares[v]);
                }
            }
            STN_FOR_VECTORS STN_STORE(part + c + v * STN_LANES, mean[v]);
            STN_FOR_VECTORS STN_STORE(part + a->channels + c + v * STN_LANES, squares[v]);
        });
    }
}

// Sums over blocks are few, so that double precision costs nothing; large batches have thousands of them.
static void STN_KERNEL_NAME(batch_norm_moments)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_batch_norm_arguments *a = arguments;
    int64_t size = stn_batch_norm_block(a->channels), blocks = stn_divide_up(a->rows, size);
    for (int64_t c = first * STN_LANES; c < stn_min(last * STN_LANES, a->channels); c += STN_LANES) {
        const int n = (int)stn_min(STN_LANES, a->channels - c);
        double mean[STN_LANES] = {0}, squares[STN_LANES] = {0};
        for (int64_t block = 0; block < blocks; block++) {
            const float *part = a->parts + block * 2 * a->channels + c;
            double share = (double)stn_min(size, a->rows - block * size) / (double)a->rows;
            for (int lane = 0; lane < n; lane++) mean[lane] += share * part[lane];
        }
        for (int64_t block = 0; block < blocks; block++) {
            const float *part = a->parts + block * 2 * a->channels + c;
            double rows = (double)stn_min(size, a->rows - block * size);
            for (int lane = 0; lane < n; lane++) {
                double distance = part[lane] - mean[lane];
                squares[lane] += part[a->channels + lane] + rows * distance * distance;
            }
        }
        for (int lane = 0; lane < n; lane++) {
            a->mean[c + lane] = (float)mean[lane];
            a->variance[c + lane] = (float)(squares[lane] / (double)a->rows);
            a->inverse_deviation[c + lane] = 1 / sqrtf(a->variance[c + lane] + a->epsilon);
            a->scale[c + lane] = a->weight[c + lane] * a->inverse_deviation[c + lane];
        }
    }
}

static void STN_KERNEL_NAME(batch_norm)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_batch_norm_arguments *a = arguments;
    int64_t size = stn_batch_norm_block(a->channels), end = stn_min(a->rows, last * size);
    STN_FOR_CHANNELS(a->channels, {
        vec mean[4], scale[4], bias[4];
        STN_LOCAL(load_channels)(vectors, n, a->mean, c, mean);
        STN_LOCAL(load_channels)(vectors, n, a->scale, c, scale);
        STN_LOCAL(load_channels)(vectors, n, a->bias, c, bias);
        for (int64_t row = first * size; row < end; row++) {
            int64_t place = row * a->channels + c;
            STN_FOR_VECTORS {
                vec distance = vec_sub(STN_LOAD(a->input + place + v * STN_LANES), mean[v]);
                vec value = vec_fma(distance, scale[v], bias[v]);
                STN_STORE(a->output + place + v * STN_LANES, a->relu ? vec_relu(value) : value);
            }
        }
    });
}

// dOutput as far as ReLU lets it pass, which is told from the same sum as in the forward pass.
STN_INLINE vec STN_LOCAL(batch_norm_passed)(const stn_batch_norm_arguments *a, vec gradient, vec distance, vec scale,
                                            vec bias) {
    if (!a->relu) return gradient;
    return vec_select(vec_exceeds(vec_fma(distance, scale, bias), vec_zero()), gradient, vec_zero());
}

static void STN_KERNEL_NAME(batch_norm_gradient_parts)(const void *arguments, int64_t first, int64_t last,
                                                       int64_t thread) {
    (void)thread;
    const stn_batch_norm_arguments *a = arguments;
    int64_t size = stn_batch_norm_block(a->channels);
    for (int64_t block = first; block < last; block++) {
        int64_t end = stn_min(a->rows, (block + 1) * size);
        float *part = a->parts + block * 2 * a->channels;
        STN_FOR_CHANNELS(a->channels, {
            vec mean[4], scale[4], bias[4], sum[4], product[4];
            STN_LOCAL(load_channels)(vectors, n, a->mean, c, mean);
            STN_LOCAL(load_channels)(vectors, n, a->scale, c, scale);
            STN_LOCAL(load_channels)(vectors, n, a->bias, c, bias);
            STN_FOR_VECTORS sum[v] = product[v] = vec_zero();
            for (int64_t row = block * size; row < end; row++) {
                int64_t place = row * a->channels + c;
                STN_FOR_VECTORS {
                    vec distance = vec_sub(STN_LOAD(a->input + place + v * STN_LANES), mean[v]);
                    vec gradient = STN_LOCAL(batch_norm_passed)(a, STN_LOAD(a->d_output + place + v * STN_LANES),
                                                                distance, scale[v], bias[v]);
                    sum[v] = vec_add(sum[v], gradient);
                    product[v] = vec_fma(gradient, distance, product[v]);
                }
            }
            STN_FOR_VECTORS STN_STORE(part + c + v * STN_LANES, sum[v]);
            STN_FOR_VECTORS STN_STORE(part + a->channels + c + v * STN_LANES, product[v]);
        });
    }
}

static void STN_KERNEL_NAME(batch_norm_gradient_sums)(const void *arguments, int64_t first, int64_t last,
                                                      int64_t thread) {
    (void)thread;
    const stn_batch_norm_arguments *a = arguments;
    int64_t blocks = stn_divide_up(a->rows, stn_batch_norm_block(a->channels));
    for (int64_t c = first * STN_LANES; c < stn_min(last * STN_LANES, a->channels); c += STN_LANES) {
        const int n = (int)stn_min(STN_LANES, a->channels - c);
        double sum[STN_LANES] = {0}, product[STN_LANES] = {0};
        for (int64_t block = 0; block < blocks; block++) {
            const float *part = a->parts + block * 2 * a->channels + c;
            for (int lane = 0; lane < n; lane++) {
                sum[lane] += part[lane];
                product[lane] += part[a->channels + lane];
            }
        }
        for (int lane = 0; lane < n; lane++) {
            double inverse = a->inverse_deviation[c + lane], d_weight = inverse * product[lane];
            a->d_bias[c + lane] = (float)sum[lane];
            a->d_weight[c + lane] = (float)d_weight;
            a->shares[c + lane] = (float)(sum[lane] / (double)a->rows);
            a->shares[a->channels + c + lane] = (float)(inverse * d_weight / (double)a->rows);
        }
    }
}

static void STN_KERNEL_NAME(batch_norm_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_batch_norm_arguments *a = arguments;
    int64_t size = stn_batch_norm_block(a->channels), end = stn_min(a->rows, last * size);
    STN_FOR_CHANNELS(a->channels, {
        vec mean[4], scale[4], bias[4], even[4], along[4];
        STN_LOCAL(load_channels)(vectors, n, a->mean, c, mean);
        STN_LOCAL(load_channels)(vectors, n, a->scale, c, scale);
        STN_LOCAL(load_channels)(vectors, n, a->bias, c, bias);
        STN_LOCAL(load_channels)(vectors, n, a->shares, c, even);
        STN_LOCAL(load_channels)(vectors, n, a->shares + a->channels, c, along);
        for (int64_t row = first * size; row < end; row++) {
            int64_t place = row * a->channels + c;
            STN_FOR_VECTORS {
                vec distance = vec_sub(STN_LOAD(a->input + place + v * STN_LANES), mean[v]);
                vec gradient = STN_LOCAL(batch_norm_passed)(a, STN_LOAD(a->d_output + place + v * STN_LANES), distance,
                                                            scale[v], bias[v]);
                vec through = vec_fma(distance, along[v], even[v]);
                STN_STORE(a->d_input + place + v * STN_LANES, vec_mul(scale[v], vec_sub(gradient, through)));
            }
        }
    });
}

static void STN_KERNEL_NAME(batch_norm_follow)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    if (first >= last) return;
    const stn_batch_norm_follow_arguments *a = arguments;
    vec newest = vec_set1(a->momentum), rest = vec_set1(1 - a->momentum);
    vec unbiased = vec_set1(a->momentum * ((float)a->rows / (float)(a->rows - 1)));
    for (int64_t c = 0; c < a->channels; c += STN_LANES) {
        const int n = (int)stn_min(STN_LANES, a->channels - c);
        vec mean = vec_mul(rest, STN_LOAD(a->running_mean + c));
        vec variance = vec_mul(rest, STN_LOAD(a->running_variance + c));
        STN_STORE(a->running_mean + c, vec_fma(newest, STN_LOAD(a->mean + c), mean));
        STN_STORE(a->running_variance + c, vec_fma(unbiased, STN_LOAD(a->variance + c), variance));
    }
    *a->batches += 1;
}

static void STN_KERNEL_NAME(batch_norm_fold)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_batch_norm_fold_arguments *a = arguments;
    for (int64_t row = first; row < last; row++) {
        float factor = a->scale[row] / sqrtf(a->variance[row] + a->epsilon);
        a->folded_bias[row] = ((a->bias ? a->bias[row] : 0) - a->mean[row]) * factor + a->shift[row];
        for (int64_t c = 0; c < a->columns; c++)
            a->folded_weight[row * a->columns + c] = (a->weight ? a->weight[row * a->columns + c] : 1) * factor;
    }
}
