"""What the check held back: read from the answers themselves, counted by reason."""

from sqlmodel import Session

from bot.conversations import conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.tickets import rejections
from bot.types import Author, Chat
from tests.support.shop import NOON

ANNA = Chat("web", "anna")
PRICE = {
    "reason": "money",
    "sentence": "It costs $1.",
    "passages": ["product/JT-KET-01"],
    "model": "openai:small",
}
LINK = {"reason": "link", "sentence": "See evil.example.", "passages": [], "model": "openai:small"}


def answer(session: Session, meta: dict[str, object]) -> None:
    row, _ = conversation.opened(session, ANNA, "en", at=NOON)
    conversation.add_turn(
        session, saved(row.id), Author.BOT, "You have 30 days.", "en", audit=meta, at=NOON
    )


def test_sentences_are_counted_by_reason_newest_first(database: Database) -> None:
    with database.begin() as session:
        answer(session, {"model": "openai:small", "rejected": [PRICE, PRICE]})
        answer(session, {"model": "none", "own_text": "not_held", "rejected": [LINK]})
        answer(session, {"model": "openai:small"})
        answer(session, {"action": "reply"})  # without a model there is nothing to hold back
    with database.read() as session:
        found = rejections.overview(session)
    assert (found.answers, found.own_text) == (3, 1)
    assert found.reasons == {"money": 2, "link": 1}
    assert [each.sentence for each in found.newest] == [LINK["sentence"], *2 * [PRICE["sentence"]]]
    first, last = found.newest[0], found.newest[-1]
    assert (first.own_text, first.model, first.passages) == (True, "openai:small", ())
    assert (last.own_text, last.passages) == (False, ("product/JT-KET-01",))


def test_only_so_many_are_listed_and_all_are_counted(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        answer(session, {"model": "openai:small", "rejected": 5 * [LINK]})
    with sqlite_database.read() as session:
        found = rejections.overview(session, limit=2)
    assert len(found.newest) == 2
    assert found.reasons == {"link": 5}
