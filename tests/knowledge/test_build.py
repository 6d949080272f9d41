"""Building: only what changed is embedded, nothing half-written is ever served, no pickle."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.errors import BuildError, KnowledgeError, NotFoundError
from bot.knowledge import builds
from bot.knowledge.build import BuildReport, build_index
from bot.knowledge.entry import Voice
from bot.knowledge.index import Index, list_builds, rollback
from bot.language.lexical import tokens
from bot.settings import DEFAULT_MODEL
from tests.support.tiny import flip_a_bit, make_model, vectors_of, write_knowledge

TODAY = date(2026, 11, 22)
ANSWERS = {"returns": "Within 30 days.", "gift cards": "Valid for three years.", "sizes": "XS-XXL"}

Builder = Callable[..., BuildReport]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_model(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def build(model: str, tmp_path: Path, index_dir: Path) -> Builder:
    """Build `answers` (entry id → answer) into `index_dir`."""

    def run(answers: dict[str, str], *, full: bool = False, keep: int = 5) -> BuildReport:
        knowledge = write_knowledge(tmp_path / "knowledge", answers)
        return build_index(knowledge, index_dir, model, today=TODAY, full=full, keep=keep)

    return run


def test_the_first_build_embeds_everything_and_is_current(build: Builder, index_dir: Path) -> None:
    report = build(ANSWERS)
    assert report.new
    assert report.entries == 3
    assert set(report.added) == set(ANSWERS)
    assert report.embedded == sum(report.passages.values()) > 0
    assert report.reused == 0
    assert builds.current_id(index_dir) == report.build
    assert Index.load(index_dir).entries["returns", "en"].answer == "Within 30 days."


def test_how_the_shop_speaks_is_part_of_the_build(
    build: Builder, index_dir: Path, tmp_path: Path
) -> None:
    first = build(ANSWERS)
    file = tmp_path / "knowledge" / "shop.yaml"
    file.write_text("greeting: Hi\nstarters: {zh: [多久？]}\n", encoding="utf-8")
    report = build(ANSWERS)
    assert report.new
    assert report.embedded == 0
    assert Index.load(index_dir, first.build).manifest.voices == {}
    voices = Index.load(index_dir).manifest.voices
    assert voices == {"en": Voice("Hi"), "zh": Voice("Hi", ("多久？",))}
    assert not build(ANSWERS).new


def test_the_second_run_embeds_only_what_changed(build: Builder, index_dir: Path) -> None:
    first = build(ANSWERS)
    second = build({"returns": "Within 31 days.", "sizes": "XS-XXL", "new": "Something new."})
    assert (second.added, second.removed, second.changed) == (
        ("new",),
        ("gift cards",),
        ("returns",),
    )
    assert second.embedded == 3  # the new entry's question and answer, the changed answer
    assert second.reused == sum(second.passages.values()) - 3
    assert second.build > first.build


def test_reused_vectors_are_those_of_a_full_build(build: Builder, index_dir: Path) -> None:
    build(ANSWERS)
    changed = {**ANSWERS, "returns": "Within 31 days."}
    partial = build(changed)
    complete = build(changed, full=True)
    assert partial.reused > 0
    assert complete.reused == 0
    one, other = (Index.load(index_dir, report.build) for report in (partial, complete))
    query = one.encoder.encode(["return"])
    np.testing.assert_allclose(
        one.spaces[0].search(query, 5)[0], other.spaces[0].search(query, 5)[0], atol=1e-5
    )


def test_nothing_changed_makes_no_new_build(build: Builder, index_dir: Path) -> None:
    first = build(ANSWERS)
    second = build(ANSWERS)
    assert not second.new
    assert second.build == first.build
    assert second.embedded == 0
    assert [found.id for found in list_builds(index_dir)] == [first.build]


def test_another_model_embeds_everything_and_the_way_back_stays_open(
    build: Builder, index_dir: Path, tmp_path: Path
) -> None:
    first = build(ANSWERS)
    other = make_model(tmp_path / "other", dimension=8)
    second = build_index(tmp_path / "knowledge", index_dir, other, today=TODAY)
    assert (second.reused, second.changed) == (0, ())
    assert Index.load(index_dir).encoder.dimension == 8
    assert rollback(index_dir) == first.build
    assert Index.load(index_dir).encoder.dimension == 16


def test_a_damaged_build_is_built_again_though_nothing_changed(
    build: Builder, index_dir: Path
) -> None:
    first = build(ANSWERS)
    flip_a_bit(vectors_of(index_dir / first.build))
    second = build(ANSWERS)
    assert second.new
    assert second.reused == 0
    assert Index.load(index_dir).build_id == second.build


def test_a_folder_with_nothing_to_search_keeps_the_build_before(
    build: Builder, index_dir: Path, model: str, tmp_path: Path
) -> None:
    first = build(ANSWERS)
    (tmp_path / "knowledge" / "faq.jsonl").write_text("not json\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as raised:
        build_index(tmp_path / "knowledge", index_dir, model, today=TODAY)
    assert raised.value.params["problems"]
    assert raised.value.message("zh")
    assert builds.current_id(index_dir) == first.build


def test_a_broken_line_is_reported_and_the_rest_is_indexed(
    build: Builder, index_dir: Path, model: str, tmp_path: Path
) -> None:
    build(ANSWERS)
    with (tmp_path / "knowledge" / "faq.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    report = build_index(tmp_path / "knowledge", index_dir, model, today=TODAY)
    assert [problem.where for problem in report.problems] == ["faq.jsonl:4"]
    assert report.entries == 3


def test_two_builds_at_once_are_refused(build: Builder, index_dir: Path) -> None:
    with builds.lock(index_dir), pytest.raises(BuildError) as raised:
        build(ANSWERS)
    assert raised.value.key == "index.locked"
    assert build(ANSWERS).new


def test_old_builds_go_but_never_the_current_or_the_one_before(
    build: Builder, index_dir: Path
) -> None:
    reports = [build({**ANSWERS, "sizes": f"{n} sizes"}, keep=2) for n in range(4)]
    assert [found.id for found in list_builds(index_dir)] == [
        reports[3].build,
        reports[2].build,
    ]
    rollback(index_dir)
    builds.prune(index_dir, keep=1)
    assert builds.current_id(index_dir) == reports[2].build
    assert Index.load(index_dir).build_id == reports[2].build


def test_rollback_goes_to_the_newest_intact_build_before(build: Builder, index_dir: Path) -> None:
    first, second, third = (build({**ANSWERS, "sizes": f"{n} sizes"}) for n in range(3))
    flip_a_bit(index_dir / second.build / "passages.jsonl")
    assert [found.intact for found in list_builds(index_dir)] == [True, False, True]
    assert rollback(index_dir) == first.build
    assert Index.load(index_dir).build_id == first.build
    with pytest.raises(NotFoundError):
        rollback(index_dir)
    assert rollback(index_dir, third.build) == third.build
    assert [found.current for found in list_builds(index_dir)] == [True, False, False]


def test_rollback_refuses_a_damaged_or_unknown_build(build: Builder, index_dir: Path) -> None:
    first, second = (build({**ANSWERS, "sizes": f"{n} sizes"}) for n in range(2))
    flip_a_bit(index_dir / first.build / "entries.jsonl")
    with pytest.raises(BuildError) as raised:
        rollback(index_dir, first.build)
    assert "entries.jsonl" in raised.value.message("en")
    with pytest.raises(NotFoundError):
        rollback(index_dir, "../elsewhere")
    assert builds.current_id(index_dir) == second.build


def test_ids_sort_by_age_even_when_the_clock_goes_back(build: Builder, index_dir: Path) -> None:
    first = build(ANSWERS)
    assert builds.new_id(index_dir, datetime(2020, 1, 1, tzinfo=UTC)) > first.build


def test_files_hold_no_pickle(build: Builder, index_dir: Path) -> None:
    folder = index_dir / build(ANSWERS).build
    index = Index.load(index_dir)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {
        "manifest.json",
        "manifest.json.sha256",
        f"{index.encoder.hash}/vectors.faiss",
        f"{index.encoder.hash}/vector_keys.txt",
        "entries.jsonl",
        "passages.jsonl",
        "lexical/data.csc.index.npy",
        "lexical/indices.csc.index.npy",
        "lexical/indptr.csc.index.npy",
        "lexical/params.index.json",
        "lexical/vocab.index.json",
    }
    for path in folder.glob("lexical/*.npy"):
        assert np.load(path, allow_pickle=False).size
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == names - {"manifest.json", "manifest.json.sha256"}


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from bot.knowledge.build import build_index

def progress(stage, done, total):
    if (stage, done) == (sys.argv[4], int(sys.argv[5])):
        os.kill(os.getpid(), signal.SIGKILL)

build_index(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], today=date(2026, 11, 22),
            progress=progress)
"""


@pytest.mark.parametrize(
    ("stage", "done"), [("embed", 0), ("write", 0), ("write", 1), ("switch", 0), ("switch", 1)]
)
def test_a_kill_at_any_stage_leaves_a_whole_build_served(
    build: Builder, index_dir: Path, model: str, tmp_path: Path, stage: str, done: int
) -> None:
    first = build(ANSWERS)
    knowledge = write_knowledge(tmp_path / "knowledge", {**ANSWERS, "new": "Something new."})
    arguments = [str(knowledge), str(index_dir), model, stage, str(done)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    served = Index.load_current(index_dir)
    assert (served.build_id == first.build) == ((stage, done) != ("switch", 1))
    after = build({**ANSWERS, "new": "Something new.", "newer": "Something newer."})
    assert Index.load_current(index_dir).build_id == after.build
    assert not list(index_dir.glob(".build-*"))


def test_the_real_encoder_finds_an_answer_asked_in_other_words(tmp_path: Path) -> None:
    answers = {"returning an item": "Within 30 days.", "choosing a size": "See the chart."}
    knowledge = write_knowledge(tmp_path / "knowledge", answers)
    build_index(knowledge, tmp_path / "index", DEFAULT_MODEL, today=TODAY)
    index = Index.load_current(tmp_path / "index")
    space = index.space("can I send this back")
    _, dense = space.search(space.vector("can I send this back"), 1)
    lexical = index.lexical_scores(tokens("which size"))
    assert index.passages[dense[0]].entry_id == "returning an item"
    assert index.passages[int(np.argmax(lexical))].entry_id == "choosing a size"


def test_of_very_many_documents_no_single_sentence_is_embedded(model: str, tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path / "knowledge", ANSWERS)
    pages = 2001
    text = "".join(f"## Part {n}\n\nOne {n}. Two {n}. Three {n}.\n\n" for n in range(pages))
    (knowledge / "few.md").write_text(text[:60], encoding="utf-8")
    build_index(knowledge, tmp_path / "index", model, today=TODAY)
    assert "sentence" in {each.role for each in Index.load(tmp_path / "index").passages}
    (knowledge / "many.md").write_text(text, encoding="utf-8")
    build_index(knowledge, tmp_path / "index", model, today=TODAY)
    found = [each for each in Index.load(tmp_path / "index").passages if "many" in each.entry_id]
    assert {each.role for each in found} == {"question", "text"}
    assert len(found) == 2 * pages
