"""Serving: a damaged build is refused and the one before served; a new one is picked up live."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import bm25s
import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.database import seals
from bot.errors import BuildError
from bot.knowledge import builds
from bot.knowledge.build import build_index
from bot.knowledge.index import CurrentIndex, Index, rollback
from bot.language.lexical import tokens
from tests.support.tiny import flip_a_bit, make_model, vectors_of, write_knowledge

TODAY = date(2026, 11, 22)
ANSWERS = {
    "returns": "You may return an item within 30 days.",
    "gift cards": "A gift card is valid for three years.",
    "shipping": "A parcel takes three days.",
}
FILES = [
    "manifest.json",
    "vectors.faiss",
    "entries.jsonl",
    "passages.jsonl",
    "data.csc.index.npy",
    "vocab.index.json",
]

Builder = Callable[[str], str]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_model(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(scope="module")
def two_builds(model: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """An index folder to copy, and the ids of its two builds."""
    folder = tmp_path_factory.mktemp("two")
    run = builder(folder, folder / "index", model)
    return folder / "index", run("Three days."), run("Four days.")


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def build(model: str, tmp_path: Path, index_dir: Path) -> Builder:
    return builder(tmp_path, index_dir, model)


def builder(folder: Path, index_dir: Path, model: str) -> Builder:
    """Builds with the given answer on shipping; the build's id."""

    def run(shipping: str) -> str:
        knowledge = write_knowledge(folder / "knowledge", {**ANSWERS, "shipping": shipping})
        return build_index(knowledge, index_dir, model, today=TODAY).build

    return run


def test_a_passages_own_text_finds_it_first(build: Builder, index_dir: Path) -> None:
    build("Three days.")
    index = Index.load(index_dir)
    for at, passage in enumerate(index.passages):
        scores, positions = index.spaces[0].search(
            index.encoder.encode([passage.search], "passage"), 3
        )
        assert scores[0] == pytest.approx(1, abs=1e-4)
        assert index.passages[positions[0]].search == passage.search
        words = tokens(passage.search)
        lexical = index.lexical_scores(words)
        assert np.argmax(lexical) == at
        assert lexical[at] == pytest.approx(index.lexical_self_score(words), rel=1e-4)


def test_lexical_scores_are_those_of_bm25s(build: Builder, index_dir: Path) -> None:
    folder = index_dir / build("Three days.") / "lexical"
    index, reference = Index.load(index_dir), bm25s.BM25.load(folder, show_progress=False)
    for question in ("return an item, an item?", "gift card", "What about shipping"):
        expected = reference.get_scores(tokens(question))
        np.testing.assert_allclose(index.lexical_scores(tokens(question)), expected, rtol=1e-5)


def test_what_shares_no_word_scores_nothing(build: Builder, index_dir: Path) -> None:
    build("Three days.")
    index = Index.load(index_dir)
    (alike,) = np.nonzero(index.lexical_scores(tokens("gift card")))
    assert {index.passages[at].entry_id for at in alike} == {"gift cards"}
    assert not index.lexical_scores(tokens("zebra")).any()
    assert not index.lexical_scores([]).any()
    assert index.lexical_self_score([]) == 0
    assert index.lexical_self_score(tokens("zebra")) > 0


def test_entries_and_their_languages_are_there(build: Builder, index_dir: Path) -> None:
    build("Three days.")
    index = Index.load(index_dir)
    assert index.entries["shipping", "en"].answer == "Three days."
    assert index.languages_of("shipping") == ("en",)
    assert index.languages_of("nothing") == ()
    assert {passage.text for passage in index.passages if passage.role == "question"} == {
        "Three days.",
        *(answer for key, answer in ANSWERS.items() if key != "shipping"),
    }


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing"])
def test_a_damaged_file_is_named_and_the_build_before_is_served(
    two_builds: tuple[Path, str, str], index_dir: Path, name: str, damage: str
) -> None:
    whole, first, second = two_builds
    shutil.copytree(whole, index_dir)
    path = next((index_dir / second).rglob(name))
    if damage == "flipped":
        flip_a_bit(path)
    elif damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BuildError) as raised:
        Index.load(index_dir)
    assert name in raised.value.message("en")
    assert name in raised.value.message("zh")
    with capture_logs() as logs:
        assert Index.load_current(index_dir).build_id == first
    assert [(log["event"], log["build"]) for log in logs] == [("index.refused", second)]


def test_files_of_another_build_are_refused_though_each_is_intact(
    build: Builder, index_dir: Path
) -> None:
    build("Three days.")
    second = build("Four days.")
    folder = index_dir / second
    lines = (folder / "passages.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "passages.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["passages.jsonl"] = builds.checksums(folder)["passages.jsonl"]
    seals.write(folder / "manifest.json", json.dumps(manifest))
    with pytest.raises(BuildError):
        Index.load(index_dir)


def test_a_damaged_encoder_is_refused(build: Builder, index_dir: Path) -> None:
    build("Three days.")
    flip_a_bit(next((index_dir / "encoders").glob("*/tokenizer.json")))
    with pytest.raises(BuildError) as raised:
        Index.load_current(index_dir)
    assert "bot index" in raised.value.message("en")
    build("Three days.")
    assert Index.load_current(index_dir).entries


def test_without_any_index_the_message_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as raised:
        CurrentIndex(tmp_path / "nothing").get()
    assert "bot index" in raised.value.message("en")
    assert "bot index" in raised.value.message("zh")


async def test_a_new_build_is_picked_up_while_serving(build: Builder, index_dir: Path) -> None:
    first = build("Three days.")
    current = CurrentIndex(index_dir)
    before = current.get()
    assert before.build_id == first
    assert not await current.refresh()
    second = build("Four days.")
    assert await current.refresh()
    assert current.get().build_id == second
    assert current.get().encoder is before.encoder
    rollback(index_dir)
    assert await current.refresh()
    assert current.get().build_id == first


async def test_a_damaged_new_build_leaves_the_one_in_use_and_is_logged_once(
    build: Builder, index_dir: Path
) -> None:
    first = build("Three days.")
    current = CurrentIndex(index_dir)
    current.get()
    second = build("Four days.")
    flip_a_bit(vectors_of(index_dir / second))
    with capture_logs() as logs:
        assert not await current.refresh()
        assert not await current.refresh()
    assert [(log["event"], log["build"]) for log in logs] == [("index.refused", second)]
    assert current.get().build_id == first
    third = build("Five days.")
    assert await current.refresh()
    assert current.get().build_id == third
