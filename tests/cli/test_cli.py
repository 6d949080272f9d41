"""The command line as it is typed: real processes, a real database, the demo shop's index."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot import settings
from bot.cli import app
from bot.errors import BuildError, DeskhandError, InputError, SettingsError
from bot.language import encoders, heads
from tests.proofs.servers import START_TIMEOUT
from tests.support.demo import KNOWLEDGE
from tests.support.paths import ROOT

COMMANDS = [
    "serve",
    "chat",
    "ask",
    "replay",
    "index",
    "eval",
    "eval-mood",
    "calibrate",
    "train-heads",
    "tickets",
    "users",
    "train",
    "doctor",
]
DEEPER = [
    "index list",
    "index rollback",
    "tickets list",
    "tickets reply",
    "tickets export",
    "users add",
]
CONTRACT = [
    *("action", "text", "confidence", "reason", "sources", "language"),
    *("acts", "products"),
]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def shop(
    tmp_path: Path, migrated_sqlite: Path, demo_index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An English terminal in an empty folder, with the demo shop's index and a fresh database."""
    shutil.copy(migrated_sqlite, tmp_path / "deskhand.db")
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BOT_DATABASE_URL", f"sqlite:///{tmp_path / 'deskhand.db'}")
    monkeypatch.setenv("BOT_INDEX_DIR", str(demo_index_dir))
    monkeypatch.setenv("BOT_KNOWLEDGE_DIR", str(KNOWLEDGE))
    monkeypatch.setenv("BOT_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bot(*words: str) -> Result:
    """A command in this process; an error a person may read is in `exception`."""
    return CliRunner().invoke(app, list(words))


def process(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def asked(*words: str) -> dict[str, Any]:
    """`bot ask --json`."""
    result = bot("ask", "--json", *words)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


HELP = """
import sys
from typer.testing import CliRunner
from bot.cli import app
for words in sys.argv[1:]:
    result = CliRunner().invoke(app, [*words.split(), "--help"], terminal_width=200)
    assert result.exit_code == 0, (words, result.output)
    print("=====", words)
    print(result.output)
"""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_explains_itself(shop: Path, language: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", HELP, *COMMANDS, *DEEPER],
        env=os.environ | {"PYTHONPATH": str(ROOT), "BOT_LANGUAGE": language},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    pages = dict(page.strip().split("\n", 1) for page in found.split("===== ")[1:])
    assert list(pages) == [*COMMANDS, *DEEPER]
    for words, page in pages.items():
        assert bool(HAN.search(page)) is (language == "zh"), words
        assert "cli." not in page, words


def test_ask_answers_as_the_contract_says(shop: Path) -> None:
    result = asked("How long do I have to return something?")
    assert list(result) == CONTRACT
    assert result["action"] == "reply"
    assert result["reason"] is None
    assert result["language"] == "en"
    assert result["text"].startswith("You have 30 days")
    (source,) = result["sources"]
    assert list(source) == ["id", "source", "score"]
    assert (source["id"], source["source"]) == ("return-window", "faq/returns.en.yaml")
    assert 0.5 < source["score"] <= 1
    assert 0.5 < result["confidence"] <= 1


def test_ask_escalates_and_clarifies_as_the_contract_says(shop: Path) -> None:
    person = asked("人工")
    assert list(person) == CONTRACT
    assert (person["action"], person["reason"]) == ("escalate", "asked_for_person")
    assert (person["sources"], person["language"]) == ([], "zh")
    unsure = asked("gift")
    assert list(unsure) == CONTRACT
    assert (unsure["action"], unsure["reason"]) == ("clarify", None)
    offered = [source["id"] for source in unsure["sources"]]
    assert "gift-card" in offered
    assert len(offered) <= 3


def test_ask_goes_on_with_a_conversation(shop: Path) -> None:
    asked("gift", "--chat", "c1")
    second = asked("the second one", "--chat", "c1")
    assert second["action"] == "reply"
    assert asked("the second one", "--chat", "c2")["action"] != "reply"
    asked("I want to talk to a human", "--chat", "c1")
    assert bot("tickets", "take", "1", "--as", "Mei").exit_code == 0
    silent = asked("hello?", "--chat", "c1")
    assert (silent["action"], silent["text"]) == ("escalate", "")
    assert silent["reason"] == "asked_for_person"


def test_ask_shows_a_person_the_answer_the_options_and_what_an_agent_wrote(shop: Path) -> None:
    answer = bot("ask", "How long do I have to return something?").output
    assert "30 days" in answer
    assert "faq/returns.en.yaml" in answer
    assert "answered" in answer
    options = bot("ask", "gift", "--chat", "c1").output
    assert "2  Do you sell gift cards?" in options
    bot("ask", "I want to talk to a human", "--chat", "c1")
    bot("tickets", "reply", "1", "I am here.", "--as", "Mei")
    later = bot("ask", "thanks", "--chat", "c1").output
    assert "I am here." in later
    assert "A person has this conversation" in later


def test_ask_needs_words(shop: Path) -> None:
    assert isinstance(bot("ask", " ").exception, InputError)


def test_errors_are_one_clear_line(shop: Path) -> None:
    missing = process("eval", str(shop / "none.jsonl"))
    assert missing.returncode == 1
    assert missing.stdout == ""
    assert missing.stderr.startswith("✗ ")
    assert "none.jsonl" in missing.stderr
    assert "Traceback" not in missing.stderr
    broken = process("ask", "hello", BOT_PORT="eighty", BOT_LANGUAGE="zh")
    assert broken.returncode == 1
    assert "BOT_PORT" in broken.stderr
    assert HAN.search(broken.stderr)
    assert "errors.pydantic.dev" not in broken.stderr
    assert len(broken.stderr.strip().splitlines()) == 2  # what to do, and the cause
    (shop / ".env").write_text("BOT_MAX_WRONG_RATE=lots\n", encoding="utf-8")
    error = bot("doctor").exception
    assert isinstance(error, SettingsError)
    assert "BOT_MAX_WRONG_RATE" in error.message("zh")


def test_without_an_index_the_message_says_what_to_run(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "questions.jsonl").write_text('{"question": "a", "expect": null}', encoding="utf-8")
    monkeypatch.setenv("BOT_INDEX_DIR", str(shop / "nowhere"))
    for words in (["eval", "questions.jsonl"], ["calibrate", "--out", "ranking.json"]):
        error = bot(*words).exception
        assert isinstance(error, BuildError)
        assert "bot index" in error.message("en")
    assert "There is no build yet" in bot("index", "list").output
    assert isinstance(bot("index", "rollback").exception, DeskhandError)
    assert asked("How do I return this?")["reason"] == "bot_failed"


def test_eval_prints_the_measures_and_writes_the_runs(shop: Path) -> None:
    questions = [
        {"question": "How long do I have to return something?", "expect": "return-window"},
        {"question": "怎么退货", "expect": ["how-to-return", "return-window"]},
        {"question": "What is the meaning of life?", "expect": None},
    ]
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in questions)
    (shop / "questions.jsonl").write_text(lines, encoding="utf-8")
    result = bot("eval", "questions.jsonl", "--json", "--runs", "runs.jsonl", "--plots", "p")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (shop / "p").iterdir()} == {
        "reliability.svg",
        "risk_coverage.svg",
    }
    measured = json.loads(result.stdout)
    assert measured["questions"] == 3
    assert measured["hit@1"] == measured["auroc_right"] == 1.0
    runs = [json.loads(line) for line in (shop / "runs.jsonl").read_text().splitlines()]
    assert [run["top"][0] for run in runs[:2]] == ["return-window", "how-to-return"]
    assert [run["action"] for run in runs] == ["reply", "reply", "escalate"]
    assert all(0 <= run["confidence"] <= 1 for run in runs)
    assert "hit@1" in bot("eval", "questions.jsonl").output
    unwritable = bot("eval", "questions.jsonl", "--runs", "no/such/folder.jsonl").exception
    assert isinstance(unwritable, InputError)


def test_eval_mood_prints_the_measures_and_writes_the_runs(shop: Path) -> None:
    messages = [
        {"text": "useless bot, where is my money", "label": "negative"},
        {"text": "怎么退货", "label": "neutral"},
        {"text": "Thank you, it is lovely!", "label": "positive"},
    ]
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in messages)
    (shop / "moods.jsonl").write_text(lines, encoding="utf-8")
    result = bot("eval-mood", "moods.jsonl", "--json", "--runs", "runs.jsonl")
    assert result.exit_code == 0, result.output
    measured = json.loads(result.stdout)
    assert measured["auroc_negative"] == 1.0
    assert (measured["negative_taken_angry"], measured["neutral_taken_negative"]) == (1.0, 0.0)
    runs = [json.loads(line) for line in (shop / "runs.jsonl").read_text().splitlines()]
    assert [set(run) for run in runs] == [{"negative", "angry"}] * 3
    assert runs[0]["angry"] > 0.9 > runs[1]["angry"]


def test_train_heads_writes_what_it_learned_and_its_figures(shop: Path) -> None:
    lines = {"refund": "money back\nrefund me", "hello": "hi there\ngood morning"}
    file = {"head": "want", "source": "us", "licence": "MIT", "examples": lines}
    (shop / "examples").mkdir()
    (shop / "examples" / "want.yaml").write_text(json.dumps(file), encoding="utf-8")
    result = bot("train-heads", "--examples", "examples", "--out", "fitted")
    assert result.exit_code == 0, result.output
    assert "want: 4 examples" in result.output
    for model in encoders.models_of(settings.DEFAULT_MODEL):
        assert list(heads.load(model, shop / "fitted")) == ["want"]
    assert isinstance(bot("train-heads", "--examples", "nowhere").exception, InputError)


def test_eval_has_no_measure_where_nothing_defines_it(shop: Path) -> None:
    (shop / "questions.jsonl").write_text('{"question": "life?", "expect": null}', encoding="utf-8")
    assert json.loads(bot("eval", "questions.jsonl", "--json").stdout)["hit@1"] is None


def test_index_names_a_broken_line_and_goes_on_then_lists_and_rolls_back(
    shop: Path, demo_index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowledge, index_dir = shop / "knowledge", shop / "index"
    knowledge.mkdir()
    shutil.copytree(demo_index_dir / "encoders", index_dir / "encoders")
    monkeypatch.setenv("BOT_INDEX_DIR", str(index_dir))
    monkeypatch.setenv("BOT_KNOWLEDGE_DIR", str(knowledge))
    good = '{"id": "tea", "lang": "en", "question": "Do you sell tea?", "answer": "Yes."}\n'
    (knowledge / "faq.jsonl").write_text(good + "{broken\n", encoding="utf-8")
    first = bot("index")
    assert first.exit_code == 3, first.output
    assert "faq.jsonl:2" in first.output.replace("\n", "")
    assert "1 entries" in first.output
    assert "Nothing has changed" in bot("index").output
    (knowledge / "faq.jsonl").write_text(good.replace("Yes", "No"), encoding="utf-8")
    second = json.loads(bot("index", "--json").stdout)
    assert (second["new"], second["changed"], second["problems"]) == (True, ["tea"], [])
    assert asked("Do you sell tea?")["text"] == "No."
    builds = json.loads(bot("index", "list", "--json").stdout)
    assert [build["current"] for build in builds] in ([True, False], [False, True])
    assert second["build"] in bot("index", "list").output
    assert "is served" in bot("index", "rollback").output
    assert asked("Do you sell tea?")["text"] == "Yes."
    (knowledge / "faq.jsonl").write_text("{broken\n", encoding="utf-8")
    nothing = bot("index")
    assert isinstance(nothing.exception, DeskhandError)
    assert "faq.jsonl:1" in nothing.output.replace("\n", "")


def test_doctor_says_how_everything_is(shop: Path) -> None:
    result = bot("doctor")
    assert result.exit_code in (0, 1)  # the machine may be short of disk
    assert "✓" in result.output
    (shop / "deskhand.db").write_bytes(b"not a database, but long enough to look at" * 9)
    broken = bot("doctor")
    assert broken.exit_code == 1
    assert "✗" in broken.output


class Terminal:
    """`bot chat` in a pseudo-terminal."""

    def __init__(self, *words: str) -> None:
        self._printed = ""
        self._read = 0  # how much of it a test has looked at
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            # As in a terminal; a shell that runs the tests in its background leaves it ignored.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ["PYTHONPATH"] = str(ROOT)
            os.execv(sys.executable, [sys.executable, "-m", "bot", *words])

    def until(self, text: str) -> str:
        """What is printed until `text` has been; what came with it is for the next look."""
        self._wait(lambda: text in self._printed[self._read :], text)
        began, self._read = self._read, self._printed.index(text, self._read) + len(text)
        return self._printed[began : self._read]

    def asks(self, times: int) -> None:
        """Wait for that many prompts since the start: one comes before an answer that is slow."""
        self._wait(lambda: self._printed.count("You: ") >= times, f"prompt {times}")

    def _wait(self, met: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not met():
            assert time.monotonic() < deadline, f"{what!r} never came: {self._printed}"
            if select.select([self.screen], [], [], 0.2)[0]:
                self._printed += os.read(self.screen, 65536).decode()

    def types(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def exit_code(self) -> int:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            done, how = os.waitpid(self.pid, os.WNOHANG)
            if done:
                os.close(self.screen)
                return os.waitstatus_to_exitcode(how)
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        pytest.fail("it does not end")


def test_chat_in_a_terminal_from_hello_to_control_d(shop: Path) -> None:
    terminal = Terminal("chat", "--chat", "anna")
    assert "Juniper & Tide" in terminal.until("You: ")
    terminal.types("gift\n")
    terminal.until("Do you sell gift cards?")
    terminal.asks(2)
    terminal.types("2\n")
    terminal.until("$10")
    terminal.asks(3)
    terminal.types("/person\n")
    terminal.until("colleague")
    assert bot("tickets", "reply", "1", "I am Mei.", "--as", "Mei").exit_code == 0
    terminal.until("I am Mei.")
    terminal.types("\x04")
    terminal.until("Goodbye")
    assert terminal.exit_code() == 0


def test_chat_ends_at_once_with_control_c(shop: Path) -> None:
    terminal = Terminal("chat")
    terminal.until("You: ")
    terminal.types("\x03")
    assert terminal.exit_code() == 130
