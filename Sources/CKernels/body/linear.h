// A linear layer as dense products.
//
// Forward    on batches of a vector's width or more the batch runs along the vectors: linear_operands transposes the input,
//            linear multiplies it with rows of the weight as they are stored, 8 outputs a task. Weights change with every step,
//            and packing them first would read and write them all once more. Smaller batches take packed weights and vectors
//            of outputs: in float32 by the convolution's kernel, in bfloat16 by linear_packed. Sums run in the same order.
// Gradients  linear_gradient_operands masks dOutput by ReLU, sums dBias and writes dOutput as operands: pairs along the
//            outputs for dInput, pairs along the batch for dWeight. linear_gradients: task = a block of 2 vectors of inputs;
//            it packs its columns of weight and of input once and multiplies them with all of dOutput.
// Dense      half of the outputs behind ReLU carry no gradient. Leaving them out makes lists of single rows, bound by loads;
//            the dense product is bound by FMAs.

// A row of floats as operands along which k runs, filled up with zeros.
STN_INLINE void STN_PRECISE(row_operands)(const float *from, int64_t count, int64_t depth, operand *to) {
    for (int64_t k = 0; k < depth * STN_DEPTH; k += STN_LANES)
        STN_PRECISE(store_along)(to, k, vec_load_first(from + k, (int)stn_max(0, stn_min(STN_LANES, count - k))));
}

// Transposes input [rows, inputs] to panels [block of 2 vectors of rows][k][block]: a task makes a vector's width of inputs.
static void STN_PRECISE_KERNEL(linear_operands)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_linear_arguments *a = arguments;
    const int64_t block = 2 * STN_LANES, step = stn_max(2, STN_LANES);
    int64_t depth = stn_linear_depth(a->inputs, STN_LANES) * 2 / STN_DEPTH;
    for (int64_t task = first; task < last; task++)
        for (int64_t row = 0; row < stn_divide_up(a->rows, block) * block; row += STN_LANES) {
            operand *to = (operand *)a->workspace + (row / block * depth + task * step / STN_DEPTH) * block + row % block;
            STN_PRECISE(transpose_square)(a->input + row * a->inputs + task * step, a->inputs,
                                          stn_min(STN_LANES, a->rows - row), stn_min(step, a->inputs - task * step), to,
                                          block);
        }
}

static void STN_PRECISE_KERNEL(linear)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_linear_arguments *a = arguments;
    const int64_t block = 2 * STN_LANES;
    int64_t panel_depth = stn_linear_depth(a->inputs, STN_LANES) * 2 / STN_DEPTH;
    int64_t depth = STN_DEPTH == 1 ? a->inputs : panel_depth;
    operand *converted = (operand *)(a->scratch + thread * a->scratch_bytes);
    for (int64_t task = first; task < last; task++) {
        int64_t output = task * STN_TILE_PIXELS, count = stn_min(STN_TILE_PIXELS, a->outputs - output);
        const float *weight = a->weight + output * a->inputs;
        const operand *rows = (const operand *)weight;
        if (STN_DEPTH == 2) {
            for (int64_t r = 0; r < count; r++)
                STN_PRECISE(row_operands)(weight + r * a->inputs, a->inputs, depth, converted + r * depth);
            rows = converted;
        }
        for (int64_t row = 0; row < a->rows; row += block) {
            float sums[STN_TILE_PIXELS][2 * STN_LANES];
            STN_PRECISE(product)(count, 0, rows, depth, 1, depth,
                                 (const operand *)a->workspace + row / block * panel_depth * block, block, sums[0], block,
                                 (int)block);
            for (int64_t r = 0; r < stn_min(block, a->rows - row); r++)
                for (int64_t o = 0; o < count; o++) {
                    float sum = sums[o][r] + a->bias[output + o];
                    a->output[(row + r) * a->outputs + output + o] = a->relu && sum <= 0 ? 0 : sum;
                }
        }
    }
}

// to[k][2 vectors] from rows of floats `stride` apart, `columns` of them valid; filled up with zeros.
STN_INLINE void STN_PRECISE(pack_panel)(const float *from, int64_t stride, int64_t rows, int64_t columns, operand *to) {
    for (int64_t k = 0; k < rows; k += 2)
        for (int v = 0; v < 2; v++) {
            int count = (int)stn_max(0, stn_min(STN_LANES, columns - v * STN_LANES));
            const float *at = from + k * stride + v * STN_LANES;
            // The next block is most likely this thread's, too; its rows lie too far apart for the hardware to see them coming.
            __builtin_prefetch(at + 2 * STN_LANES);
            __builtin_prefetch(at + stride + 2 * STN_LANES);
            vec even = vec_load_first(at, count), odd = k + 1 < rows ? vec_load_first(at + stride, count) : vec_zero();
            STN_PRECISE(store_across)(to + k / STN_DEPTH * 2 * STN_LANES + v * STN_LANES, 2 * STN_LANES, even, odd);
        }
}

static void STN_PRECISE_KERNEL(linear_gradient_operands)(const void *arguments, int64_t first, int64_t last,
                                                         int64_t thread) {
    (void)thread;
    const stn_linear_gradient_arguments *a = arguments;
    stn_linear_layout b = stn_linear_layout_of(a->rows, a->outputs, STN_LANES, STN_DEPTH);
    operand *along = (operand *)(a->workspace + b.gradients), *across = (operand *)(a->workspace + b.gradient_pairs);
    for (int64_t task = first; task < last; task++) {
        int64_t channel = task * STN_LANES;
        int count = (int)stn_max(0, stn_min(STN_LANES, a->outputs - channel));
        vec sum = vec_zero();
        for (int64_t row = 0; row < a->rows; row += 2) {
            vec gradients[2];
            for (int k = 0; k < 2; k++) {
                int64_t at = (row + k) * a->outputs + channel;
                int exists = row + k < a->rows && count > 0;
                gradients[k] = exists ? vec_load_first(a->d_output + at, count) : vec_zero();
                if (a->relu && exists)
                    gradients[k] =
                        vec_select(vec_exceeds(vec_load_first(a->output + at, count), vec_zero()), gradients[k], vec_zero());
                sum = vec_add(sum, gradients[k]);
                STN_PRECISE(store_along)(along + (row + k) * b.outputs / STN_DEPTH, channel, gradients[k]);
            }
            if (STN_DEPTH > 1)
                STN_PRECISE(store_across)(across + row / STN_DEPTH * b.outputs + channel, b.outputs, gradients[0],
                                          gradients[1]);
        }
        if (count > 0) vec_store_first(a->d_bias + channel, sum, count);
    }
}

static void STN_PRECISE_KERNEL(linear_gradients)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_linear_gradient_arguments *a = arguments;
    stn_linear_layout b = stn_linear_layout_of(a->rows, a->outputs, STN_LANES, STN_DEPTH);
    const operand *along = (const operand *)(a->workspace + b.gradients);
    const operand *across = STN_DEPTH == 1 ? along : (const operand *)(a->workspace + b.gradient_pairs);
    operand *panel = (operand *)(a->workspace + b.panels + thread * b.panel_bytes);
    const int64_t block = 2 * STN_LANES;
    for (int64_t task = first; task < last; task++) {
        int64_t input = task * block;
        int columns = (int)stn_min(block, a->inputs - input);
        if (a->d_input) {
            STN_PRECISE(pack_panel)(a->weight + input, a->inputs, a->outputs, columns, panel);
            STN_PRECISE(product)(a->rows, 0, along, b.outputs / STN_DEPTH, 1, stn_divide_up(a->outputs, STN_DEPTH), panel,
                                 block, a->d_input + input, a->inputs, columns);
        }
        STN_PRECISE(pack_panel)(a->input + input, a->inputs, a->rows, columns, panel);
        STN_PRECISE(product)(a->outputs, 0, across, 1, b.outputs, stn_divide_up(a->rows, STN_DEPTH), panel, block,
                             a->d_weight + input, a->inputs, columns);
    }
}

#if STN_DEPTH == 2
// Task = a block of 2 vectors of outputs × 8 rows of the batch, which it converts first.
static void STN_KERNEL_NAME(linear_packed_bf16)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    const stn_linear_arguments *a = arguments;
    const int64_t block = 2 * STN_LANES, groups = stn_divide_up(a->rows, STN_TILE_PIXELS);
    int64_t depth = stn_linear_depth(a->inputs, STN_LANES);
    operand *rows = (operand *)(a->scratch + thread * a->scratch_bytes);
    for (int64_t task = first; task < last; task++) {
        int64_t output = task / groups * block, row = task % groups * STN_TILE_PIXELS;
        int64_t count = stn_min(STN_TILE_PIXELS, a->rows - row);
        for (int64_t r = 0; r < count; r++)
            STN_PRECISE(row_operands)(a->input + (row + r) * a->inputs, a->inputs, depth, rows + r * depth);
        int columns = (int)stn_min(block, a->outputs - output);
        float *to = a->output + row * a->outputs + output;
        STN_PRECISE(product)(count, 0, rows, depth, 1, depth, (const operand *)a->packed + output * depth, block, to,
                             a->outputs, columns);
        for (int64_t r = 0; r < count; r++)
            for (int64_t c = 0; c < columns; c++) {
                float sum = to[r * a->outputs + c] + a->bias[output + c];
                to[r * a->outputs + c] = a->relu && sum <= 0 ? 0 : sum;
            }
    }
}
#endif
