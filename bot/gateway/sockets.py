"""Who holds a socket, and who must go when there is no room: whoever has let us wait longest.

A client that has not sent its request, its body, or read its answer owes us something. When all
places are taken, a newcomer gets the place of the one who has owed longest, so that idle sockets
keep nobody out. A client that is being answered, or follows a stream, is never put out for another.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Protocol

import structlog

from bot import metrics
from bot.gateway.room import Room

_SAY_AGAIN = 60.0  # seconds between two records that it is full: an attack must not fill the log

log = structlog.get_logger()


class Guest(Protocol):
    """A connection. `origin` is what it is counted by, None for a proxy, who brings many people."""

    origin: str | None

    def end(self) -> None:
        """Close the socket now, without a word."""


class Sockets:
    """All open connections of this process; for one thread, as the event loop is."""

    def __init__(self, room: Room, clock: Callable[[], float] = time.monotonic) -> None:
        self._room = room
        self._clock = clock
        self._open: set[Guest] = set()
        self._each: Counter[str] = Counter()
        # Both in the order in which the guests began to owe; the values are deadlines.
        self._owing: dict[Guest, float] = {}
        self._owing_each: defaultdict[str, dict[Guest, float]] = defaultdict(dict)
        self._said = -_SAY_AGAIN

    def enter(self, guest: Guest, patience: float) -> bool:
        """Take `guest` in, who owes a request within `patience` seconds; False for no room."""
        if not self._make_room(guest.origin):
            metrics.socket_ended("refused")
            self._say_full()
            return False
        self._open.add(guest)
        if guest.origin is not None:
            self._each[guest.origin] += 1
        metrics.sockets_open(len(self._open))
        self.owes(guest, patience)
        return True

    def leave(self, guest: Guest) -> None:
        """`guest` is gone, or as good as; saying so twice does no harm."""
        if guest not in self._open:
            return
        self._settle(guest)
        self._open.remove(guest)
        if guest.origin is not None:
            self._each[guest.origin] -= 1
            if not self._each[guest.origin]:
                del self._each[guest.origin]
        metrics.sockets_open(len(self._open))

    def owes(self, guest: Guest, patience: float | None) -> None:
        """From now on `guest` owes something for at most so many seconds; None for nothing."""
        self._settle(guest)
        if patience is None or guest not in self._open:
            return
        self._owing[guest] = deadline = self._clock() + patience
        if guest.origin is not None:
            self._owing_each[guest.origin][guest] = deadline

    def sweep(self) -> None:
        """Put out whoever is past their deadline."""
        at = self._clock()
        for guest in [guest for guest, deadline in self._owing.items() if deadline <= at]:
            self._put_out(guest, "late")

    def _settle(self, guest: Guest) -> None:
        if self._owing.pop(guest, None) is None or guest.origin is None:
            return
        mine = self._owing_each[guest.origin]
        del mine[guest]
        if not mine:
            del self._owing_each[guest.origin]

    def _make_room(self, origin: str | None) -> bool:
        """Whether there is a place; the address's own are given away before anybody else's."""
        if origin is not None and self._each[origin] >= self._room.sockets_each:
            return self._give_away(self._owing_each.get(origin, {}))
        return len(self._open) < self._room.sockets or self._give_away(self._owing)

    def _give_away(self, places: dict[Guest, float]) -> bool:
        longest = next(iter(places), None)
        if longest is None:
            return False
        self._put_out(longest, "given_away")
        self._say_full()
        return True

    def _put_out(self, guest: Guest, cause: str) -> None:
        metrics.socket_ended(cause)
        self.leave(guest)
        guest.end()

    def _say_full(self) -> None:
        if self._clock() - self._said >= _SAY_AGAIN:
            self._said = self._clock()
            log.warning("gateway.full", open=len(self._open), most=self._room.sockets)
