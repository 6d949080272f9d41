"""The whole product as one process: it serves, says what it cannot do, and leaves in order."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App, asker, build
from bot.errors import BuildError, ModelError, SettingsError
from bot.serving import session_secret
from bot.settings import Settings
from tests.proofs.servers import START_TIMEOUT, free_port
from tests.support.demo import KNOWLEDGE
from tests.support.paths import ROOT


@pytest.fixture
def serving(
    tmp_path: Path, migrated_sqlite: Path, demo_index_dir: Path
) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """`bot serve` on a free port: the process, its address and its log."""
    shutil.copy(migrated_sqlite, tmp_path / "deskhand.db")
    port = free_port()
    log = tmp_path / "log.jsonl"
    settings = {
        "BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'deskhand.db'}",
        "BOT_INDEX_DIR": str(demo_index_dir),
        "BOT_KNOWLEDGE_DIR": str(KNOWLEDGE),
        "BOT_PORT": str(port),
        "BOT_LANGUAGE": "en",
        "PYTHONPATH": str(ROOT),
    }
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"],
            cwd=tmp_path,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        yield process, f"http://127.0.0.1:{port}", log
        process.kill()
        process.communicate()


def until_ready(url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health", trust_env=False, verify=False).status_code == 200:
                return
        time.sleep(0.1)
    pytest.fail(log.read_text(encoding="utf-8"))


def test_serve_says_the_first_password_answers_and_drains_on_sigterm(
    serving: tuple[subprocess.Popen[str], str, Path],
) -> None:
    process, url, log = serving
    until_ready(url, log)
    assert httpx.get(f"{url}/").status_code == 200
    assert httpx.get(f"{url}/desk", follow_redirects=True).status_code == 200
    assert "deskhand" in httpx.get(f"{url}/metrics").text
    process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, log.read_text(encoding="utf-8")
    assert re.search(r"one-time password \S+", printed)
    assert f"{url}/desk" in printed
    assert "app.stopped" in log.read_text(encoding="utf-8")


def test_the_session_key_is_made_once_and_kept(demo_app: App) -> None:
    key = session_secret(demo_app)
    assert len(key) >= 32
    assert session_secret(demo_app) == key


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"bot_llm": "openai:some"}, "OPENAI_API_KEY"),
        ({"bot_llm": "local:/no/such/model"}, "local:/no/such/model"),
        (
            {"bot_llm": "openai:a", "openai_api_key": "sk-1", "bot_llm_fallback": "openai:b"},
            "BOT_LLM_FALLBACK",
        ),
    ],
)
def test_a_model_that_cannot_answer_is_said_at_the_start(
    setting: dict[str, Any], named: str, tmp_path: Path
) -> None:
    settings = Settings(
        _env_file=None, bot_database_url=f"sqlite:///{tmp_path / 'a.db'}", **setting
    )
    with pytest.raises((SettingsError, ModelError)) as raised:
        build(settings)
    assert named in raised.value.message("en")


def test_fewer_wrong_answers_are_bought_with_more_questions_back(
    demo_index_dir: Path, tmp_path: Path
) -> None:
    question = "积分"  # one word: several entries fit

    def action(wrong_rate: float) -> str:
        settings = Settings(
            _env_file=None, bot_index_dir=demo_index_dir, bot_max_wrong_rate=wrong_rate
        )
        return asker(settings)(question).action

    assert action(0.5) == "reply"
    assert action(0.001) in ("clarify", "escalate")


def test_eval_needs_an_index(tmp_path: Path) -> None:
    with pytest.raises(BuildError):
        asker(Settings(_env_file=None, bot_index_dir=tmp_path))
