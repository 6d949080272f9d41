"""Who does what only one may do: held, renewed, taken over when it ended or its owner is dead."""

import os
import socket
from datetime import timedelta

from bot.database.db import Database
from bot.database.leases import hold, new_owner
from tests.support.shop import NOON, later

MINUTE = timedelta(minutes=1)


def test_only_one_holds_a_lease_until_it_ends(database: Database) -> None:
    with database.begin() as session:
        assert hold(session, "group", "here:1:a", at=NOON, lease=MINUTE)
        assert not hold(session, "group", "there:1:b", at=later(59), lease=MINUTE)
        assert hold(session, "group", "here:1:a", at=later(59), lease=MINUTE)
        assert not hold(session, "group", "there:1:b", at=later(61), lease=MINUTE)
        assert hold(session, "other", "there:1:b", at=NOON, lease=MINUTE)
    with database.begin() as session:
        assert hold(session, "group", "there:1:b", at=later(120), lease=MINUTE)


def test_lease_of_a_dead_process_of_this_machine_is_free_at_once(database: Database) -> None:
    dead = f"{socket.gethostname()}:{2**22 + 7}:x"  # beyond the highest process number
    alive = f"{socket.gethostname()}:{os.getppid()}:x"
    with database.begin() as session:
        assert hold(session, "group", dead, at=NOON, lease=MINUTE)
        assert hold(session, "group", new_owner(), at=NOON, lease=MINUTE)
        assert hold(session, "parent", alive, at=NOON, lease=MINUTE)
        assert not hold(session, "parent", new_owner(), at=NOON, lease=MINUTE)
