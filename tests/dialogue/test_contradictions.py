"""What contradicts an entry, and what only looks as if it did, in both languages.

`tests/data/contradictions` holds a shop of its own and the pairs.
"""

import json
from typing import Any

import pytest

from bot.dialogue.contradictions import contradicted, says_nothing_of
from bot.knowledge.build import build_index
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.language.wording import has_han
from bot.types import Candidate, Language
from tests.support.demo import TODAY
from tests.support.paths import DATA
from tests.support.tiny import make_model

FOLDER = DATA / "contradictions"
PAIRS = [
    json.loads(line) for line in (FOLDER / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("contradictions")
    build_index(FOLDER / "knowledge", folder / "index", make_model(folder / "tiny"), today=TODAY)
    return Index.load_current(folder / "index")


def candidate(index: Index, entry_id: str, language: Language) -> Candidate:
    found = ShopRetriever(lambda: index, {}).entry(entry_id, language)
    assert found is not None
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["question"])
def test_what_contradicts_is_told_from_what_only_looks_so(
    index: Index, pair: dict[str, Any]
) -> None:
    language: Language = "zh" if has_han(pair["question"]) else "en"
    found = contradicted(pair["question"], [candidate(index, pair["entry"], language)], index)
    assert found[0].contradicts == pair["contradicts"]


def test_half_of_the_pairs_contradict_and_a_third_are_chinese() -> None:
    against = sum(bool(pair["contradicts"]) for pair in PAIRS)
    assert len(PAIRS) >= 40
    assert 0.4 <= against / len(PAIRS) <= 0.6
    assert sum(has_han(pair["question"]) for pair in PAIRS) * 3 >= len(PAIRS)


def test_a_long_message_and_what_is_no_first_choice_are_left_alone(index: Index) -> None:
    entry = candidate(index, "error-e5", "en")
    assert not contradicted("what is error E6 " * 30, [entry], index)[0].contradicts
    found = contradicted("error E6", [entry] * 3, index)
    assert [each.contradicts for each in found] == ["e6", "e6", ""]


def test_a_text_without_a_word_of_the_question_says_nothing_of_it(index: Index) -> None:
    entry = candidate(index, "error-e5", "en")
    assert says_nothing_of("do you engrave spoons", entry, index)
    assert not says_nothing_of("what is error E5", entry, index)
    assert says_nothing_of("do you engrave E5", entry, index)
    assert not says_nothing_of("the error in Amsterdam", entry, index)
