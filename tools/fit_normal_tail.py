"""Fits the polynomial by which the kernels compute GELU: Φ(−a) = exp(−a²/2) · Q(1 / (1 + P·a)) for a ≥ 0.

Usage: python tools/fit_normal_tail.py; needs numpy. Prints the coefficients of Q, lowest first, for
Sources/CKernels/body/activation.h, and the largest relative error in exact arithmetic. The form is Hastings' (Abramowitz and
Stegun, 7.1.26); degree and P are chosen here so that the error is below float32's rounding.
"""
import math

import numpy as np
from numpy.polynomial import chebyshev, polynomial

P, DEGREE, LARGEST = 0.3, 8, 13.5  # beyond, exp(−a²/2) is below the smallest normal float


def tail(a: float) -> float:
    """Φ(−a) · exp(a²/2)."""
    return 0.5 * math.erfc(a / math.sqrt(2)) * math.exp(a * a / 2)


def main() -> None:
    lowest = 1 / (1 + P * LARGEST)
    nodes = np.cos(np.pi * (np.arange(4000) + 0.5) / 4000)
    t = lowest + (1 - lowest) * (nodes + 1) / 2
    exact = np.array([tail((1 / x - 1) / P) for x in t])
    weights = np.ones_like(t)
    for _ in range(200):  # Lawson's iteration: from least squares to the smallest largest relative error
        matrix = chebyshev.chebvander(nodes, DEGREE)
        scale = np.sqrt(weights) / exact
        fit = np.linalg.lstsq(matrix * scale[:, None], exact * scale, rcond=None)[0]
        error = np.abs(matrix @ fit / exact - 1)
        weights *= error + 1e-30
        weights /= weights.sum()
    shifted = chebyshev.cheb2poly(fit)
    line, coefficients = np.array([-1 - 2 * lowest / (1 - lowest), 2 / (1 - lowest)]), np.zeros(1)
    for coefficient in shifted[::-1]:
        coefficients = polynomial.polyadd(polynomial.polymul(coefficients, line), [coefficient])
    rounded = coefficients.astype(np.float32)
    print(", ".join(f"{c:.9g}f" for c in rounded))
    print(f"largest relative error {np.abs(polynomial.polyval(t, rounded.astype(float)) / exact - 1).max():.2g}")


if __name__ == "__main__":
    main()
