"""Fits the shipped weights of ranking and confidence.

`python -m tests.bench.ranking TRAIN INDEX CROSSED`: INDEX is an index of the demo shop; its
phrasings are asked as `bot calibrate` does. Beside it stand shops made of openly licensed questions
below TRAIN, with many and with few phrasings an entry, of which a part was left out, so that
nothing answers some questions: Bitext's customer intents (`bitext_8k`, CDLA-Sharing-1.0) and
Microsoft's personality chat, English and Chinese (`personality_chat`, MIT). Thresholds are then set
on the demo shop's questions by `bot calibrate --questions`. The confidences without a classifier
are fitted on the invented shops of `shops.py`, each read by encoders that were tuned without it:
CROSSED is the folder of `tuning.py --cross`; their thresholds are chosen so that what is answered
under a name ("I take it that you mean …") is as often right as wrong. Writes
`bot/knowledge/ranking.json`.
"""

import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from bot.knowledge import calibrate, confidence
from bot.knowledge.build import build_index
from bot.knowledge.calibrate import Case
from bot.knowledge.confidence import Reading
from bot.knowledge.evaluate import read
from bot.knowledge.index import Index
from bot.settings import DEFAULT_MODEL
from tests.bench import shops as invented
from tests.bench import tuning
from tests.support.demo import QUESTIONS, TODAY

_PHRASINGS = (2, 6, 25)  # an entry, in shops of three kinds
_ASKED = 700  # questions a shop
_LEFT_OUT = 0.25  # of the entries
_SEED = 1
_RATES = ("0.01", "0.02", "0.05", "0.1", "0.2", "0.3")
_LIMITS: dict[Reading, tuple[float, ...]] = {  # confidences for these rates
    "english_untaught": (0.9, 0.8, 0.7, 0.6, 0.46, 0.24),
    "multilingual_untaught": (0.9, 0.8, 0.7, 0.55, 0.32, 0.25),
}

Groups = dict[str, list[str]]


def main(train: Path, index_dir: Path, tuned_without: Path) -> None:
    index = Index.load_current(index_dir)
    weights = dict(confidence.load())
    asked = [(each.question, each.expected) for each in read(QUESTIONS)]
    with tempfile.TemporaryDirectory() as folder:
        shops = list(_shops(train, Path(folder)))
        for reading in calibrate.readings(index):
            cases = []
            for each in calibrate.also_without(reading):
                cases += calibrate.cases(index, each, weights, seed=_SEED)
                for shop, questions in shops:
                    cases += _cases(shop, each, weights, questions)
            weights[reading] = calibrate.fit(cases, weights[reading])
            served = calibrate.asked_cases(index, reading, weights, asked)
            weights[reading] = calibrate.set_thresholds(served, weights[reading])
            print(reading, len(cases), "cases")
        own: dict[Reading, list[Case]] = {each: [] for each in _LIMITS}
        for invented_shop in tuning.crossed(tuned_without):
            for reading, thinned in product(_LIMITS, (False, True)):
                own[reading] += invented.cases(invented_shop, reading, weights, thinned=thinned)
        for reading, limits in _LIMITS.items():
            fitted = calibrate.fit(own[reading], weights[reading])
            weights[reading] = replace(fitted, thresholds=dict(zip(_RATES, limits, strict=True)))
            print(reading, len(own[reading]), "invented cases")
    confidence.save(confidence.SHIPPED, weights)


def _cases(
    shop: Index,
    reading: Reading,
    weights: dict[Reading, confidence.Weights],
    questions: Sequence[tuple[str, frozenset[str]]],
) -> list[Case]:
    """Nothing where none of the shop's questions is read so."""
    if reading not in calibrate.readings(shop):
        return []
    return calibrate.asked_cases(shop, reading, weights, questions)


def _shops(train: Path, folder: Path) -> Iterator[tuple[Index, list[tuple[str, frozenset[str]]]]]:
    chat = "packages__qnamaker__docs__qnaFormat__{}__qna_chitchat_professional.qna"
    sources = {
        "bitext": _bitext(next((train / "bitext_8k").glob("*.csv"))),
        "chat": _chat(train / "personality_chat" / chat.format("english")),
        "聊天": _chat(train / "personality_chat" / chat.format("chinese_simplified")),
    }
    for name, groups in sources.items():
        for phrasings in _PHRASINGS:
            rng = np.random.default_rng(_SEED)
            shop = folder / f"{name}-{phrasings}"
            questions = _write(groups, phrasings, shop / "knowledge", rng)
            build_index(shop / "knowledge", shop / "index", DEFAULT_MODEL, today=TODAY)
            print(name, phrasings, len(questions), "questions", flush=True)
            yield Index.load_current(shop / "index"), questions


def _write(
    groups: Groups, phrasings: int, folder: Path, rng: np.random.Generator
) -> list[tuple[str, frozenset[str]]]:
    """Write a shop's knowledge; its questions with the ids of the entries that answer them."""
    folder.mkdir(parents=True)
    left_out = {name for name in groups if rng.random() < _LEFT_OUT}
    questions: list[tuple[str, frozenset[str]]] = []
    with (folder / "faq.jsonl").open("w", encoding="utf-8") as file:
        for name, texts in groups.items():
            shuffled = list(rng.permutation(texts))
            known = [] if name in left_out else shuffled[:phrasings]
            right = frozenset([name]) if known else frozenset()
            questions += [(str(text), right) for text in shuffled[len(known) :]]
            if known:
                entry = {"id": name, "question": known[0], "variants": known[1:], "answer": name}
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return [questions[at] for at in rng.permutation(len(questions))[:_ASKED]]


def _bitext(path: Path) -> Groups:
    groups: Groups = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["intent"], []).append(row["utterance"])
    return groups


def _chat(path: Path) -> Groups:
    """The pairs of a .qna file: "# ? question", further phrasings as a list, then the answer."""
    groups: Groups = {}
    texts: list[str] = []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        line = line.removeprefix("> ").strip()
        if line.startswith("# ?"):
            texts = groups.setdefault(f"chat-{len(groups)}", [])
            texts.append(line.removeprefix("# ?").strip())
        elif line.startswith("- "):
            texts.append(line.removeprefix("- "))
        elif line.startswith("```"):
            texts = []  # the answer
    return {name: list(dict.fromkeys(each)) for name, each in groups.items() if len(each) > 30}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
