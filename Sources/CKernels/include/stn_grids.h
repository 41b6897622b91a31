// From θ to grids and matrices, and the gradients. Contract: stn_kernels.h.
#ifndef STN_GRIDS_H
#define STN_GRIDS_H

#include "stn_kernels.h"

// The positions of a grid [images, height, width, 2] before they are transformed: their normalised coordinates.
typedef struct {
    int64_t images, height, width;
    const float *x;  // [width]
    const float *y;  // [height]
} stn_grid_frame;

// The gradients of all grids for what they depend on come in parts, one a band of rows, to be added by sum_parts: [images, bands,
// numbers], overwritten. Tasks of these: images × bands (stn_grid_bands), which depend on the frame's size alone.

// The grid of an affine map, theta [images, 6], or of a homography whose last entry is 1, theta [images, 8]: `parameters`
// numbers. Past a homography's horizon (w below 2⁻¹⁰, or not a number) both coordinates are +∞, and have no gradient.
// Tasks: images × rows.
typedef struct {
    stn_grid_frame frame;
    int64_t parameters;  // 6 or 8
    const float *theta;
    float *grid;
} stn_homography_grid_arguments;

typedef struct {
    stn_homography_grid_arguments forward;  // `grid` is not used
    const float *d_grid;
    float *d_theta_parts;  // [images, bands, parameters]
} stn_homography_grid_gradient_arguments;

// grid = positions + Σ over functions of basis · theta, for x and y alike. Tasks: rows × images, row outermost; of the
// gradient bands × images, band outermost: images share the basis.
typedef struct {
    stn_grid_frame frame;
    int64_t functions;
    const float *basis;  // [height, functions, width]
    const float *theta;  // [images, functions, 2]
    float *grid;
} stn_basis_grid_arguments;

typedef struct {
    stn_basis_grid_arguments forward;  // `theta` and `grid` are not used
    const float *d_grid;
    float *d_theta_parts;  // [images, bands, functions, 2]
} stn_basis_grid_gradient_arguments;

// The same for a basis that looks the same upside down, as that of lattice × lattice control points, row by row and evenly placed:
// what moves the grid by a point's theta in one row moves the mirrored row by that of the point's mirror image. A point k of the
// upper rows (the middle one included) and its mirror image m are a pair, in the order of k; row pairs are rows of the upper half,
// the middle one included. The basis has (b_k + b_m) / 2 and (b_k − b_m) / 2 of each pair; of a point that is its own mirror
// image, b_k and 0. Tasks: row pairs × images; of the gradient bands × images.
typedef struct {
    stn_grid_frame frame;
    int64_t lattice;     // at most STN_SPLINE_LATTICE
    const float *basis;  // [row pairs (stn_row_pairs), pairs (stn_spline_pairs), 2, width]
    const float *theta;  // [images, lattice, lattice, 2]
    float *grid;
} stn_spline_grid_arguments;

typedef struct {
    stn_spline_grid_arguments forward;  // `theta` and `grid` are not used
    const float *d_grid;
    float *d_theta_parts;  // [images, bands, lattice, lattice, 2]
} stn_spline_grid_gradient_arguments;

#define STN_SPLINE_LATTICE 16

// Points of a lattice on both sides of a position along one axis: the first, and the share of its successor.
typedef struct {
    int32_t first;
    float share;
} stn_lattice_place;

// grid = positions + displacements theta [images, lattice_height, lattice_width, 2], blended between the lattice's points; one
// each where the lattice is as large as the grid. Tasks: images × rows. The gradient d_theta (overwritten) is made lattice row
// by lattice row. Tasks: images × lattice rows.
typedef struct {
    stn_grid_frame frame;
    int64_t lattice_height, lattice_width;
    const stn_lattice_place *columns;  // [width]
    const stn_lattice_place *rows;     // [height], ascending
    const float *theta;
    float *grid;
} stn_lattice_grid_arguments;

typedef struct {
    stn_lattice_grid_arguments forward;  // `theta` and `grid` are not used
    const float *d_grid;
    float *d_theta;
} stn_lattice_grid_gradient_arguments;

// Where a velocity carries positions in unit time, by `steps` equal steps of the classical Runge–Kutta method. [−1, 1]² is cut
// into cells × cells squares, and each into four triangles that meet at its centre: right, left, bottom, top. On each the
// velocity is affine: pieces [images, cells, cells, 4, 3, 2] are what its (x, y) gain by x, by y, and at 0. Outside, it is that of
// the nearest point of the border. Tasks: images × rows. Scratch, for the gradient: stn_flow_scratch bytes a thread.
typedef struct {
    stn_grid_frame frame;
    int64_t cells, steps;
    const float *pieces;
    float *grid;
} stn_flow_grid_arguments;

typedef struct {
    stn_flow_grid_arguments forward;  // `grid` is not used
    const float *d_grid;
    float *d_piece_parts;  // [images, bands, cells, cells, 4, 3, 2]
    char *scratch;
    int64_t scratch_bytes;
} stn_flow_grid_gradient_arguments;

int64_t stn_grid_bands(const stn_grid_frame *frame);
int64_t stn_row_pairs(const stn_grid_frame *frame);
int64_t stn_spline_pairs(int64_t lattice);
int64_t stn_flow_scratch(const stn_kernels *kernels, int64_t steps);

// What follows works image by image. Tasks: pieces of STN_ROWS images.

// The 2×3 matrix of a window: (sx·cos α, −sx·sin α / aspect, tx; sy·aspect·sin α, sy·cos α, ty). Each of the five is a number of
// theta [images, parameters], whose place is given, or, at place −1, no rotation, `scale` or no shift; both scales may share
// a place. window_matrix makes `matrices` [images, 6]; window_matrix_gradient makes d_theta (overwritten) from d_matrices.
typedef struct {
    int64_t images, parameters;
    int64_t angle, scale_x, scale_y, shift_x, shift_y;
    float scale, aspect;
    const float *theta;
    float *matrices;
    const float *d_matrices;
    float *d_theta;
} stn_window_matrix_arguments;

// product = left · right, 2×3 matrices [images, 6] with a last row (0 0 1); matrix_product_gradient makes d_left and d_right
// (overwritten; either may be NULL).
typedef struct {
    int64_t images;
    const float *left;
    const float *right;
    float *product;
    const float *d_product;
    float *d_left;
    float *d_right;
} stn_matrix_product_arguments;

// theta = identity + reach · tanh(raw), [images, parameters] with one identity and reach; bounds_gradient makes d_raw
// (overwritten) from d_theta.
typedef struct {
    int64_t images, parameters;
    const float *identity;  // [parameters]
    const float *reach;     // [parameters]
    const float *raw;
    float *theta;
    const float *d_theta;
    float *d_raw;
} stn_bounds_arguments;

// output [sums, width] = Σ over parts, in order, of input [sums, parts, width]. Tasks: sums.
typedef struct {
    int64_t parts, width;
    const float *input;
    float *output;
} stn_sum_parts_arguments;

#endif
