"""`bot index` refuses a build that loses golden answers, and shows what shoppers would hear."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import settings
from bot.cli import app
from bot.cli.index import NOT_LIVE
from bot.errors import BuildError, InputError

FAQ = """# How long does delivery take?

Orders arrive within 3 to 6 business days.

# Which payment methods do you take?

Visa, Mastercard and PayPal.

# Do you ship to Norway?

Yes, we ship to Norway for 29 euros.
"""


@pytest.fixture
def knowledge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "faq.md").write_text(FAQ, encoding="utf-8")
    monkeypatch.setenv("BOT_KNOWLEDGE_DIR", str(folder))
    monkeypatch.setenv("BOT_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    monkeypatch.setenv("BOT_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(tmp_path)
    return folder


def bot(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def builds() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(bot("index", "list", "--json").stdout)
    return found


def test_what_loses_a_golden_answer_goes_live_only_by_force(knowledge: Path) -> None:
    assert bot("index").exit_code == 0
    refused = bot("golden", "add", "Do you ship to Mars?", "faq#mars").exception
    assert isinstance(refused, InputError)
    assert (
        bot("golden", "add", "Do you ship to Norway?", "faq#do-you-ship-to-norway").exit_code == 0
    )
    assert bot("ask", "How long does delivery take?").exit_code == 0
    assert bot("ask", "my order is at mia@example.com, how long is delivery?").exit_code == 0
    [first] = builds()

    (knowledge / "faq.md").write_text(FAQ.split("# Do")[0].replace("3", "4"), encoding="utf-8")
    told = bot("index", "--json")
    assert isinstance(told.exception, BuildError)
    assert told.exception.exit_code == NOT_LIVE
    review = json.loads(told.stdout)["review"]
    assert (review["golden"], review["met"], review["lost"]) == (1, 0, ["Do you ship to Norway?"])
    assert "figures" in [change["kind"] for change in review["changes"]]
    assert "mia@example.com" not in told.output
    candidate, live = builds()
    assert (live["id"], live["current"], candidate["current"]) == (first["id"], True, False)
    assert candidate["score"]["lost"] == ["Do you ship to Norway?"]  # type: ignore[index]

    forced = bot("index", "--force")
    assert forced.exit_code == 0
    assert "lost: Do you ship to Norway?" in forced.output
    assert [(each["id"], each["current"]) for each in builds()] == [
        (candidate["id"], True),  # it was not built again
        (first["id"], False),
    ]

    (knowledge / "faq.md").write_text(FAQ, encoding="utf-8")
    mended = bot("index")
    assert mended.exit_code == 0
    assert "1 of 1 golden questions" in mended.output


def test_golden_questions_are_listed_and_forgotten(knowledge: Path) -> None:
    assert "no golden question" in bot("golden", "list").output
    bot("golden", "add", "Who are you?")
    assert json.loads(bot("golden", "list", "--json").stdout) == [
        {"question": "Who are you?", "expect": None}
    ]
    assert "a person" in bot("golden", "list").output
    bot("golden", "remove", "Who are you?")
    assert (knowledge / "golden.jsonl").read_text(encoding="utf-8") == ""


def test_without_a_database_the_knowledge_still_goes_live(
    knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bot("index").exit_code == 0
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, whatever its name says" * 100)
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{broken}")
    (knowledge / "faq.md").write_text(FAQ.replace("29", "31"), encoding="utf-8")
    told = bot("index")
    assert told.exit_code == 0
    assert "could not be read from the database" in told.output


def test_golden_questions_are_asked_where_the_database_cannot_be_read(
    knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database, whatever its name says" * 100)
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{broken}")
    question = "Do you ship to Norway for 29 euros?"
    assert bot("golden", "add", question, "faq#do-you-ship-to-norway").exit_code == 0
    for price in ("29", "31"):  # nothing is live before the first
        (knowledge / "faq.md").write_text(FAQ.replace("29", price), encoding="utf-8")
        told = bot("index")
        assert told.exit_code == 0, told.exception
        assert "1 of 1 golden questions" in told.output
    assert broken.read_bytes().startswith(b"this is no database")
