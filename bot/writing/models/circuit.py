"""A circuit: what keeps failing is left alone for a while, then tried by one caller.

It counts failures in a row and knows the clock it is given; what a failure is, its caller says. One
circuit belongs to one process, since another one may well reach what this one cannot.
"""

import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "half_open", "open"]

FAILURES = 4  # in a row, until it opens
PAUSE = 15.0  # seconds that it is open the first time; doubled by every probe that fails
LONGEST = 300.0  # seconds


class Circuit:
    """Closed it lets everybody through, open nobody, half-open one: the probe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = PAUSE
        self._until: float | None = None  # None while closed
        self._probing = False

    @property
    def state(self) -> State:
        if self._until is None:
            return "closed"
        return "half_open" if self._clock() >= self._until else "open"

    def enter(self) -> bool:
        """Whether the caller may try. Whoever may must say `succeeded`, `failed` or `left`."""
        if self.state == "half_open" and not self._probing:
            self._probing = True
            return True
        return self.state == "closed"

    def succeeded(self) -> None:
        self._failures, self._pause, self._until, self._probing = 0, PAUSE, None, False

    def failed(self, *, hopeless: bool = False, retry_after: float | None = None) -> bool:
        """Count a failure; True when the circuit opens by it.

        `hopeless` when the next one would fail just the same, as with a wrong key; `retry_after` is
        the other side's own wish, in seconds.
        """
        self._failures += 1
        probed, self._probing = self._probing, False
        if not probed and not hopeless and self._failures < FAILURES:
            return False
        if probed:
            self._pause = min(2 * self._pause, LONGEST)
        self._until = self._clock() + min(max(self._pause, retry_after or 0.0), LONGEST)
        return True

    def left(self) -> None:
        """The caller gave up for reasons of its own: that tells nothing."""
        self._probing = False
