"""Log-in attempts, counted before a password is compared and slowed by who tries.

Nobody is locked out. A browser that has logged in before carries a device cookie and is counted by
itself; everybody else is counted by address. A name that many addresses guess at leaves each of
them fewer tries, and the log says so, but its owner's own tries stay as they were.

Counts are in this process's memory, and a restart forgets them; where several processes may serve,
on PostgreSQL, they are also in the database, for all of them (`tried.py`).
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

LONGEST = timedelta(minutes=15)
QUIET = 2 * LONGEST  # after so long without a try, a count is forgotten
_REMEMBERED = 10_000  # keys of one kind; the longest quiet ones make room
_UNDER_ATTACK = 30  # tries at one name by browsers that nobody knows
FREE, PAUSE = 5, timedelta(seconds=2)
_FREE_THEN, _PAUSE_THEN = 2, timedelta(minutes=1)  # while the name is under attack
_FREE_ADDRESS = 20  # tries of one address at any names


@dataclass(frozen=True)
class Visitor:
    """Who tries: what their address is counted by (`bot/origins.py`), and the known device."""

    origin: str
    device: str | None = None


class Tries:
    """How often each key was tried. The first few tries are free, each later one waits twice as
    long as the one before it."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._most = most
        self._tries: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def get(self, key: str) -> tuple[int, datetime] | None:
        """How many tries there were, and when the last one was."""
        return self._tries.get(key)

    def put(self, key: str, number: int, last: datetime) -> None:
        self._tries[key] = number, last

    def count(self, key: str, at: datetime) -> int:
        """How many tries there were, 0 once it has been quiet for long enough."""
        number, last = self._tries.get(key, (0, at))
        return number if at - last < QUIET else 0

    def wait(self, key: str, at: datetime, free: int, pause: timedelta) -> timedelta:
        """How long until the next try; nothing or less when it may be made now."""
        number = self.count(key, at)
        if number < free:
            return timedelta(0)
        doubled = pause * (1 << min(number - free, 20))
        return self._tries[key][1] + min(doubled, LONGEST) - at

    def add(self, key: str, at: datetime) -> int:
        """Count a try; how many there are now."""
        number = self.count(key, at) + 1
        self._tries[key] = (number, at)
        self._tries.move_to_end(key)
        while len(self._tries) > self._most:
            self._tries.popitem(last=False)
        return number

    def take_back(self, key: str) -> None:
        """One try was none after all."""
        if key in self._tries:
            number, last = self._tries[key]
            self._tries[key] = (max(0, number - 1), last)

    def forget(self, key: str) -> None:
        self._tries.pop(key, None)


@dataclass(frozen=True)
class Attempts:
    """The tries at the desk's door. Names are keys: fold them before they come here."""

    by_address: Tries = field(default_factory=Tries)
    by_name: Tries = field(default_factory=Tries)
    by_both: Tries = field(default_factory=Tries)

    def wait(self, visitor: Visitor, name: str, at: datetime) -> int:
        """Seconds until this visitor may try this name; 0 when now."""
        both = _key(visitor, name)
        if visitor.device:
            longest = self.by_both.wait(both, at, FREE, PAUSE)
        else:
            attacked = self.attacked(name, at)
            free, pause = (_FREE_THEN, _PAUSE_THEN) if attacked else (FREE, PAUSE)
            longest = max(
                self.by_both.wait(both, at, free, pause),
                self.by_address.wait(visitor.origin, at, _FREE_ADDRESS, PAUSE),
            )
        return max(0, ceil(longest.total_seconds()))

    def begin(self, visitor: Visitor, name: str, at: datetime) -> bool:
        """Count a try before it is known how it ends, so that a hundred at once are a hundred.

        True for the one with which the name comes under attack: somebody should hear of it.
        """
        before = self.attacked(name, at)
        for tries, key in self._counted(visitor, name):
            tries.add(key, at)
        return self.attacked(name, at) and not before

    def passed(self, visitor: Visitor, name: str) -> None:
        """The password was right. The address's other tries stay counted: whoever has a password
        of their own could wash away their guesses at others' with it."""
        for tries, key in self._counted(visitor, name):
            tries.take_back(key)
        self.by_both.forget(_key(visitor, name))

    def take_back(self, visitor: Visitor, name: str) -> None:
        """Nobody compared the password: the visitor need not wait for this try. It was one at the
        name nevertheless, or a crowd that keeps the desk busy would go unseen."""
        for tries, key in self._counted(visitor, name):
            if tries is not self.by_name:
                tries.take_back(key)

    def attacked(self, name: str, at: datetime) -> bool:
        """Whether many browsers that nobody knows have tried this name lately."""
        return self.by_name.count(name, at) >= _UNDER_ATTACK

    def places(self, visitor: Visitor, name: str) -> list[tuple[Tries, str, str]]:
        """All counts that this visitor's tries at this name go by, each with its kind and key."""
        return [
            (self.by_both, "both", _key(visitor, name)),
            (self.by_address, "address", visitor.origin),
            (self.by_name, "name", name),
        ]

    def _counted(self, visitor: Visitor, name: str) -> Iterator[tuple[Tries, str]]:
        yield self.by_both, _key(visitor, name)
        if not visitor.device:
            yield self.by_address, visitor.origin
            yield self.by_name, name


def _key(visitor: Visitor, name: str) -> str:
    who = f"device {visitor.device}" if visitor.device else f"address {visitor.origin}"
    return f"{who} {name}"
