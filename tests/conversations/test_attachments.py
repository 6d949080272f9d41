"""Attachments: noted with the message, claimed, kept or given up, each once."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from bot.conversations import attachments, inbox
from bot.conversations.attachments import MAX_ATTEMPTS, MAX_SIZE, TOO_BIG, Fetch
from bot.database.db import Database
from bot.database.tables import AttachmentRow
from bot.types import Attachment, Chat, Incoming

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEASE = timedelta(seconds=60)
MIA = Chat("telegram", "5")
PHOTO = Attachment("photo", "photo-1.jpg", "image/jpeg", 1000, "file-1")


def sent(session: Session, number: int, *files: Attachment, chat: Chat = MIA) -> int:
    """The turn of a message with these files."""
    incoming = Incoming(chat, str(number), "[photo]", choice="media:photo", attachments=files)
    return inbox.accept(session, incoming, backlog_cap=9, at=AT).turn_id


def due(session: Session, at: datetime = AT, channel: str = "telegram") -> list[Fetch]:
    return attachments.claim(session, channel, at=at, lease=LEASE, limit=9)


def test_file_is_noted_with_its_message_and_kept_once(database: Database) -> None:
    with database.begin() as session:
        turn = sent(session, 1, PHOTO)
        assert sent(session, 1, PHOTO) == turn, "the message came twice"
    with database.begin() as session:
        assert attachments.waiting(session, "telegram", at=AT)
        (fetch,) = due(session)
        assert fetch.remote_id == "file-1"
        attachments.keep(session, fetch.id, b"JPEG")
    with database.begin() as session:
        ((kept,),) = attachments.of_turns(session, [turn]).values()
        assert (kept.name, kept.status, kept.size) == ("photo-1.jpg", "kept", 4)
        assert attachments.content(session, kept.id) == ("photo-1.jpg", "image/jpeg", b"JPEG")
        assert due(session, AT + timedelta(days=1)) == []
        attachments.keep(session, fetch.id, b"other")
        assert attachments.content(session, kept.id) == ("photo-1.jpg", "image/jpeg", b"JPEG")


def test_claim_that_nothing_came_of_ends(database: Database) -> None:
    with database.begin() as session:
        sent(session, 1, PHOTO)
        assert len(due(session)) == 1
    with database.begin() as session:
        assert not attachments.waiting(session, "telegram", at=AT + LEASE / 2)
        assert due(session, AT + LEASE / 2) == []
        assert len(due(session, AT + LEASE)) == 1


def test_other_channels_files_are_left_to_them(database: Database) -> None:
    with database.begin() as session:
        sent(session, 1, PHOTO)
        assert due(session, channel="elsewhere") == []


def test_failed_file_is_tried_again_after_growing_pauses_until_it_is_given_up(
    database: Database,
) -> None:
    at = AT
    with database.begin() as session:
        turn = sent(session, 1, PHOTO)
        for attempt in range(MAX_ATTEMPTS):
            (fetch,) = due(session, at)
            last = attempt == MAX_ATTEMPTS - 1
            status = attachments.fail(session, fetch.id, "unreachable", for_good=False, at=at)
            assert status == ("dead" if last else "open")
            assert due(session, at) == []
            at += timedelta(minutes=6)
        ((kept,),) = attachments.of_turns(session, [turn]).values()
        assert (kept.status, kept.error) == ("dead", "unreachable")
        assert attachments.content(session, kept.id) is None


def test_what_never_can_be_fetched_is_given_up_at_once(database: Database) -> None:
    with database.begin() as session:
        sent(session, 1, PHOTO)
        (fetch,) = due(session)
        assert attachments.fail(session, fetch.id, "gone", for_good=True, at=AT) == "dead"


def test_too_big_a_file_is_never_fetched_and_says_so(database: Database) -> None:
    big = Attachment("file", "film.mov", "video/quicktime", MAX_SIZE + 1, "file-2")
    with database.begin() as session:
        turn = sent(session, 1, big)
        assert due(session) == []
        ((kept,),) = attachments.of_turns(session, [turn]).values()
        assert (kept.status, kept.error) == ("dead", TOO_BIG)


def test_edited_caption_brings_no_second_copy(database: Database) -> None:
    with database.begin() as session:
        sent(session, 1, PHOTO)
        sent(session, 2, PHOTO)
        sent(session, 3, PHOTO, chat=Chat("telegram", "6"))
        rows = session.exec(select(AttachmentRow.conversation_id)).all()
        assert len(rows) == len(set(rows)) == 2
        assert attachments.of_turns(session, []) == {}
