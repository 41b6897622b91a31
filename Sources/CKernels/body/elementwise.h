// What works element by element. All are bound by memory.

// Runs `statement` for each vector of the pieces first ..< last, with `i` its first element and `n` its elements; full
// vectors take plain loads and stores because `n` is then a constant.
#define STN_LOAD(p) (n == STN_LANES ? vec_load(p) : vec_load_first(p, n))
#define STN_STORE(p, a) (n == STN_LANES ? vec_store(p, a) : vec_store_first(p, a, n))
#define STN_FOR_ELEMENTS(total, statement)                                                                         \
    do {                                                                                                           \
        int64_t i = first * STN_PIECE, end = stn_min(last * STN_PIECE, (total));                                   \
        for (; i + STN_LANES <= end; i += STN_LANES) {                                                             \
            const int n = STN_LANES;                                                                               \
            statement;                                                                                             \
        }                                                                                                          \
        if (i < end) {                                                                                             \
            const int n = (int)(end - i);                                                                          \
            statement;                                                                                             \
        }                                                                                                          \
    } while (0)

// The same for the channels of a pixel: runs a block, the last argument, for each vector from channel `c` on, of `n` lanes.
#define STN_FOR_VECTORS_OF(total, ...)                         \
    do {                                                       \
        int64_t c = 0;                                         \
        for (; c + STN_LANES <= (total); c += STN_LANES) {     \
            const int n = STN_LANES;                           \
            __VA_ARGS__                                        \
        }                                                      \
        if (c < (total)) {                                     \
            const int n = (int)((total)-c);                    \
            __VA_ARGS__                                        \
        }                                                      \
    } while (0)

static void STN_KERNEL_NAME(relu)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_relu_arguments *a = arguments;
    STN_FOR_ELEMENTS(a->count, STN_STORE(a->output + i, vec_relu(STN_LOAD(a->input + i))));
}

static void STN_KERNEL_NAME(relu_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_relu_gradient_arguments *a = arguments;
    STN_FOR_ELEMENTS(a->count, {
        vec_mask passes = vec_exceeds(STN_LOAD(a->output + i), vec_zero());
        STN_STORE(a->d_input + i, vec_select(passes, STN_LOAD(a->d_output + i), vec_zero()));
    });
}

static void STN_KERNEL_NAME(scale)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_scale_arguments *a = arguments;
    if (a->channels == 0) {
        STN_FOR_ELEMENTS(a->count, STN_STORE(a->output + i, vec_mul(STN_LOAD(a->input + i), STN_LOAD(a->factor + i))));
        return;
    }
    for (int64_t i = first * STN_PIECE; i < stn_min(last * STN_PIECE, a->count); i++) {
        int64_t image = i / (a->pixels * a->channels);
        a->output[i] = a->input[i] * a->factor[image * a->channels + i % a->channels];
    }
}

static void STN_KERNEL_NAME(add)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_add_arguments *a = arguments;
    STN_FOR_ELEMENTS(a->count, STN_STORE(a->accumulator + i,
                                         vec_add(STN_LOAD(a->accumulator + i), STN_LOAD(a->addend + i))));
}

// Blocks of random numbers drawn side by side, so that each line below is vector instructions.
#define STN_PHILOX_BLOCKS 16

// Philox4x32-10 (Salmon et al., SC 2011), as in Tensors/Philox.swift, of neighbouring blocks: words[word][block].
STN_INLINE void STN_LOCAL(philox)(uint32_t words[4][STN_PHILOX_BLOCKS], uint32_t key_low, uint32_t key_high) {
    for (int round = 0; round < 10; round++) {
        for (int b = 0; b < STN_PHILOX_BLOCKS; b++) {
            uint64_t even = (uint64_t)words[0][b] * 0xD2511F53u, odd = (uint64_t)words[2][b] * 0xCD9E8D57u;
            words[0][b] = (uint32_t)(odd >> 32) ^ words[1][b] ^ key_low;
            words[1][b] = (uint32_t)odd;
            words[2][b] = (uint32_t)(even >> 32) ^ words[3][b] ^ key_high;
            words[3][b] = (uint32_t)even;
        }
        key_low += 0x9E3779B9u;
        key_high += 0xBB67AE85u;
    }
}

static void STN_KERNEL_NAME(dropout_mask)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_dropout_mask_arguments *a = arguments;
    int64_t end = stn_min(last * STN_PIECE, a->count);
    for (int64_t i = first * STN_PIECE; i < end; i += 4 * STN_PHILOX_BLOCKS) {
        uint32_t words[4][STN_PHILOX_BLOCKS];
        for (int b = 0; b < STN_PHILOX_BLOCKS; b++) {
            uint64_t index = (uint64_t)(i / 4 + b);
            words[0][b] = (uint32_t)index;
            words[1][b] = (uint32_t)(index >> 32);
            words[2][b] = a->step;
            words[3][b] = a->stream;
        }
        STN_LOCAL(philox)(words, a->key_low, a->key_high);
        for (int64_t j = i; j < stn_min(i + 4 * STN_PHILOX_BLOCKS, end); j++)
            a->mask[j] = words[(j - i) % 4][(j - i) / 4] < a->threshold ? 0 : a->keep_scale;
    }
}

static void STN_KERNEL_NAME(cross_entropy)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_cross_entropy_arguments *a = arguments;
    for (int64_t row = first; row < last; row++) {
        const float *logits = a->logits + row * a->classes;
        int64_t best = 0;
        for (int64_t c = 1; c < a->classes; c++)
            if (logits[c] > logits[best] || logits[c] != logits[c]) best = c;
        float sum = 0, largest = logits[best];
        for (int64_t c = 0; c < a->classes; c++) sum += expf(logits[c] - largest);
        // Not logf(sum) + largest, which would round the loss to the precision of the largest logit.
        float log_sum = logf(sum);
        if (a->predictions) a->predictions[row] = (int32_t)best;
        float everywhere = a->smoothing / (float)a->classes;
        if (a->labels && a->losses) {
            a->losses[row] = log_sum - (logits[a->labels[row]] - largest);
            // Not for a smoothing of zero, which would make a NaN of an impossible class.
            if (a->smoothing > 0) {
                float all = 0;
                for (int64_t c = 0; c < a->classes; c++) all += log_sum - (logits[c] - largest);
                a->losses[row] = (1 - a->smoothing) * a->losses[row] + everywhere * all;
            }
        }
        for (int64_t c = 0; c < a->classes; c++) {
            float log_probability = logits[c] - largest - log_sum;
            if (a->log_probabilities) a->log_probabilities[row * a->classes + c] = log_probability;
            if (a->d_logits)
                a->d_logits[row * a->classes + c] =
                    (expf(log_probability) - ((c == a->labels[row] ? 1 - a->smoothing : 0) + everywhere)) *
                    a->gradient_scale;
        }
    }
}

static void STN_KERNEL_NAME(screen)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_screen_arguments *a = arguments;
    for (int64_t task = first; task < last; task++) {
        const stn_screened_part *part = a->parts + task;
        vec upper = vec_set1(part->limit), lower = vec_set1(-part->limit);
        const vec_mask all = vec_equals(vec_zero(), vec_zero());
        vec_mask passes = all;
        // What is past the end reads as zero, which passes.
        STN_FOR_VECTORS_OF(part->count, {
            vec value = STN_LOAD(part->values + c);
            passes = vec_both(passes, vec_both(vec_below(value, upper), vec_below(lower, value)));
        });
        a->failed[task] = vec_bits(passes) != vec_bits(all);
    }
}

static void STN_KERNEL_NAME(sgd)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_sgd_arguments *a = arguments;
    vec rate = vec_set1(-a->rate), momentum = vec_set1(a->momentum), decay = vec_set1(a->weight_decay);
    STN_FOR_ELEMENTS(a->count, {
        vec parameter = STN_LOAD(a->parameters + i);
        vec change = vec_fma(decay, parameter, STN_LOAD(a->gradients + i));
        if (a->velocity) {
            change = vec_fma(momentum, STN_LOAD(a->velocity + i), change);
            STN_STORE(a->velocity + i, change);
        }
        STN_STORE(a->parameters + i, vec_fma(rate, change, parameter));
    });
}

static void STN_KERNEL_NAME(adam)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_adam_arguments *a = arguments;
    vec beta1 = vec_set1(a->beta1), beta2 = vec_set1(a->beta2), epsilon = vec_set1(a->epsilon);
    vec rest1 = vec_set1(1 - a->beta1), rest2 = vec_set1(1 - a->beta2);
    vec step = vec_set1(a->corrected_rate), root = vec_set1(a->correction_root);
    vec decay = vec_set1(a->weight_decay), shrink = vec_set1(a->shrink);
    STN_FOR_ELEMENTS(a->count, {
        vec parameter = STN_LOAD(a->parameters + i);
        vec gradient = vec_fma(decay, parameter, STN_LOAD(a->gradients + i));
        vec first_moment = vec_fma(beta1, STN_LOAD(a->first_moment + i), vec_mul(rest1, gradient));
        vec second_moment =
            vec_fma(beta2, STN_LOAD(a->second_moment + i), vec_mul(rest2, vec_mul(gradient, gradient)));
        STN_STORE(a->first_moment + i, first_moment);
        STN_STORE(a->second_moment + i, second_moment);
        vec denominator = vec_add(vec_div(vec_sqrt(second_moment), root), epsilon);
        vec change = vec_div(vec_mul(step, first_moment), denominator);
        STN_STORE(a->parameters + i, vec_sub(vec_mul(shrink, parameter), change));
    });
}
