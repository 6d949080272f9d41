"""Which space a question is compared in, and what each of the two knows."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import BuildError
from bot.knowledge.build import build_index
from bot.knowledge.index import Index
from tests.support.tiny import make_model, vectors_of, write_knowledge

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("question", "reading"),
    [
        ("How do I return an item?", "english"),
        ("怎么退货", "multilingual"),
        ("return policy 是怎样的", "multilingual"),
        ("Wie kann ich einen Artikel zurückschicken?", "multilingual"),
    ],
)
def test_each_question_is_compared_where_it_is_read_best(
    demo_index: Index, question: str, reading: str
) -> None:
    assert demo_index.space(question).reading(question) == reading


def test_a_german_question_finds_the_english_and_chinese_entry(demo_index: Index) -> None:
    question = "Wie lange habe ich Zeit, etwas zurückzuschicken?"
    space = demo_index.space(question)
    _, near = space.search(space.place(space.searched(question), "en"), 20)
    found = {(demo_index.passages[at].entry_id, demo_index.passages[at].lang) for at in near}
    assert {("return-window", "en"), ("return-window", "zh")} <= found


def test_every_passage_is_in_both_spaces(demo_index: Index) -> None:
    for space in demo_index.spaces:
        last = len(demo_index.passages) - 1
        vector = space.vector_at(last)
        assert vector.shape == (space.encoder.dimension,)
        place = space.place(vector, demo_index.passages[last].lang)
        assert space.cosines(place, [last])[0] == pytest.approx(1, abs=1e-4)
        assert space.taught


def test_heads_are_read_in_the_space_of_the_text(demo_index: Index) -> None:
    for text in ("I want to cancel my order", "我要取消订单"):
        told = demo_index.space(text).judge("want", text)
        assert max(told, key=told.__getitem__) == "cancel", text
    assert demo_index.space("hello").judge("no such head", "hello") == {}


def test_vectors_of_another_build_are_refused(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny")
    index_dir = tmp_path / "index"
    builds = []
    for answers in ({"a": "One."}, {"a": "One.", "b": "Two."}):
        knowledge = write_knowledge(tmp_path / "knowledge", answers)
        builds.append(build_index(knowledge, index_dir, model, today=TODAY).build)
    first, second = (vectors_of(index_dir / build) for build in builds)
    second.write_bytes(first.read_bytes())
    with pytest.raises(BuildError):
        Index.load(index_dir, builds[1])
