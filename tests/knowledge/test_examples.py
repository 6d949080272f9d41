"""The shop's own examples: kept in a file, learned with the next build, nothing else forgotten."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.knowledge import examples
from bot.knowledge.build import build_index
from bot.knowledge.index import Index
from bot.language.embedder import ENGLISH_MODEL
from tests.support.tiny import write_knowledge

TODAY = date(2026, 11, 22)
STRANGE = "unsub me from the crate thing"
OTHERS = {
    "cancel": "please cancel my order 4512",
    "return": "I want to send these shoes back",
    "order_state": "where is my parcel",
    "product": "is the kettle made of steel",
}


def test_an_example_is_of_one_class_and_can_move(tmp_path: Path) -> None:
    examples.keep(tmp_path, f"  {STRANGE}\n", "want", "return")
    examples.keep(tmp_path, "帮我退订", "want", "cancel")
    examples.keep(tmp_path, STRANGE, "want", "cancel")
    examples.keep(tmp_path, STRANGE, "mood", "none")
    found = examples.read(tmp_path)
    assert [(each.label, each.text) for each in found["want"]] == [
        ("cancel", "帮我退订"),
        ("cancel", STRANGE),
    ]
    assert [each.label for each in found["mood"]] == ["none"]


@pytest.mark.parametrize(
    ("text", "head", "label", "named"),
    [
        (" ", "want", "cancel", "500"),
        ("x" * 501, "want", "cancel", "500"),
        ("x", "which", "all", "which"),
        ("x", "want", "world peace", "world peace"),
    ],
)
def test_what_is_no_example_is_refused(
    tmp_path: Path, text: str, head: str, label: str, named: str
) -> None:
    with pytest.raises(InputError) as refused:
        examples.keep(tmp_path, text, head, label)
    assert named in refused.value.message("en")
    assert not (tmp_path / examples.FILE).exists()


@pytest.mark.parametrize(
    "text", ["want: 1", "want: {cancel: [1]}", "- x", "want: {no: [x]}", "[\n"]
)
def test_a_bad_file_is_a_problem_and_stops_no_build(tmp_path: Path, text: str) -> None:
    (tmp_path / examples.FILE).write_text(text, encoding="utf-8")
    found, [problem] = examples.read_or_tell(tmp_path)
    assert found == {}
    assert problem.path == examples.FILE
    assert "examples.yaml" in problem.message("en")
    assert "examples.yaml" in problem.message("zh")


def test_the_next_build_has_learned_it_and_reads_the_rest_as_before(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path / "knowledge", {"returns": "Within 30 days."})

    def wants(text: str) -> str:
        read = Index.load(tmp_path / "index").spaces[0].judge("want", text)
        return max(read, key=lambda each: read[each])

    def build() -> bool:
        return build_index(knowledge, tmp_path / "index", ENGLISH_MODEL, today=TODAY).new

    build()
    before = {text: wants(text) for text in (STRANGE, *OTHERS.values())}
    assert before[STRANGE] != "cancel"
    examples.keep(knowledge, STRANGE, "want", "cancel")
    assert build()
    assert wants(STRANGE) == "cancel"
    assert wants("unsub me from that crate thing please") == "cancel"
    assert {text: wants(text) for text in OTHERS.values()} == {
        t: before[t] for t in OTHERS.values()
    }
    assert not build()
