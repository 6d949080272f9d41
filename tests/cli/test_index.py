"""`bot index` ends with a code that a script can use."""

from pathlib import Path

import pytest
from typer.testing import CliRunner
from watchfiles import Change

from bot import settings
from bot.cli import app
from bot.cli.index import NOT_LIVE, WITH_PROBLEMS, _Seen
from bot.errors import KnowledgeError
from tests.support.tiny import make_model


def test_the_exit_code_tells_clean_from_problems_from_not_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    knowledge = tmp_path / "knowledge"
    monkeypatch.setenv("BOT_KNOWLEDGE_DIR", str(knowledge))
    monkeypatch.setenv("BOT_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("BOT_EMBEDDING_MODEL", make_model(tmp_path / "tiny"))
    monkeypatch.chdir(tmp_path)

    error = CliRunner().invoke(app, ["index"]).exception
    assert isinstance(error, KnowledgeError)
    assert error.exit_code == NOT_LIVE
    knowledge.mkdir()
    (knowledge / "faq.csv").write_text("Question,Answer\nShipping?,Yes.\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["index"]).exit_code == 0
    (knowledge / "more.yaml").write_text("- id: a\n  answer: Note: b\n", encoding="utf-8")
    told = CliRunner().invoke(app, ["index"])
    assert (told.exit_code, "more.yaml:2" in told.output) == (WITH_PROBLEMS, True)


def test_what_the_bot_keeps_in_the_folder_starts_no_build(tmp_path: Path) -> None:
    seen = _Seen(tmp_path)
    kept = (".room/changes.jsonl", ".pages/state.json", ".golden.jsonl.lock", "faq/.a.md.tmp")
    assert not any(seen(Change.modified, str(tmp_path / name)) for name in kept)
    assert seen(Change.modified, str(tmp_path / "faq/a.md"))
