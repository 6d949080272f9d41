"""While nobody is there: a hand-over says when somebody is, and asks where an e-mail helps."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow, TurnRow
from bot.dialogue.away import Away
from bot.dialogue.compose import AT_ONCE, compose
from bot.dialogue.decide import Escalate
from bot.hours import Hours
from bot.knowledge import confidence
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import State
from bot.types import Chat, Language, OneCustomer, Reason, Status, now
from tests.support.flows import flow_of
from tests.support.shop import claim, heard
from tests.support.talk import KETTLE, Talk, bought, shop_with

OFFICE = Hours.of("mon-fri 9:00-18:00, sat 10:00-14:00", "2026-12-25", ZoneInfo("Europe/Amsterdam"))
NIGHT = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)  # 3 a.m. on a Friday
SATURDAY = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
AT_WORK = datetime(2026, 11, 27, 11, 0, tzinfo=UTC)
EMAIL = "emma@example.com"


def talk_at(
    at: datetime, db: Database, folder: Path, hours: Hours | None = OFFICE, channel: str = "web"
) -> Talk:
    """A chat at a shop without an index: who asks for a person needs none."""
    retriever = ShopRetriever(current=CurrentIndex(folder).get, weights=confidence.load())
    flow = flow_of(db, retriever, away=Away(lambda: hours, lambda: at))
    return Talk(db, flow, Chat(channel, "c"))


async def asks(talk: Talk, language: Language = "en") -> str:
    text = "Talk to a person" if language == "en" else "转人工"
    return await talk.says(text, "person", language)


async def test_at_night_nobody_is_promised_before_the_morning(
    sqlite_database: Database, tmp_path: Path
) -> None:
    said = await asks(talk_at(NIGHT, sqlite_database, tmp_path))
    assert said == (
        "Of course. A colleague will see our conversation and reply right here.\n\n"
        "Nobody is here right now: we are back today at 9:00 (UTC+1).\n\n"
        "If you may not come back to this page, leave your e-mail address here, "
        "and they can write to you."
    )


async def test_at_night_in_chinese(sqlite_database: Database, tmp_path: Path) -> None:
    said = await asks(talk_at(NIGHT, sqlite_database, tmp_path), "zh")
    assert "今天 9:00（UTC+1）" in said
    assert "邮箱" in said
    assert "正在" not in said


@pytest.mark.parametrize(
    ("at", "when"),
    [
        (datetime(2026, 11, 27, 19, 0, tzinfo=UTC), "tomorrow at 10:00 (UTC+1)"),
        (SATURDAY, "on Monday 30 November at 9:00 (UTC+1)"),
        (datetime(2026, 12, 24, 19, 0, tzinfo=UTC), "on Saturday 26 December at 10:00 (UTC+1)"),
        (datetime(2026, 7, 3, 3, 0, tzinfo=UTC), "today at 9:00 (UTC+2)"),
    ],
)
async def test_the_day_is_said_as_people_say_it(
    at: datetime, when: str, sqlite_database: Database, tmp_path: Path
) -> None:
    assert f"we are back {when}." in await asks(talk_at(at, sqlite_database, tmp_path))


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "(UTC)"),
        ("Asia/Kolkata", "(UTC+5:30)"),
        ("America/St_Johns", "(UTC-3:30)"),
        ("Asia/Shanghai", "(UTC+8)"),
    ],
)
async def test_the_shops_time_is_told_apart_from_the_shoppers(
    zone: str, said: str, sqlite_database: Database, tmp_path: Path
) -> None:
    hours = Hours.of("sun 9-18", "", ZoneInfo(zone))
    assert f"at 9:00 {said}" in await asks(talk_at(AT_WORK, sqlite_database, tmp_path, hours))


async def test_in_the_hours_and_without_any_the_words_are_as_ever(
    sqlite_database: Database, tmp_path: Path
) -> None:
    usual = compose(Escalate(Reason.ASKED_FOR_PERSON), "", "en").text
    assert await asks(talk_at(AT_WORK, sqlite_database, tmp_path)) == usual
    other = talk_at(NIGHT, sqlite_database, tmp_path, hours=None)
    other.chat = Chat("web", "d")
    assert await asks(other) == usual


async def test_who_is_reached_elsewhere_is_not_asked_for_an_email(
    sqlite_database: Database, tmp_path: Path
) -> None:
    said = await asks(talk_at(NIGHT, sqlite_database, tmp_path, channel="telegram"))
    assert "we are back today at 9:00" in said
    assert "e-mail" not in said


async def test_a_burst_that_fails_for_good_says_so_too(
    sqlite_database: Database, tmp_path: Path
) -> None:
    talk = talk_at(NIGHT, sqlite_database, tmp_path)
    await talk.flow.receive(heard("Hello?"))
    [burst] = claim(sqlite_database, at=now())
    with sqlite_database.begin() as session:
        talk.flow.give_up(session, burst)
        text = session.exec(select(TurnRow).order_by(col(TurnRow.id).desc())).first()
    assert text is not None
    assert "something went wrong" in text.text
    assert "we are back today at 9:00" in text.text


async def test_a_filed_request_says_when_and_asks_nobody_who_is_known(
    sqlite_database: Database, tmp_path: Path
) -> None:
    shop_with(sqlite_database, bought("#W2001", State.PAID, KETTLE))
    talk = talk_at(NIGHT, sqlite_database, tmp_path)
    with sqlite_database.begin() as session:
        row, _ = conversation.opened(session, talk.chat, "en", at=now())
        identity.bind(session, saved(row.id), OneCustomer("anna"), "link", at=now())
    await talk.says("cancel my order", "request:begin:cancel")
    said = await talk.says("yes", "request:yes")
    assert "A colleague will look at your cancellation" in said
    assert "we are back today at 9:00 (UTC+1)" in said
    assert "e-mail" not in said


async def test_an_email_that_is_left_stays_for_the_agent_and_begins_no_proof(
    sqlite_database: Database, tmp_path: Path
) -> None:
    talk = talk_at(NIGHT, sqlite_database, tmp_path)
    await asks(talk)
    said = await talk.says(f"its {EMAIL}")
    assert said.startswith("Thank you, my colleague can see your address and write to you there.")
    assert "we are back today at 9:00" in said
    with sqlite_database.read() as session:
        row = session.exec(select(ConversationRow)).one()
        texts = [turn.text for turn in session.exec(select(TurnRow))]
        tickets = session.exec(select(TicketRow)).all()
    assert (row.status, row.dialogue) == (Status.WAITING, None)
    assert f"its {EMAIL}" in texts
    assert [ticket.reason for ticket in tickets] == [Reason.ASKED_FOR_PERSON]
    again = await talk.says("Hello?")
    assert "leave your e-mail" not in again


async def test_an_email_is_thanked_for_in_the_shoppers_language(
    sqlite_database: Database, tmp_path: Path
) -> None:
    talk = talk_at(NIGHT, sqlite_database, tmp_path)
    await asks(talk, "zh")
    assert (await talk.says(EMAIL)).startswith("谢谢，同事能看到您的邮箱")


async def test_it_is_for_the_agent_also_where_a_proof_was_going_on(
    sqlite_database: Database, tmp_path: Path
) -> None:
    shop_with(sqlite_database, bought("#W2001", State.PAID, KETTLE))
    talk = talk_at(NIGHT, sqlite_database, tmp_path)
    assert "order number" in await talk.says("cancel my order", "request:begin:cancel")
    await asks(talk)
    assert "write to you there" in await talk.says(EMAIL)
    with sqlite_database.read() as session:
        assert EMAIL in [turn.text for turn in session.exec(select(TurnRow))]


@pytest.mark.parametrize("reason", sorted(AT_ONCE))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_that_promise_somebody_at_once_have_others(
    reason: Reason, language: Language
) -> None:
    away = compose(Escalate(reason), "", language, away=True).text
    assert away != compose(Escalate(reason), "", language).text
    assert ("同事" if language == "zh" else "colleague") in away
