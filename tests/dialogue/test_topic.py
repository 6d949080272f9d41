"""Follow-ups and questions at two invented shops whose entries have one phrasing or a heading."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import followup, searching
from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.builds import ENCODERS
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.settings import DEFAULT_MODEL
from bot.types import Author, Source, Turn
from tests.support.demo import TODAY
from tests.support.paths import DATA

SHOPS = ("bike", "plant")
REPLY_AT, ASSUME_AT = 0.55, 0.35
THIN = DATA / "thin"


@pytest.fixture(scope="module")
def shops(
    demo_index_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, ShopRetriever]:
    """Asks each shop's knowledge."""
    return {each: retriever(demo_index_dir, tmp_path_factory.mktemp(each), each) for each in SHOPS}


def retriever(demo: Path, folder: Path, shop: str) -> ShopRetriever:
    shutil.copytree(demo / ENCODERS, folder / ENCODERS)  # exported once is enough
    build_index(THIN / shop, folder, DEFAULT_MODEL, today=TODAY)
    index = Index.load_current(folder)
    return ShopRetriever(current=lambda: index, weights=confidence.load())


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(each) for each in (THIN / name).read_text(encoding="utf-8").splitlines()]


def after(before: str, shown: str, shop: ShopRetriever) -> list[Turn]:
    """A conversation in which a question was answered with an entry."""
    at, language = datetime(2026, 11, 2, tzinfo=UTC), detect_language(before)
    told = shop.entry(shown, language)
    assert told is not None, shown
    source = Source(told.entry_id, told.source, 1.0, told.title)
    return [
        Turn(1, Author.SHOPPER, before, language, at),
        Turn(2, Author.BOT, told.text, language, at, sources=(source,)),
    ]


def told(question: str, turns: list[Turn], shop: ShopRetriever) -> str | None:
    """The id of the entry that is told, None where none is sure enough."""
    found = searching.search(question, turns, shop, REPLY_AT)
    return found.first.entry_id if found.first and found.confidence >= ASSUME_AT else None


def share(rows: list[dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> float:
    return sum(map(holds, rows)) / len(rows)


@pytest.mark.parametrize(
    ("kinds", "least"), [(("same",), 0.7), (("section",), 0.6), (("other",), 0.85)]
)
def test_follow_up_is_answered_from_what_is_talked_about_or_elsewhere(
    kinds: tuple[str, ...], least: float, shops: dict[str, ShopRetriever]
) -> None:
    """From the entry told last, its neighbour in the document, or another text altogether."""

    def right(row: dict[str, Any]) -> bool:
        shop = shops[row["shop"]]
        return (
            told(row["question"], after(row["before"], row["shown"], shop), shop) in row["expect"]
        )

    assert share([row for row in lines("followups.jsonl") if row["kind"] in kinds], right) >= least


def test_question_in_other_words_than_the_text(shops: dict[str, ShopRetriever]) -> None:
    rows = [row for row in lines("questions.jsonl") if row["expect"]]
    assert (
        share(rows, lambda row: told(row["question"], [], shops[row["shop"]]) in row["expect"])
        > 0.5
    )


@pytest.mark.parametrize(
    ("question", "entry"), [("咖啡馆批量买有折扣吗", "english#wholesale"), ("几点下班", "hours")]
)
def test_chinese_question_finds_what_is_only_in_english(
    question: str, entry: str, shops: dict[str, ShopRetriever]
) -> None:
    assert told(question, [], shops["plant"]) == entry


def test_an_answer_without_a_source_does_not_end_the_topic(shops: dict[str, ShopRetriever]) -> None:
    turns = after("can i rent a city bike", "hire#what", shops["bike"])
    at = turns[-1].at
    lost = [Turn(3, Author.SHOPPER, "hm?", "en", at), Turn(4, Author.BOT, "Sorry?", "en", at)]
    assert followup.told([*turns, *lost]) == ("hire#what",)
    assert followup.told([*turns, *lost, *lost, *lost]) == ()
