"""Whether what is missing in the knowledge comes up as one group each.

`python -m tests.bench.gaps EVAL [SET …]`: from each set (`knowledge.jsonl`, `questions.jsonl`) a
third of the entries is removed, an index is built of the others, and 1,000 of the questions are
asked through the whole dialogue. What was not answered is grouped as the desk does; once more with
a third of the wrong answers disliked. Of the removed
entries that were asked for, it prints how many have a group of their own, one that holds more than
half of their unanswered questions and is theirs by more than half; purity is the share of the
grouped questions that are what most of their group are, completeness the share that is in the
largest group of what they are. A question that nothing ever answered is a thing of its own. The
least likeness was chosen on Bitext's intents and Microsoft's personality chat (`--tune TRAIN`).
"""

import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.app import rehearser
from bot.database.db import Database
from bot.insights.gaps import LIKENESS
from bot.knowledge.build import build_index
from bot.knowledge.evaluate import Asked, read
from bot.knowledge.index import Index
from bot.language.detect import detect_language
from bot.language.grouping import grouped
from bot.settings import DEFAULT_MODEL, Settings
from bot.types import Language
from tests.bench.ranking import _bitext, _chat
from tests.support.demo import TODAY

SETS = ("stackfaq", "clinc150", "hint3-sofmattress", "zh-lcqmc-dev")
_QUESTIONS = 1000
_SEED = 5
_PRESSED = 1 / 3  # of those who are told the wrong thing say so by a 👎


def main(eval_dir: Path, names: Sequence[str]) -> None:
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            _measure(name, eval_dir / name, Path(folder))


def _measure(name: str, source: Path, folder: Path) -> None:
    rng = random.Random(_SEED)
    lines = (source / "knowledge.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    ids = sorted({each["id"] for each in entries})
    removed = set(rng.sample(ids, len(ids) // 3))
    (folder / "knowledge").mkdir()
    with (folder / "knowledge" / "faq.jsonl").open("w", encoding="utf-8") as file:
        for each in entries:
            if each["id"] not in removed:
                file.write(json.dumps(each, ensure_ascii=False) + "\n")
    build_index(folder / "knowledge", folder / "index", DEFAULT_MODEL, today=TODAY)
    every = read(source / "questions.jsonl")
    asked = rng.sample(every, min(_QUESTIONS, len(every)))
    settings = Settings(bot_knowledge_dir=folder / "knowledge", bot_index_dir=folder / "index")
    index = Index.load_current(folder / "index")
    db = Database(f"sqlite:///{folder / 'shop.db'}")
    db.migrate()
    ask = rehearser(settings, db, index)
    told = [ask(each.question) for each in asked]
    db.close()
    for pressed in (0.0, _PRESSED):
        missed = [
            each
            for each, answer in zip(asked, told, strict=True)
            if answer.action != "reply"
            or (not each.expected & set(answer.entries) and rng.random() < pressed)
        ]
        started = time.process_time()
        groups = _groups(index, [each.question for each in missed], LIKENESS)
        seconds = time.process_time() - started
        counts = f"{len(asked)} asked, {len(missed)} not answered or disliked"
        print(f"{name}, {pressed:.0%} of wrong answers disliked: {counts}, {seconds:.1f} s")
        print(" ", _told(_things(missed), groups, Counter(_things(asked)), removed), flush=True)


def _things(asked: Sequence[Asked]) -> list[str]:
    return [min(each.expected, default=f"? {each.question}") for each in asked]


def _groups(index: Index, questions: Sequence[str], likeness: float) -> list[list[int]]:
    by_language: dict[Language, list[int]] = defaultdict(list)
    for at, question in enumerate(questions):
        by_language[detect_language(question)].append(at)
    found = []
    for language, places in by_language.items():
        vectors = index.meanings([questions[at] for at in places], language)
        for group in grouped(vectors, [1] * len(places), likeness):
            found.append([places[at] for at in group])
    return found


def _told(
    things: Sequence[str], groups: Sequence[Sequence[int]], asked: Counter[str], removed: set[str]
) -> str:
    held: dict[str, Counter[int]] = defaultdict(Counter)
    pure = 0
    for number, group in enumerate(groups):
        counts = Counter(things[at] for at in group)
        pure += counts.most_common(1)[0][1]
        for thing, count in counts.items():
            held[thing][number] = count
    whole = sum(each.most_common(1)[0][1] for each in held.values())
    wanted = [each for each in sorted(removed) if asked[each]]
    own = 0
    for each in wanted:
        if held[each]:
            largest, count = held[each].most_common(1)[0]
            own += 2 * count > held[each].total() and 2 * count > len(groups[largest])
    share = own / max(1, len(wanted))
    heard = sum(bool(held[each]) for each in wanted)
    return (
        f"{own} of {len(wanted)} removed entries are one group each ({share:.0%}), "
        f"{own / max(1, heard):.0%} of those with a question that was not answered; "
        f"{len(groups)} groups, purity {pure / len(things):.3f}, "
        f"completeness {whole / len(things):.3f}"
    )


def tune(train: Path, index_dir: Path) -> None:
    """How the groups fare by likeness, on questions that are not measured on."""
    index = Index.load_current(index_dir)
    chats = train / "personality_chat"
    shops = {
        "bitext": _bitext(next((train / "bitext_8k").glob("*.csv"))),
        "chat-en": _chat(next(chats.glob("*english*"))),
        "chat-zh": _chat(next(chats.glob("*chinese*"))),
    }
    for name, groups in shops.items():
        for each in (6, 30):
            rng = random.Random(_SEED)
            chosen = rng.sample(sorted(groups), min(len(groups), 45))
            rows = [(text, of) for of in chosen for text in rng.sample(groups[of], each)]
            language: Language = "zh" if name.endswith("zh") else "en"
            vectors = index.meanings([text for text, _ in rows], language)
            things = [of for _, of in rows]
            for likeness in np.arange(0.2, 0.55, 0.05):
                found = grouped(vectors, [1] * len(rows), float(likeness))
                print(
                    f"{name} {each} {likeness:.2f}",
                    _told(things, found, Counter(things), set(things)),
                )


if __name__ == "__main__":
    if sys.argv[1] == "--tune":
        tune(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(Path(sys.argv[1]), sys.argv[2:] or SETS)
