"""Who works on something right now: names for owners, and which of them are certainly gone.

A lease always ends by itself. Recognising that its owner is dead only ends it sooner, after a crash
on the same machine. Being wrong costs work done twice, never a second answer: `finish` checks.
"""

import os
import secrets
import socket
from datetime import datetime, timedelta

from sqlmodel import Session

from bot.database.tables import LeaseRow
from bot.database.upsert import insert_missing

LEASE = timedelta(seconds=60)
_LONGEST_BACKOFF = 300.0  # seconds


def new_owner() -> str:
    """A name for this process as an owner of leases: machine, process and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_gone(owner: str, me: str) -> bool:
    """Whether `owner` was a process of the machine of `me` that does not run any more.

    An owner with the process number of `me` is an earlier run: containers often reuse number 1.
    """
    host, _, rest = owner.partition(":")
    number = rest.partition(":")[0]
    if host != me.partition(":")[0] or not number.isdigit() or owner == me:
        return False
    if number == me.split(":")[1]:
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def hold(session: Session, name: str, me: str, *, at: datetime, lease: timedelta) -> bool:
    """Whether `me` is the one that does `name`, until `at` + `lease` unless it asks again."""
    row = session.get(LeaseRow, name, with_for_update=True)
    if row is None:
        mine = {"name": name, "owner": me, "until": at + lease}
        return bool(insert_missing(session, LeaseRow, mine))
    if not _open_to(row, me, at):
        return False
    row.owner, row.until = me, at + lease
    session.add(row)
    return True


def _open_to(row: LeaseRow, me: str, at: datetime) -> bool:
    return row.owner == me or row.until <= at or is_gone(row.owner, me)


def free(session: Session, name: str, me: str, *, at: datetime) -> bool:
    """Whether `hold` would give `name` to `me`; a look that locks nothing."""
    row = session.get(LeaseRow, name)
    return row is None or _open_to(row, me, at)


def release(session: Session, name: str, me: str, *, at: datetime) -> None:
    """Let go of `name`, for whoever asks next; nothing where `me` does not hold it."""
    row = session.get(LeaseRow, name, with_for_update=True)
    if row is not None and row.owner == me:
        row.until = at
        session.add(row)


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: 1 s, 2 s, 4 s … at most five minutes."""
    return timedelta(seconds=min(2.0 ** min(attempts - 1, 16), _LONGEST_BACKOFF))
