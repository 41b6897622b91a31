// θ and 2×3 matrices, a few numbers an image: plain loops. Sines and cosines are computed in double, as in Warping.

// Calls `statement` for each `image` of the pieces first ..< last.
#define STN_FOR_IMAGES(images, statement)                                                                \
    for (int64_t image = first * STN_ROWS; image < stn_min(last * STN_ROWS, (images)); image++) statement

// What a window's theta stands for.
typedef struct {
    float cosine, sine, scale_x, scale_y, shift_x, shift_y;
} STN_LOCAL(window);

STN_INLINE STN_LOCAL(window) STN_LOCAL(window_of)(const stn_window_matrix_arguments *a, const float *theta) {
    float angle = a->angle < 0 ? 0 : theta[a->angle];
    return (STN_LOCAL(window)){
        a->angle < 0 ? 1 : (float)cos((double)angle),
        a->angle < 0 ? 0 : (float)sin((double)angle),
        a->scale_x < 0 ? a->scale : theta[a->scale_x],
        a->scale_y < 0 ? a->scale : theta[a->scale_y],
        a->shift_x < 0 ? 0 : theta[a->shift_x],
        a->shift_y < 0 ? 0 : theta[a->shift_y],
    };
}

static void STN_KERNEL_NAME(window_matrix)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_window_matrix_arguments *a = arguments;
    STN_FOR_IMAGES(a->images, {
        STN_LOCAL(window) w = STN_LOCAL(window_of)(a, a->theta + image * a->parameters);
        float *m = a->matrices + image * 6;
        m[0] = w.scale_x * w.cosine;
        m[1] = w.scale_x * (-w.sine / a->aspect);
        m[2] = w.shift_x;
        m[3] = w.scale_y * (a->aspect * w.sine);
        m[4] = w.scale_y * w.cosine;
        m[5] = w.shift_y;
    });
}

static void STN_KERNEL_NAME(window_matrix_gradient)(const void *arguments, int64_t first, int64_t last,
                                                    int64_t thread) {
    (void)thread;
    const stn_window_matrix_arguments *a = arguments;
    STN_FOR_IMAGES(a->images, {
        STN_LOCAL(window) w = STN_LOCAL(window_of)(a, a->theta + image * a->parameters);
        const float *d = a->d_matrices + image * 6;
        float *d_theta = a->d_theta + image * a->parameters;
        for (int64_t p = 0; p < a->parameters; p++) d_theta[p] = 0;
        if (a->angle >= 0)
            d_theta[a->angle] = w.scale_x * (-w.sine * d[0] - w.cosine / a->aspect * d[1]) +
                                w.scale_y * (a->aspect * w.cosine * d[3] - w.sine * d[4]);
        if (a->scale_x >= 0) d_theta[a->scale_x] += d[0] * w.cosine + d[1] * (-w.sine / a->aspect);
        if (a->scale_y >= 0) d_theta[a->scale_y] += d[3] * (a->aspect * w.sine) + d[4] * w.cosine;
        if (a->shift_x >= 0) d_theta[a->shift_x] = d[2];
        if (a->shift_y >= 0) d_theta[a->shift_y] = d[5];
    });
}

static void STN_KERNEL_NAME(matrix_product)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_matrix_product_arguments *a = arguments;
    STN_FOR_IMAGES(a->images, {
        const float *left = a->left + image * 6;
        const float *right = a->right + image * 6;
        float *product = a->product + image * 6;
        for (int row = 0; row < 6; row += 3)
            for (int column = 0; column < 3; column++)
                product[row + column] = left[row] * right[column] + left[row + 1] * right[3 + column] +
                                        (column == 2 ? left[row + 2] : 0);
    });
}

static void STN_KERNEL_NAME(matrix_product_gradient)(const void *arguments, int64_t first, int64_t last,
                                                     int64_t thread) {
    (void)thread;
    const stn_matrix_product_arguments *a = arguments;
    STN_FOR_IMAGES(a->images, {
        const float *left = a->left + image * 6;
        const float *right = a->right + image * 6;
        const float *d = a->d_product + image * 6;
        for (int row = 0; a->d_left && row < 6; row += 3) {
            float *d_left = a->d_left + image * 6 + row;
            for (int k = 0; k < 2; k++)
                d_left[k] = d[row] * right[3 * k] + d[row + 1] * right[3 * k + 1] + d[row + 2] * right[3 * k + 2];
            d_left[2] = d[row + 2];
        }
        for (int place = 0; a->d_right && place < 6; place++) {
            int k = place / 3;
            int column = place % 3;
            a->d_right[image * 6 + place] = left[k] * d[column] + left[3 + k] * d[3 + column];
        }
    });
}

static void STN_KERNEL_NAME(bounds)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_bounds_arguments *a = arguments;
    STN_FOR_IMAGES(a->images, for (int64_t p = 0; p < a->parameters; p += STN_LANES) {
        int n = (int)stn_min(STN_LANES, a->parameters - p);
        vec share = STN_LOCAL(tanh)(STN_LOAD(a->raw + image * a->parameters + p));
        STN_STORE(a->theta + image * a->parameters + p, vec_fma(STN_LOAD(a->reach + p), share, STN_LOAD(a->identity + p)));
    });
}

static void STN_KERNEL_NAME(bounds_gradient)(const void *arguments, int64_t first, int64_t last, int64_t thread) {
    (void)thread;
    const stn_bounds_arguments *a = arguments;
    STN_FOR_IMAGES(a->images, for (int64_t p = 0; p < a->parameters; p += STN_LANES) {
        int n = (int)stn_min(STN_LANES, a->parameters - p);
        int64_t place = image * a->parameters + p;
        vec slope = vec_mul(STN_LOAD(a->reach + p), STN_LOCAL(tanh_slope)(STN_LOAD(a->raw + place)));
        STN_STORE(a->d_raw + place, vec_mul(STN_LOAD(a->d_theta + place), slope));
    });
}
