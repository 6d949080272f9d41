"""Reports over real tables: where a contact ends, whose it was, and what is behind each figure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlmodel import Session

from bot.conversations import conversation, feedback
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.insights import report
from bot.insights.figures import Share
from bot.insights.report import Asked
from bot.tickets import assignment, handover
from bot.tickets.opening import open_ticket
from bot.tickets.sla import Sla, Terms
from bot.types import Author, Language, Reason, Source, Status

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Chat:
    """A shopper's chat, told in days and hours before now."""

    def __init__(self, session: Session, name: str, channel: str = "web", language: str = "en"):
        self.session = session
        row = ConversationRow(channel=channel, chat_id=name, name=name, language=language)
        session.add(row)
        session.flush()
        self.row, self.id = row, saved(row.id)
        self.language: Language = "zh" if language == "zh" else "en"

    def asks(self, at: datetime, *, answered: bool = True) -> int:
        self.says(Author.SHOPPER, at)
        return self.says(Author.BOT, at + MINUTE, answered=answered)

    def says(self, who: Author, at: datetime, *, answered: bool = False) -> int:
        sources = (Source("a", "faq.yaml", 0.9, "A"),) if answered else ()
        turn = conversation.add_turn(
            self.session, self.id, who, "words", self.language, sources=sources, at=at
        )
        return turn.id

    def calls(self, at: datetime, reason: Reason = Reason.ASKED_FOR_PERSON) -> int:
        given = {"summary": "", "mood": 0.0, "language": self.language, "at": at}
        return saved(open_ticket(self.session, self.row, reason, **given).id)  # type: ignore[arg-type]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.begin() as session:
        yield session


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def made(session: Session, **asked: object) -> report.Report:
    return report.make(session, Asked(**asked), NOW, UTC)  # type: ignore[arg-type]


def test_an_answer_that_stands_for_a_day_is_verified(session: Session) -> None:
    anna, ben, cleo, dan = (Chat(session, name) for name in ("anna", "ben", "cleo", "dan"))
    anna.asks(ago(5))
    anna.asks(ago(5) + 10 * MINUTE)  # the same contact
    ben.asks(ago(5))
    ben.asks(ago(5) + 5 * HOUR)  # came back within the day
    feedback.rate(session, cleo.id, cleo.asks(ago(4)), -1, at=ago(4) + HOUR)
    dan.asks(NOW - 2 * HOUR)  # its day is not over
    Chat(session, "eve").asks(ago(3), answered=False)
    found = made(session)
    whole = found.whole
    assert whole.contacts == 6
    assert whole.assumed == Share(5, 6)
    assert whole.verified == Share(2, 5)
    assert whole.deflected == Share(6, 6)
    assert (whole.liked, whole.disliked) == (0, 1)
    names = {anna.id: "anna", ben.id: "ben", cleo.id: "cleo", dan.id: "dan"}
    for figure, whom in {
        "verified": ["anna", "ben"],
        "unverified": ["cleo", "ben"],
        "unsettled": ["dan"],
        "disliked": ["cleo"],
    }.items():
        behind = report.behind(session, Asked(), figure, NOW, UTC)
        assert sorted(names[each.conversation] for each in behind) == sorted(whom), figure
    assert report.behind(session, Asked(), "nonsense", NOW, UTC) == ()


def test_a_person_makes_it_theirs_however_long_it_takes(session: Session) -> None:
    anna = Chat(session, "anna")
    anna.asks(ago(6))
    ticket = anna.calls(ago(6) + 2 * MINUTE)
    assignment.reply(session, ticket, "Mia", "Hello", ago(6) + 5 * MINUTE)
    anna.says(Author.SHOPPER, ago(6) + 4 * HOUR)  # still the same contact: Mia has it
    assignment.close(session, ticket, "Mia", ago(6) + 5 * HOUR)
    anna.asks(ago(4))  # another one, the bot's
    found = made(session)
    assert found.whole.contacts == 2
    assert found.whole.deflected == Share(1, 2)
    assert found.whole.verified == Share(1, 2)
    assert found.whole.first_reply.median == 180
    assert found.whole.waiting.median == 180
    assert found.whole.handling.median == 4 * 3600 + 55 * 60
    assert found.groups["agent"]["Mia"].tickets == 1
    assert list(found.groups["reason"]) == ["asked_for_person"]
    behind = report.behind(session, Asked(by="agent", part="Mia"), "handling", NOW, UTC)
    assert [each.ticket for each in behind] == [ticket]


def test_who_needs_a_person_again_is_counted_on_the_first_ticket(session: Session) -> None:
    anna, ben, cleo = (Chat(session, name) for name in ("anna", "ben", "cleo"))
    for chat, again in ((anna, 20 * HOUR), (ben, 30 * HOUR)):
        first = chat.calls(ago(9))
        assignment.close(session, first, "Mia", ago(9) + HOUR)
        conversation.move(session.get_one(ConversationRow, chat.id), Status.BOT)
        chat.calls(ago(9) + HOUR + again)
    reopened = cleo.calls(ago(2))
    assignment.close(session, reopened, "Mia", ago(2) + HOUR)
    handover.reopen(session, reopened, "Mia", ago(1))
    assignment.close(session, reopened, "Mia", ago(1) + HOUR)
    found = made(session)
    assert found.whole.reopened == Share(2, 3)
    behind = report.behind(session, Asked(), "reopened", NOW, UTC)
    assert {each.conversation for each in behind} == {anna.id, cleo.id}


def test_what_was_promised_and_how_content_they_were_is_of_the_ticket(session: Session) -> None:
    anna, ben, cleo = (Chat(session, name) for name in ("anna", "ben", "cleo"))
    for chat, minutes in ((anna, 5), (ben, 50), (cleo, 5)):
        ticket = chat.calls(ago(3))
        assignment.reply(session, ticket, "Mia", "Hello", ago(3) + minutes * MINUTE)
        assignment.close(session, ticket, "Mia", ago(3) + HOUR)
    feedback.judge(session, anna.id, 1, value=1, at=ago(2))
    feedback.judge(session, ben.id, 2, value=-1, at=ago(2))
    sla = Sla(lambda: Terms([timedelta(minutes=30)] * 3))
    found = report.make(session, Asked(), NOW, UTC, sla.kept)
    assert found.whole.content == Share(1, 2)
    assert (found.whole.liked, found.whole.disliked) == (0, 0), "not the bot's"
    assert found.whole.first_kept == Share(2, 3)
    assert found.whole.end_kept == Share(0, 0)
    assert found.groups["agent"]["Mia"].content == Share(1, 2)
    broken = report.behind(session, Asked(), "first_kept", NOW, UTC, sla.kept)
    assert [each.ticket for each in broken] == [2]


def test_it_is_cut_by_channel_language_hour_and_week_where_the_shop_is(session: Session) -> None:
    Chat(session, "anna", "telegram", "zh").asks(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    Chat(session, "ben").asks(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    here = timezone(timedelta(hours=1))
    found = report.make(session, Asked(), NOW, here)
    assert list(found.groups["week"]) == ["2026-11-23"]
    assert list(found.groups["hour"]) == ["00", "09"]
    assert found.endings["hour"]["09"] == {"verified": 1}
    assert (found.channels, found.languages) == (["telegram", "web"], ["en", "zh"])
    assert made(session, channel="telegram").whole.contacts == 1
    assert made(session, language="en").whole.contacts == 1
    assert made(session, days=7).whole.contacts == 2
    assert report.make(session, Asked(days=7), NOW + timedelta(days=1), UTC).whole.contacts == 1


def test_nothing_is_nothing(session: Session) -> None:
    found = made(session)
    assert found.whole.contacts == 0
    assert found.whole.verified.percent is None
    assert all(not parts for parts in found.groups.values())
