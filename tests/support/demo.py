"""The demo shop with its real encoder, indexed once a test run, and a shop that runs on it."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from bot.app import App, build
from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.settings import DEFAULT_MODEL, Settings
from tests.support.paths import DATA, ROOT

KNOWLEDGE = ROOT / "knowledge"
QUESTIONS = DATA / "demo_questions.jsonl"
TODAY = date(2026, 11, 2)


@pytest.fixture(scope="session")
def demo_index_dir(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """The index folder of the demo shop. Nobody may change it.

    pytest keeps one between runs, and a run embeds only what changed since: exporting the encoder
    and embedding the whole shop takes most of a minute.
    """
    kept = pytestconfig.cache.mkdir("demo-index")
    folder = tmp_path_factory.mktemp("demo") / "index"
    with FileLock(f"{kept}.lock"):
        build_index(KNOWLEDGE, kept, DEFAULT_MODEL, today=TODAY)
        shutil.copytree(kept, folder)
    return folder


@pytest.fixture(scope="session")
def demo_index(demo_index_dir: Path) -> Index:
    """The demo shop's index, loaded."""
    return Index.load_current(demo_index_dir)


@pytest.fixture(scope="session")
def demo_retriever(demo_index: Index) -> ShopRetriever:
    """Asks the demo shop's index with the shipped weights."""
    return ShopRetriever(current=lambda: demo_index, weights=confidence.load())


@pytest.fixture(scope="session")
def demo_app(demo_index_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The demo shop as it is served, on SQLite; its conversations are told apart by their chats."""
    path = tmp_path_factory.mktemp("shop") / "deskhand.db"
    app = shop_on(f"sqlite:///{path}", demo_index_dir)
    yield app
    app.db.close()


def shop_on(database_url: str, index_dir: Path, **settings: object) -> App:
    """A shop with default settings but those, whatever this machine's environment says."""
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    changed = {"bot_database_url": database_url, "bot_index_dir": index_dir}
    return build(Settings.model_construct(**(defaults | changed | settings)))
