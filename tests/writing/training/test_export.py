"""The shop's own resolved conversations as dialogues, on both databases."""

import json
import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner

from bot.cli import app
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow, CustomerRow, ProofRow, TicketRow, UserRow
from bot.tickets import assignment
from bot.types import now
from bot.writing.training.dialogues import read
from bot.writing.training.export import dialogues, write
from tests.support.desk_shop import escalated, shopper_says


def resolved(session: Session, chat_id: str, question: str, replies: Sequence[str]) -> int:
    """A closed ticket with an agent's replies; its conversation."""
    ticket_id = escalated(session, chat_id, question=question, ago=timedelta(minutes=5))
    for reply in replies:
        assignment.reply(session, ticket_id, "mia", reply, now())
    assignment.close(session, ticket_id, "mia", now())
    ticket = session.get(TicketRow, ticket_id)
    assert ticket is not None
    return ticket.conversation_id


def exported(database: Database) -> list[list[tuple[str, str]]]:
    with database.read() as session:
        lines = list(dialogues(session))
    return [[(turn["role"], turn["text"]) for turn in line["turns"]] for line in lines]


def test_shopper_and_agent_are_exported_and_the_bot_is_not(database: Database) -> None:
    with database.begin() as session:
        resolved(session, "one", "Where is my robe?", ["In Rotterdam.", "It leaves today."])
    assert exported(database) == [
        [
            ("shopper", "Where is my robe?"),
            ("agent", "In Rotterdam."),
            ("agent", "It leaves today."),
        ]
    ]


def test_open_tickets_and_those_without_a_reply_stay_in(database: Database) -> None:
    with database.begin() as session:
        assignment.reply(session, escalated(session, "open"), "mia", "One moment.", now())
        resolved(session, "silent", "Where is my robe?", [])
    assert exported(database) == []


def test_each_ticket_of_a_conversation_is_a_dialogue_of_its_own(database: Database) -> None:
    with database.begin() as session:
        conversation_id = resolved(session, "one", "Where is my robe?", ["In Rotterdam."])
        row = session.get_one(ConversationRow, conversation_id)
        row.status = "waiting"
        for said in ("Hi", "me again", "My robe has a hole", "what now?"):
            shopper_says(session, conversation_id, said, "en", now())
        second = TicketRow(
            conversation_id=conversation_id,
            reason="asked_for_person",
            priority=3,
            summary="",
            created_at=now(),
        )
        session.add_all([row, second])
        session.flush()
        assignment.reply(session, saved(second.id), "mia", "Send it back, please.", now())
        assignment.hand_back(session, saved(second.id), "mia", now())
    assert exported(database)[1:] == [
        [
            ("shopper", "me again"),
            ("shopper", "My robe has a hole"),
            ("shopper", "what now?"),
            ("agent", "Send it back, please."),
        ]
    ]


def test_personal_data_is_masked_and_known_names_too(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="mia", password_hash="x"))
        session.add(CustomerRow(id="c1", name="Anna Lindqvist"))
        question = "anna here, a.lind@mail.example, order W1234567: call 13812345678"
        conversation_id = resolved(
            session, "one", question, ["Hello Anna, W1234567 is on its way. Mia"]
        )
        session.add(
            ProofRow(conversation_id=conversation_id, customer_id="c1", way="link", email_hash="")
        )
    assert exported(database) == [
        [
            ("shopper", "[name] here, [email], order [number]: call [phone]"),
            ("agent", "Hello [name], [number] is on its way. [name]"),
        ]
    ]


def test_the_file_is_for_its_owner_alone_and_can_be_learned_from(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.jsonl"
    turns = [{"role": "shopper", "text": "Hi"}, {"role": "agent", "text": "Hello"}]
    assert write(out, [{"turns": turns, "language": "en"}]) == 1
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]
    assert len(read(out)) == 1


def test_the_command_asks_first_and_says_what_to_look_for(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'deskhand.db'}")
    out = tmp_path / "out.jsonl"
    refused = CliRunner().invoke(app, ["tickets", "export", str(out)], input="n\n")
    assert refused.exit_code == 1
    assert not out.exists()
    empty = CliRunner().invoke(app, ["tickets", "export", str(out), "--yes"])
    assert "no closed ticket" in str(empty.exception)
    assert not out.exists()
    with sqlite_database.begin() as session:
        resolved(session, "one", "Where is my robe?", ["In Rotterdam."])
        assert session.exec(select(TicketRow.status)).all() == ["closed"]
    done = CliRunner().invoke(app, ["tickets", "export", str(out)], input="y\n")
    assert "Look through them" in done.output
    assert json.loads(out.read_text(encoding="utf-8"))["language"] == "en"
