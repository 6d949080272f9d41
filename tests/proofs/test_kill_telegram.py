"""Short forms of `python -m tests.proofs.kill --channel telegram-…`, run with the other tests."""

import asyncio
from pathlib import Path

import pytest

from tests.proofs.kill import Plan, over_the_wire, prove, scratch
from tests.proofs.reconcile import Verdict
from tests.proofs.telegram import Answer, Channel, Sent, Wire, between, follow

PLAN = Plan(kills=2, messages=45, conversations=30, seed=7)


def killed(folder: Path, index: Path, channel: Channel) -> tuple[Verdict, Wire | None]:
    """What was found after the plan, in the database and on the wire."""
    url = f"sqlite:///{folder / 'deskhand.db'}"

    async def run() -> tuple[Verdict, Wire | None]:
        async with scratch(url, folder, index, channel) as server:
            found = await prove(server, url, PLAN, lambda name, number: None)
            return found, await over_the_wire(server, url)

    return asyncio.run(run())


@pytest.mark.parametrize("channel", ["telegram-polling", "telegram-webhook"])
def test_killing_the_bot_loses_no_telegram_message_and_answers_none_twice(
    channel: Channel, tmp_path: Path, demo_index_dir: Path
) -> None:
    found, wire = killed(tmp_path, demo_index_dir, channel)
    assert found.counts() == dict.fromkeys(found.counts(), 0)
    assert found.accepted == PLAN.messages
    assert found.from_knowledge > 0
    assert wire is not None
    assert wire.counts() == dict.fromkeys(wire.counts(), 0)
    assert wire.answers == found.answers > 0
    # An answer may be two messages, as one that asks for the own number; none belongs to nothing.
    assert wire.messages >= wire.answers + wire.repeated


def test_repeat_is_excused_only_by_a_kill_between_the_two() -> None:
    answer = Answer(written=10, noted=30, texts=("one", "two"))
    first = [Sent("one", 11), Sent("two", 12)]
    heard = follow(answer, [*first, Sent("two", 20), Sent("two", 22)])
    assert (heard.arrived, heard.strangers) == (2, 0)
    assert heard.repeats == ((first[1], Sent("two", 20)), (Sent("two", 20), Sent("two", 22)))
    assert between([5, 15], 12, 20) == 15
    assert between([5, 25], 12, 20) is None


def test_long_answer_that_begins_again_is_excused_by_nothing() -> None:
    answer = Answer(written=10, noted=30, texts=("one", "two", "three"))
    sent = [Sent("one", 11), Sent("two", 12)]
    again = follow(answer, [*sent, Sent("one", 20), Sent("two", 21), Sent("three", 22)])
    assert (again.arrived, again.strangers) == (3, 1)
    cut = follow(answer, sent)
    assert (cut.arrived, cut.repeats, cut.strangers) == (2, (), 0)


def test_answer_of_another_turn_or_before_its_time_fits_nowhere() -> None:
    answer = Answer(written=10, noted=30, texts=("one", "two"))
    heard = follow(answer, [Sent("one", 9), Sent("two", 11), Sent("three", 12)])
    assert (heard.arrived, heard.repeats, heard.strangers) == (0, (), 3)
