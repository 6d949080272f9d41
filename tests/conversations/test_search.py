"""What was said and noted is found in both languages, on both databases, by the same words."""

import pytest

from bot.conversations import search
from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.tickets import finding, notes
from bot.types import now
from tests.support.desk_shop import escalated

SAID = {
    "robe": "Where is my linen robe, order #J-48213?",
    "return": "怎么退货？我买的杯子有裂缝",
    "refund": "I want my money back for the two mugs — café size",
    "traditional": "請問運費是多少",
}


@pytest.fixture
def shop(database: Database) -> Database:
    with database.begin() as session:
        for chat, question in SAID.items():
            escalated(session, chat, question=question, answer="ok")
    return database


@pytest.mark.parametrize(
    ("typed", "chats"),
    [
        ("linen robe", ["robe"]),
        ("robe LINEN", ["robe"]),
        ("lin", ["robe"]),
        ("j48213", ["robe"]),
        ("J-482", ["robe"]),
        ("退货", ["return"]),
        ("货退", []),
        ("裂", ["return"]),
        ("缝", ["return"]),
        ("运费", ["traditional"]),
        ("運費", ["traditional"]),
        ("ＭＵＧＳ", ["refund"]),
        ("my", ["refund", "robe"]),
        ("mugs robe", []),
        ("\"' * OR ) -", ["robe"]),  # "or…" alone is a word
        ("", []),
        ("?!", []),
        ("x" * 5000, []),
    ],
)
def test_words_find_conversations_the_newest_first(
    shop: Database, typed: str, chats: list[str]
) -> None:
    with shop.read() as session:
        found = [
            session.get_one(ConversationRow, each.conversation_id)
            for each in search.find(session, typed)
        ]
    assert [row.chat_id for row in found] == chats


def test_an_older_version_s_texts_are_cut_later(shop: Database) -> None:
    with shop.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM search_texts")
        assert search.find(session, "robe") == []
        last = search.index_older(session, "turn", 0)
        assert last > 0
        assert search.index_older(session, "turn", last) == 0
        assert len(search.find(session, "robe")) == 1
        assert search.index_older(session, "turn", 0) == 0


def test_a_text_that_changes_is_found_by_its_new_words(shop: Database) -> None:
    with shop.begin() as session:
        [found] = search.find(session, "robe")
        search.reindex(session, "turn", found.ref, found.conversation_id, "a kettle")
        assert search.find(session, "robe") == []
        assert len(search.find(session, "kettle")) == 1


def test_people_numbers_and_notes_are_found(shop: Database) -> None:
    with shop.begin() as session:
        row = session.get_one(ConversationRow, 3)
        row.name = "Anna Meyer"
        session.add(row)
        notes.add(session, 2, "Mia", "Customer insists on a voucher", now())
    with shop.read() as session:
        assert [hit.conversation_id for hit in finding.find(session, "meyer")] == [3]
        assert next(iter(finding.find(session, "#4"))).ticket_id == 4
        [hit] = finding.find(session, "vouch")
        assert (hit.by, hit.ticket_id) == ("note", 2)
        assert hit.parts == ("Customer insists on a ", "vouch", "er")
        assert finding.find(session, "%") == []


def test_a_piece_is_cut_around_what_was_found() -> None:
    parts = search.marked("long " * 60 + "a <b>robe</b> here", "ROBE")
    assert parts[1] == "robe"
    assert parts[0].startswith("…")
    assert len("".join(parts)) <= 121
