"""Student's t, the normal and the chi-squared distribution, as far as tests need them.

Python's own library has the normal one; the t distribution is the regularised incomplete beta
function, by its continued fraction (Numerical Recipes 6.4, modified Lentz).
"""

from math import erfc, exp, inf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

NORMAL = NormalDist()
_ROUNDS = 400  # of the continued fraction; it needs a few dozen
_TINY, _EXACT = 1e-300, 1e-13
_STEPS = 100  # a handful is enough, but for very few degrees of freedom


def t_cdf(value: float, freedom: float) -> float:
    """The share of a t distribution below `value`."""
    if value == 0.0:
        return 0.5
    tail = _beta(freedom / (freedom + value * value), freedom / 2, 0.5) / 2
    return 1 - tail if value > 0 else tail


def t_quantile(share: float, freedom: float) -> float:
    """The value below which a share (0..1) of a t distribution lies."""
    if share < 0.5:
        return -t_quantile(1 - share, freedom)
    z = NORMAL.inv_cdf(share)
    found = z + (z**3 + z) / (4 * freedom)  # Cornish and Fisher's first term
    low, high = 0.0, inf
    for _ in range(_STEPS):
        off = t_cdf(found, freedom) - share
        low, high = (low, found) if off > 0 else (found, high)
        step = off / t_density(found, freedom)  # Newton's, where it stays within what is known
        after = found - step
        if not low < after < high:
            after = 2 * found if high == inf else (low + high) / 2
        if abs(after - found) <= _EXACT * abs(after):
            break
        found = after
    return found


def t_density(value: float, freedom: float) -> float:
    """The density of a t distribution."""
    front = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(freedom * pi) / 2
    return exp(front - (freedom + 1) / 2 * log1p(value * value / freedom))


def chi_squared_tail(value: float) -> float:
    """How likely a chi-squared value of one degree of freedom is at least so large."""
    return erfc(sqrt(max(value, 0.0) / 2))


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function of x, 0..1."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _ROUNDS):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + top * d)
            c = _away(1 + top / c)
            found *= d * c
        if abs(d * c - 1) < _EXACT:
            break
    return found


def _away(value: float) -> float:
    """Not zero, to divide by."""
    return value if abs(value) > _TINY else _TINY
