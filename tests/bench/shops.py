"""What invented shops are asked in other words than theirs; `tuning.py` tunes on it and measures.

`tests/data/shops` has 42 of them (23 English, 19 Chinese), each with 22 texts of its own and what
shoppers ask about them: half of the questions share no word with the text that answers them, some
are in another language, and ten a shop are answered by nothing there. Texts whose titles are
questions become an FAQ, the others a page of policies. Shown is how often the right entry comes
first, and how well the stated confidence tells; a fifth of the entries is then left out at random.
The confidences of the readings without a classifier are fitted on them (`ranking.py`).
"""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.builds import ENCODERS
from bot.knowledge.calibrate import Case
from bot.knowledge.confidence import Reading, Weights
from bot.knowledge.index import Index
from bot.knowledge.retriever import Question, Ranker
from bot.language.detect import detect_language
from bot.language.statistics import auroc, calibration_error
from bot.settings import DEFAULT_MODEL
from tests.support.demo import TODAY

FOLDER = Path(__file__).parents[1] / "data/shops"
LEFT_OUT = 0.2  # of the entries
READINGS: tuple[Reading, ...] = ("english_untaught", "multilingual_untaught")
_SEED = 1
_TITLES = {"en": "Policies", "zh": "店铺政策"}
_ASKING = ("?", "？", "吗", "呢")

Text = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """A built index, and questions with the ids of the entries that answer them."""

    name: str
    index: Index
    questions: Sequence[tuple[str, frozenset[str]]]


def files() -> list[Path]:
    """The shops' files."""
    return sorted(FOLDER.glob("*.json"))


def shops(
    folder: Path, of: Sequence[Path] | None = None, exported: Path | None = None
) -> Iterator[Shop]:
    """Each shop, all or those of these files, its knowledge and index below `folder`; `exported`
    holds encoders to use, by their hashes."""
    for file in track(of or files(), "shops", console=Console(stderr=True), transient=True):
        shop = json.loads(file.read_text(encoding="utf-8"))
        place = folder / file.stem
        write(shop, place / "knowledge")
        if exported:
            shutil.copytree(exported, place / "index" / ENCODERS, copy_function=os.link)
        build_index(place / "knowledge", place / "index", DEFAULT_MODEL, today=TODAY)
        index = Index.load_current(place / "index")
        answers = {(entry.id, entry.answer) for entry in index.entries.values()}
        questions: list[tuple[str, frozenset[str]]] = []
        for text in shop["texts"]:
            right = frozenset(each for each, answer in answers if text["text"][:30] in answer)
            questions += [(each, right) for each in text["questions"]]
        questions += [(each, frozenset()) for each in shop["unanswered"]]
        yield Shop(file.stem, index, questions)


def write(shop: dict[str, Any], folder: Path) -> None:
    """Write a shop's knowledge."""
    folder.mkdir(parents=True)
    texts: list[Text] = shop["texts"]
    faq = [each for each in texts if each["title"].rstrip().endswith(_ASKING)]
    rows = [
        {
            "id": each["id"],
            "lang": shop["language"],
            "question": each["title"],
            "answer": each["text"],
        }
        for each in faq
    ]
    if rows:
        (folder / "faq.yaml").write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    below: dict[str, list[Text]] = defaultdict(list)
    for each in texts:
        if each not in faq:
            below[each["heading"]].append(each)
    if below:
        page = [f"---\nlang: {shop['language']}\n---", f"# {_TITLES[shop['language']]}"]
        for heading, found in below.items():
            page.append(f"## {heading}")
            page += [each["text"] for each in found if not each["title"]]
            page += [f"### {each['title']}\n\n{each['text']}" for each in found if each["title"]]
        (folder / "policies.md").write_text("\n\n".join(page) + "\n", encoding="utf-8")


def cases(
    shop: Shop, reading: Reading, weights: dict[Reading, Weights], *, thinned: bool
) -> list[Case]:
    """The shop's questions that are read so, without a classifier; `thinned`: a part of the
    entries is not there."""
    index, ranker = shop.index, Ranker(shop.index, weights)
    rng = np.random.default_rng(_SEED)
    gone = {each for each in index.ids if thinned and rng.random() < LEFT_OUT}
    hidden = np.array([each.entry_id in gone for each in index.passages])
    found = []
    for text, right in shop.questions:
        question = Question.of(text, detect_language(text), index)
        if question.reading.removesuffix("_untaught") != reading.removesuffix("_untaught"):
            continue
        question = replace(question, reading=reading)
        candidates = tuple(ranker.find(question, hidden if thinned else None, {}))
        first = candidates[0].entry_id if candidates else None
        answerable = bool(right - gone)
        expect = first if first in right else next(iter(right - gone), None)
        found.append(Case(candidates, expect, answerable))
    return found


def show(found: Iterable[Shop]) -> None:
    """Ask each shop's questions and print the measures."""
    weights = confidence.load()
    whole: dict[Reading, list[Case]] = defaultdict(list)
    thinned: dict[Reading, list[Case]] = defaultdict(list)
    for shop in found:
        for reading in READINGS:
            whole[reading] += cases(shop, reading, weights, thinned=False)
            thinned[reading] += cases(shop, reading, weights, thinned=True)
    table = Table("read as", "questions", "hit@1", "auroc_right", "ece")
    for reading in READINGS:
        hits = [_right(each) for each in whole[reading] if each.answerable]
        asked = whole[reading] + thinned[reading]
        sure = np.array([weights[reading].probability(each.found) for each in asked])
        right = np.array([_right(each) for each in asked])
        table.add_row(
            reading,
            str(len(whole[reading])),
            f"{np.mean(hits):.3f}",
            f"{auroc(right, sure):.3f}",
            f"{calibration_error(right, sure):.3f}",
        )
    Console().print(table)


def _right(case: Case) -> bool:
    return bool(case.found) and case.found[0].entry_id == case.expect
