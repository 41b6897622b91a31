// Sums of two values, and values side by side; bound by memory.

static void STN_KERNEL_NAME(residual_sum)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_residual_sum_arguments *a = arguments;
    if (a->relu)
        STN_FOR_ELEMENTS(a->count, STN_STORE(a->output + i,
                                             vec_relu(vec_add(STN_LOAD(a->left + i), STN_LOAD(a->right + i)))));
    else
        STN_FOR_ELEMENTS(a->count, STN_STORE(a->output + i, vec_add(STN_LOAD(a->left + i), STN_LOAD(a->right + i))));
}

static void STN_KERNEL_NAME(residual_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_residual_gradient_arguments *a = arguments;
    STN_FOR_ELEMENTS(a->count, {
        vec gradient = STN_LOAD(a->d_output + i);
        if (a->output)
            gradient = vec_select(vec_exceeds(STN_LOAD(a->output + i), vec_zero()), gradient, vec_zero());
        if (a->adds) gradient = vec_add(STN_LOAD(a->d_input + i), gradient);
        STN_STORE(a->d_input + i, gradient);
    });
}

static void STN_KERNEL_NAME(copy_rows)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_copy_rows_arguments *a = arguments;
    for (int64_t row = first * STN_ROWS; row < stn_min(last * STN_ROWS, a->rows); row++) {
        const float *from = a->input + row * a->input_stride;
        float *to = a->output + row * a->output_stride;
        STN_FOR_VECTORS_OF(a->width, {
            vec values = STN_LOAD(from + c);
            if (a->adds) values = vec_add(STN_LOAD(to + c), values);
            STN_STORE(to + c, values);
        });
    }
}
