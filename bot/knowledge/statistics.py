"""The two statistics that learning and measuring share; no policy and no files.

`logistic` needs scipy, which serving does not have to import.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Bounds = Sequence[tuple[float | None, float | None]]
"""The least and the greatest value of each weight; None where there is no bound."""


def auroc(right: npt.NDArray[np.bool_], sure: npt.NDArray[np.float64]) -> float:
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
    right: npt.NDArray[np.bool_],
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
