"""Softmax regression: a matrix from unit vectors to the probability of each class.

Fitting takes scipy, which serving does not import; serving multiplies with the saved matrix.
"""

from typing import cast

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

# How much a row counts against the penalty on large weights.
STRENGTH = 30.0
_ROUNDS = 40


def fit(
    vectors: Floats,
    classes: Numbers,
    weight: Floats | None = None,
    *,
    strength: float = STRENGTH,
    rounds: int = _ROUNDS,
    near: Floats | None = None,
) -> Floats:
    """The matrix (d + 1, classes) from vectors (n, d) to the numbers of their classes (n,); its
    last row is the bias. A row counts `weight` (n,) times, once without. With a matrix to stay
    `near`, what is penalised is how far the new one, bias and all, is from it."""
    from scipy.optimize import minimize

    rows = np.hstack([vectors, np.ones((len(vectors), 1), dtype=np.float32)])
    shape = (rows.shape[1], int(classes.max()) + 1) if near is None else near.shape
    free = -1 if near is None else shape[0]  # the bias is free where there is nothing to stay near
    anchor = np.zeros(shape, dtype=np.float32) if near is None else near
    own = (np.arange(len(rows)), classes)
    counts = (np.ones(len(rows), dtype=np.float32) if weight is None else weight) * strength

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        sure = softmax(rows @ weights)
        missed = -(np.log(np.maximum(sure[own], 1e-12)) * counts).sum()
        sure[own] -= 1
        slope = rows.T @ (sure * counts[:, None])
        away = weights[:free] - anchor[:free]
        slope[:free] += away
        total = float(missed + (away**2).sum() / 2)
        return total, slope.ravel().astype(np.float64)

    start = anchor.ravel().astype(np.float64)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": rounds})
    return cast(Floats, found.x.reshape(shape).astype(np.float32))


def probabilities(weights: Floats, vectors: Floats) -> Floats:
    """For each class (classes,) how likely the `vectors` (d,) or (n, d) belong to it."""
    return softmax(vectors @ weights[:-1] + weights[-1])


def softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return cast(Floats, raised / raised.sum(axis=-1, keepdims=True))
