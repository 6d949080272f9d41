"""What a write transaction knows of its process, and what it tells it once it is durable.

Both travel with the session, where nothing but this module puts or looks for anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session

_PROCESS, _EVENTS = "process", "events"


@dataclass(frozen=True)
class Added:
    """An event: a queue got jobs of this key. Each queue has a subclass of its own."""

    key: int | str


@dataclass(frozen=True)
class Taker:
    """The runner of this process, for which a transaction may lease to `owner` what it writes: the
    job is then an event itself. `takes` says whether it has a hand free for this channel."""

    owner: str
    lease: timedelta
    takes: Callable[[str], bool]


@dataclass
class Process:
    """What is the same for all transactions of a process; its takers by the type of their jobs."""

    secret_key: str | None = None
    takers: dict[type, Taker] = field(default_factory=dict)


def info(process: Process) -> dict[str, Any]:
    """What a new session is given."""
    return {_PROCESS: process, _EVENTS: []}


def secret_key(session: Session) -> str | None:
    """The product's own key, where the process was given one."""
    process: Process = session.info[_PROCESS]
    return process.secret_key


def taker(session: Session, job: type, channel: str) -> Taker | None:
    """Who takes a new job of this type at once; None where nobody does."""
    process: Process = session.info[_PROCESS]
    found = process.takers.get(job)
    return found if found is not None and found.takes(channel) else None


def tell(session: Session, event: object) -> None:
    """Tell the process of `event` after the commit."""
    events(session).append(event)


def events(session: Session) -> list[object]:
    """What the transaction has to tell so far."""
    told: list[object] = session.info[_EVENTS]
    return told
