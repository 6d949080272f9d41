"""Who was told an entry's old words is found, and hears the new ones once."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from bot.conversations import bursts, corrections, inbox
from bot.conversations.corrections import Recall
from bot.database.db import Database
from bot.database.tables import ConversationRow, OutboxRow, TurnRow
from bot.types import Author, Chat, Incoming, Language, Say, Source, Status
from tests.conversations.test_asked import AT

NOW = AT + timedelta(days=1)
TEXTS: dict[Language, str] = {"en": "It is 14 days.", "zh": "是 14 天。"}
NEW = Source("returns", "faq.yaml", 1.0, "Returns", version="new")


def told(
    session: Session, chat: str, version: str = "old", entry: str = "returns", language: str = "en"
) -> int:
    """An answer that was given in a chat; the conversation."""
    said = Incoming(Chat("web", chat), f"m-{chat}-{version}", "Returns?", language="en")
    where = inbox.accept(session, said, backlog_cap=99, at=AT).conversation_id
    (claim,) = bursts.claim(session, "test:1:a", at=AT, lease=timedelta(seconds=30), limit=9)
    source = Source(entry, "faq.yaml", 0.9, "Returns", version=version)
    say = Say("It is 30 days.", "en", sources=(source,))
    audit = {"action": "reply", "build": "b1", "confidence": 0.9}
    bursts.finish(session, claim, say, at=AT, moods={}, audit=audit)
    row = session.get_one(ConversationRow, where)
    row.language = language
    session.add(row)
    return where


def versions(entry_id: str) -> Collection[str]:
    return {"returns": {"new"}, "product/robe": {"new"}}.get(entry_id, ())


def found(session: Session) -> list[Recall]:
    return corrections.recalls(session, versions, AT - timedelta(days=1))


def sent(session: Session) -> list[str]:
    query = select(TurnRow.text).join(OutboxRow, col(OutboxRow.turn_id) == TurnRow.id)
    texts = session.exec(query.where(TurnRow.author == Author.SYSTEM.value)).all()
    return sorted(texts)


def test_who_was_told_the_old_words_hears_the_new_ones_once(database: Database) -> None:
    with database.begin() as session:
        a = told(session, "a")
        told(session, "a", "older")
        b = told(session, "b", language="zh")
        told(session, "c", "new")
        told(session, "d", entry="product/robe")
        told(session, "e", "")
    with database.read() as session:
        [recall] = found(session)
    assert (recall.entry_id, recall.title, recall.since) == ("returns", "Returns", AT)
    assert recall.reached == {a: "en", b: "zh"}
    assert [(each.build, each.confidence) for each in recall.told] == [("b1", 0.9)] * 3
    for _ in range(2):
        with database.begin() as session:
            corrections.send(session, recall, TEXTS, NEW, "Ada", NOW)
    with database.begin() as session:
        assert sent(session) == ["It is 14 days.", "是 14 天。"]
        assert found(session) == []


def test_nothing_is_sent_by_a_process_that_ends_before_all_is_written(database: Database) -> None:
    with database.begin() as session:
        told(session, "a")
        told(session, "b")
        [recall] = found(session)
    with pytest.raises(KeyboardInterrupt), database.begin() as session:
        corrections.send(session, recall, TEXTS, NEW, "Ada", NOW)
        raise KeyboardInterrupt
    with database.begin() as session:
        assert sent(session) == []
        [again] = found(session)
        assert len(corrections.send(session, again, TEXTS, NEW, "Ada", NOW)) == 2
    with database.read() as session:
        assert len(sent(session)) == 2


def test_closed_chats_and_those_who_left_or_heard_it_since_are_left_in_peace(
    database: Database,
) -> None:
    with database.begin() as session:
        closed, gone, since, late = (told(session, chat) for chat in ("a", "b", "c", "d"))
        told(session, "c", "new")
        session.get_one(ConversationRow, closed).status = Status.CLOSED.value
        for row in session.exec(select(OutboxRow).where(OutboxRow.conversation_id == gone)):
            row.status = "gone"
        session.flush()
        [recall] = found(session)
        stays = {each.conversation_id: each.stays for each in recall.told}
        assert stays == {closed: "closed", gone: "gone", since: "since", late: ""}
        session.get_one(ConversationRow, late).status = Status.CLOSED.value  # meanwhile
        assert corrections.send(session, recall, TEXTS, NEW, "Ada", NOW) == []
        assert sent(session) == []


def test_a_correction_can_be_corrected(database: Database) -> None:
    with database.begin() as session:
        told(session, "a")
        [recall] = found(session)
        wrong = Source("returns", "faq.yaml", 1.0, "Returns", version="wrong")
        corrections.send(session, recall, TEXTS, wrong, "Ada", NOW)
        [again] = found(session)
        assert [each.text for each in again.told] == ["It is 14 days."]


def test_what_needs_no_correction_comes_up_no_more(database: Database) -> None:
    with database.begin() as session:
        told(session, "a")
        [recall] = found(session)
        corrections.leave(session, recall, "Ada", NOW)
        assert found(session) == []
        assert corrections.send(session, recall, TEXTS, NEW, "Ada", NOW) == []
