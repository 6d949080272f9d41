"""The statistics that learning and measuring share; no policy and no files.

`logistic` needs scipy, which serving does not have to import.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Bounds = Sequence[tuple[float | None, float | None]]
"""The least and the greatest value of each weight; None where there is no bound."""

_BANDS = 10


class Band(NamedTuple):
    """The cases whose confidence lies in one tenth: how many, their mean confidence (0..1) and the
    share of them that is right; both are 0 where there are none."""

    size: int
    confidence: float
    right: float


def bands(right: Flags, confidence: npt.NDArray[Any]) -> list[Band]:
    """The ten bands of confidence (cases,), from the lowest up."""
    of = np.minimum((confidence * _BANDS).astype(int), _BANDS - 1)
    return [
        Band(
            int((of == each).sum()),
            float(confidence[of == each].sum() / max(1, (of == each).sum())),
            float(right[of == each].sum() / max(1, (of == each).sum())),
        )
        for each in range(_BANDS)
    ]


def calibration_error(right: Flags, confidence: npt.NDArray[Any]) -> float:
    """How far (0..1) the confidence is from the share that is right, on average over the bands."""
    found = bands(right, confidence)
    return sum(each.size * abs(each.confidence - each.right) for each in found) / len(right)


def auroc(right: Flags, sure: npt.NDArray[np.float64]) -> float:
    """The probability that a right case is surer than a wrong one, ties counting half.

    Both arrays have one value a case; NaN where all are right or none is. It is the Mann-Whitney
    statistic, by ranks; ties share their mean rank.
    """
    positives, negatives = int(right.sum()), int((~right).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(sure, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean_rank = (last - (counts - 1) / 2)[inverse]
    above = mean_rank[right].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def logistic(
    rows: npt.NDArray[np.float64],
    right: Flags,
    bounds: Bounds,
    *,
    ridge: float,
    balanced: bool = False,
) -> list[float]:
    """Bias and weights of a ridge logistic regression, each weight within its bounds.

    `rows` is (cases, features), `right` (cases,). `balanced`: both classes weigh the same, however
    many cases each has.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    share = right.mean()
    weight = np.where(right, 0.5 / share, 0.5 / (1 - share)) if balanced else np.ones(len(right))

    def loss(values: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        sure = expit(values[0] + rows @ values[1:])
        missed = -(weight * np.log(np.where(right, sure, 1 - sure) + 1e-12)).sum()
        error = weight * (sure - right)
        slope = np.concatenate([[error.sum()], rows.T @ error + ridge * values[1:]])
        return float(missed + ridge * (values[1:] ** 2).sum() / 2), slope

    start = np.zeros(rows.shape[1] + 1)
    limits = [(None, None), *bounds]
    solution = minimize(loss, start, jac=True, bounds=limits, method="L-BFGS-B")
    return [float(value) for value in solution.x]
