"""`bot doctor` names what is wrong with a real folder, index and database, and what to do."""

import os
import shutil
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from bot.cli.doctor import machine
from bot.cli.doctor.findings import Finding
from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow, TurnRow
from bot.knowledge import builds
from bot.knowledge.build import build_index
from bot.language import embedder
from bot.language.encoder import Card
from bot.settings import Settings
from bot.tickets import users
from bot.types import now
from tests.proofs.servers import free_port
from tests.support.tiny import flip_a_bit, make_model, vectors_of, write_knowledge


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_model(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    return write_knowledge(tmp_path / "knowledge", {"returns": "Within 30 days."})


@pytest.fixture
def settings(tmp_path: Path, knowledge: Path, model: str) -> Settings:
    return Settings(
        _env_file=None,
        bot_knowledge_dir=knowledge,
        bot_index_dir=tmp_path / "index",
        bot_database_url=f"sqlite:///{tmp_path / 'deskhand.db'}",
        bot_embedding_model=model,
        bot_port=free_port(),
    )


def build(settings: Settings) -> None:
    build_index(
        settings.bot_knowledge_dir,
        settings.bot_index_dir,
        settings.bot_embedding_model,
        today=now().date(),
    )


def look(settings: Settings) -> dict[str, Finding]:
    return {finding.key: finding for finding in machine.run(settings)}


def test_fresh_machine_lacks_an_index_and_is_told_how_to_get_one(settings: Settings) -> None:
    found = look(settings)
    assert found["knowledge"].severity == "ok"
    assert found["index"].severity == "error"
    assert "bot index" in found["index"].message("en")
    assert "bot index" in found["index"].message("zh")
    assert found["database"].severity == "warning"


def test_looking_creates_nothing(settings: Settings, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    look(settings)
    assert sorted(tmp_path.rglob("*")) == before


def test_every_finding_can_be_read_in_both_languages(settings: Settings) -> None:
    for finding in machine.run(settings):
        for language in ("en", "zh"):
            assert finding.title(language)
            assert "{" not in finding.message(language)


def test_python_and_packages_of_this_environment_are_new_enough(settings: Settings) -> None:
    found = look(settings)
    assert found["python"].severity == "ok"
    assert found["packages"].severity in ("ok", "warning")  # a warning when not installed itself


def test_missing_knowledge_folder_is_an_error(settings: Settings, knowledge: Path) -> None:
    shutil.rmtree(knowledge)
    found = look(settings)
    assert found["folder_knowledge"].severity == "error"
    assert found["knowledge"].severity == "error"


def test_broken_knowledge_file_is_named(settings: Settings, knowledge: Path) -> None:
    (knowledge / "broken.yaml").write_text("- id: [", encoding="utf-8")
    finding = look(settings)["knowledge"]
    assert finding.severity == "warning"
    assert "broken.yaml" in finding.message("en")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir(mode=0o500)
    assert look(settings)["folder_index"].severity == "error"


def test_file_in_place_of_a_folder_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("", encoding="utf-8")
    assert look(settings)["folder_index"].severity == "error"


def test_changed_knowledge_makes_the_index_stale(settings: Settings, knowledge: Path) -> None:
    build(settings)
    found = look(settings)
    assert found["index"].severity == "ok"
    assert found["index_age"].severity == "ok"
    assert found["encoder"].severity == "ok"
    write_knowledge(knowledge, {"returns": "Within 60 days."})
    (knowledge / "terms.md").write_text("## Terms\n\nAs printed.\n", encoding="utf-8")
    finding = look(settings)["index_age"]
    assert finding.severity == "warning"
    assert "faq.jsonl, terms.md" in finding.message("en")


def test_another_encoder_in_the_settings_is_noticed(settings: Settings) -> None:
    build(settings)
    other = settings.model_copy(update={"bot_embedding_model": "some/other"})
    assert look(other)["encoder"].severity == "warning"


def test_an_encoder_without_heads_is_noticed(settings: Settings) -> None:
    build(settings)
    assert look(settings)["heads"].severity == "warning"
    assert "bot train-heads" in look(settings)["heads"].message("en")
    folder = next((settings.bot_index_dir / "encoders").iterdir())
    replace(Card.read(folder), name=embedder.ENGLISH_MODEL).write(folder)
    assert look(settings)["heads"].severity == "ok"


def test_damaged_build_and_damaged_encoder_are_errors(settings: Settings) -> None:
    build(settings)
    current = builds.current_id(settings.bot_index_dir)
    encoder = next((settings.bot_index_dir / "encoders").iterdir())
    flip_a_bit(encoder / "tokenizer.json")
    assert look(settings)["encoder"].severity == "error"
    flip_a_bit(vectors_of(settings.bot_index_dir / str(current)))
    finding = look(settings)["index"]
    assert finding.severity == "error"
    assert "vectors.faiss" in finding.message("zh")


def test_working_database_is_found_well(database: Database, settings: Settings) -> None:
    with database.begin() as session:
        users.add(session, "ann", "admin", "long enough password")
    found = look(with_database(settings, database))
    for key in ("database", "schema", "users", "dead", "clock"):
        assert found[key].severity == "ok", found[key]
    assert ("journal" in found) is database.sqlite


def test_database_without_tables_is_a_warning(database_url: str, settings: Settings) -> None:
    empty = Database(database_url)
    empty.ping()
    empty.close()
    found = look(settings.model_copy(update={"bot_database_url": database_url}))
    assert found["schema"].severity == "warning"
    assert "users" not in found


def test_schema_of_a_newer_version_is_an_error(
    sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.begin() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = 'later'"))
    finding = look(with_database(settings, sqlite_database))["schema"]
    assert finding.severity == "error"
    assert "later" in finding.message("en")


def test_file_that_is_no_database_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "deskhand.db").write_bytes(b"not a database at all" * 100)
    finding = look(settings)["database"]
    assert finding.severity == "error"


def test_malformed_database_address_is_an_error(settings: Settings) -> None:
    wrong = settings.model_copy(update={"bot_database_url": "what is this"})
    assert look(wrong)["database"].severity == "error"


def test_desk_without_an_admin_is_a_warning(sqlite_database: Database, settings: Settings) -> None:
    finding = look(with_database(settings, sqlite_database))["users"]
    assert finding.severity == "warning"
    assert "bot users add" in finding.message("en")


def test_given_up_messages_are_counted(sqlite_database: Database, settings: Settings) -> None:
    with sqlite_database.begin() as session:
        conversation, turn = say(session)
        session.add(
            InboxRow(conversation_id=conversation, turn_id=turn, message_id="1", status="dead")
        )
    finding = look(with_database(settings, sqlite_database))["dead"]
    assert finding.severity == "warning"
    assert finding.params["messages"] == 1


def test_turns_from_the_future_mean_a_wrong_clock(
    sqlite_database: Database, settings: Settings
) -> None:
    with sqlite_database.begin() as session:
        say(session, later=timedelta(hours=3))
    assert look(with_database(settings, sqlite_database))["clock"].severity == "error"


def test_port_that_is_taken_is_a_warning(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = settings.model_copy(update={"bot_port": other.getsockname()[1]})
        assert look(taken)["port"].severity == "warning"
    assert look(settings)["port"].severity == "ok"


def test_secrets_are_looked_at(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def found(settings: Settings) -> list[object]:
        return [finding.detail for finding in machine.secrets(settings)]

    assert found(settings) == ["secrets_ok"]
    model = settings.model_copy(update={"bot_llm": "openai:gpt-small"})
    assert found(model) == ["secrets_no_key"]
    public = settings.model_copy(update={"bot_host": "0.0.0.0"})
    assert found(public) == ["secrets_no_https"]
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(0o644)
    assert found(settings) == ["secrets_readable"]
    (tmp_path / ".env").chmod(0o600)
    assert found(settings) == ["secrets_ok"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "deskhand.db").touch(mode=0o640)
    here = settings.model_copy(update={"bot_database_url": "sqlite:///data/deskhand.db"})
    (finding,) = machine.secrets(here)
    assert finding.params == {"files": "data/deskhand.db"}


def test_without_a_model_there_is_nothing_to_ask(settings: Settings) -> None:
    assert look(settings)["model"].detail == "model_none"


def with_database(settings: Settings, database: Database) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    return settings.model_copy(update={"bot_database_url": url})


def say(session: Session, *, later: timedelta = timedelta(0)) -> tuple[int, int]:
    """A conversation with one turn; the ids of both."""
    conversation = ConversationRow(channel="web", chat_id="a")
    session.add(conversation)
    session.flush()
    assert conversation.id is not None
    turn = TurnRow(
        conversation_id=conversation.id,
        author="shopper",
        text="hello",
        language="en",
        at=now() + later,
    )
    session.add(turn)
    session.flush()
    assert turn.id is not None
    return conversation.id, turn.id


def test_a_public_server_is_told_to_name_its_proxy(settings: Settings) -> None:
    assert look(settings)["front"].severity == "ok"
    public = settings.model_copy(update={"bot_public_url": "https://chat.shop.example"})
    finding = look(public)["front"]
    assert finding.severity == "warning"
    assert "BOT_TRUSTED_PROXIES" in finding.message("en")
    named = public.model_copy(update={"bot_trusted_proxies": "127.0.0.1"})
    assert look(named)["front"].severity == "ok"
