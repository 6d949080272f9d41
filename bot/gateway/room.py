"""How many sockets and streams this process can hold, from what the system lets it open.

A process that runs out of file descriptors can neither accept a connection nor open its database.
So the sockets stay below that limit, and streams, which last, below the sockets: what is left is
kept for requests, which are short, among them those of the desk and of `/health`.
"""

import sys
from dataclasses import dataclass

if sys.platform != "win32":  # there, sockets are no file descriptors
    import resource

BURST = 8  # connections accepted at once
_IN_FLIGHT = 4 * BURST  # accepted and not yet counted, or ended and not yet closed
_OWN = 80  # for the database, the index, the model, Telegram, the log
_FEWEST, _MOST = 16, 4096  # sockets
_MOST_STREAMS = 500  # each looks into the database once a second
_SHARE = 0.4  # of all, for one address: an office of 200 people with a chat each


@dataclass(frozen=True)
class Room:
    """The most sockets and streams, in all and of one address."""

    sockets: int
    sockets_each: int
    streams: int
    streams_each: int


def room(descriptors: int) -> Room:
    """What there is room for when so many files may be open."""
    sockets = min(_MOST, max(_FEWEST, descriptors - _OWN - _IN_FLIGHT))
    streams = min(_MOST_STREAMS, sockets // 2)
    return Room(sockets, int(sockets * _SHARE), streams, int(streams * _SHARE))


def descriptors() -> int:
    """How many files this process may open, after asking the system for enough."""
    enough = _MOST + _OWN + _IN_FLIGHT
    if sys.platform == "win32":
        return enough
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= enough:
        return enough
    wanted = enough if hard == resource.RLIM_INFINITY else min(enough, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError):  # a system may hold less than it says
        return soft
    return wanted
