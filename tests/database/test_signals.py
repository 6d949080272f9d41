"""Processes of one PostgreSQL hear at once what one of them has committed; SQLite's poll."""

import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from psycopg import sql
from sqlmodel import Session

from bot.conversations.live import Hint
from bot.database.db import Database
from bot.database.signals import Signals
from bot.database.transaction import Added, tell
from bot.types import Draft
from tests.support.postgres import Postgres


class Opened(Added):
    """A conversation got something to do."""


@dataclass(frozen=True)
class Newer:
    """What only a newer version of the product tells."""

    number: int


@contextmanager
def listening(url: str, *kinds: type) -> Iterator[tuple[Database, Signals, queue.Queue[object]]]:
    """A process: its database, its signals, and what it was told by them and by itself."""
    database, heard = Database(url), queue.Queue[object]()

    def hear(events: Sequence[object]) -> None:
        for event in events:
            heard.put(event)

    database.listeners.append(hear)
    signals = Signals(database, *kinds)
    with signals.running():
        deadline = time.monotonic() + 10
        while not (signals.listening or database.sqlite) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield database, signals, heard
    database.close()


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with postgres.lend() as lent:
        yield lent


def test_what_one_process_commits_the_others_hear_once(url: str) -> None:
    def work(session: Session) -> None:
        tell(session, Opened(7))
        tell(session, Opened(7))

    with (
        listening(url, Opened, Newer) as (web, signals, own),
        listening(url, Opened, Hint) as (_, _, heard),
    ):
        web._write(work)
        assert heard.get(timeout=5) == Opened(7)
        signals.spread([Newer(1), Opened(8)])  # the first is nothing to the other one
        while (event := heard.get(timeout=5)) == Opened(7):
            pass  # the same twice may travel in two notes
        assert event == Opened(8)
        assert [own.get_nowait(), own.get_nowait()] == [Opened(7), Opened(7)]
        assert own.empty()  # nobody hears an echo


def test_drafts_travel_and_one_that_is_too_long_is_left_out(url: str) -> None:
    with (
        listening(url, Hint) as (_, signals, _),
        listening(url, Hint) as (_, _, heard),
    ):
        signals.spread([Hint("conversation:1", "draft", 3, "长" * 3000, "zh")])
        drafts = [Hint("conversation:1", "draft", 3, "退货" * n, "zh") for n in range(1, 60)]
        signals.spread(drafts)
        found = [heard.get(timeout=5) for _ in drafts]
        assert found == drafts
        last = found[-1]
        assert isinstance(last, Hint)
        assert last.draft == Draft(3, "退货" * 59, "zh")


def test_a_broken_line_is_mended_and_meanwhile_said(url: str, postgres: Postgres) -> None:
    with (
        listening(url, Opened) as (_, signals, _),
        listening(url, Opened) as (_, other, heard),
    ):
        postgres.execute(
            sql.SQL(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            )
        )
        deadline = time.monotonic() + 10
        while other.listening and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not other.listening
        while not other.listening and time.monotonic() < deadline:
            time.sleep(0.01)
        signals.spread([Opened(1)])
        assert heard.get(timeout=5) == Opened(1)
