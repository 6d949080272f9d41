"""How well the heads hear what is said, as served.

`python -m tests.bench.heads EVAL [INDEX] [--taken]`. EVAL holds `dialogues/bitext.jsonl` (question,
intent) and folders with `questions.jsonl` (question, expect); INDEX (default `index`) the build
whose encoder reads. Nothing of EVAL is learned from. Printed are: for each intent that the bot acts
on the recall at 97 % precision, and recall and precision where the bot draws the line; wishes for a
person heard; questions on an own order heard, with what they ask (`order_aspects.jsonl`); what is
mistaken for one of these or for small talk on the other questions (`--taken` names them); and the
time that all readings of a message take once its vector is there.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.dialogue import mood, person
from bot.knowledge import confidence
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.language import smalltalk, steering
from bot.language.heads import Judge
from bot.orders import asks, change_rules
from tests.support.paths import DATA

# Intents of Bitext and the classes of the head "want" that mean them, as a wish or a question.
_MEANT = {
    "cancel_order": ("cancel", "ask_cancel"),
    "change_order": ("change_order",),
    "change_shipping_address": ("address", "ask_address"),
    "get_refund": ("refund", "ask_refund"),
    "track_order": ("order_state",),
    "track_refund": ("refund_state",),
    "check_invoice get_invoice": ("invoice",),
    "complaint": ("complaint",),
    "payment_issue": ("payment", "charged"),
}
_PERSON = "contact_human_agent"
# Left out where they are as good as another: when an own order comes is its state, and whoever
# wants to speak to customer service wants a person.
_ALIKE = {"track_order": "delivery_period", _PERSON: "contact_customer_service"}
_PRECISION = 0.97
_TIMED = 500


def main() -> None:
    folder = Path(sys.argv[1])
    index = Index.load_current(Path(sys.argv[2] if len(sys.argv) > 2 else "index"))
    retriever = ShopRetriever(current=lambda: index, weights=confidence.load())
    judge = retriever.judge
    print(f"heads of {', '.join(each.card.name for each in index.encoders)}")
    rows = list(_read(folder / "dialogues" / "bitext.jsonl"))
    told = [judge(change_rules.HEAD, str(row["question"])) for row in rows]
    intents = [str(row["intent"]) for row in rows]
    for intent, classes in _MEANT.items():
        scores = [sum(each.get(name, 0.0) for name in classes) for each in told]
        _print(intent, intents, scores, change_rules.SURE)
    wished = [judge(person.HEAD, str(row["question"])).get("wanted", 0.0) for row in rows]
    _print(_PERSON, intents, wished, person.SURE)
    _time(judge, [str(row["question"]) for row in rows[-_TIMED:]])
    for wants in (True, False):
        cases = [
            str(row["text"]) for row in _read(DATA / "wants_person.jsonl") if row["wants"] is wants
        ]
        heard = sum(person.wants_person(text, judge) for text in cases)
        print(f"wants_person.jsonl, {'wishes' if wants else 'others'}: {heard} of {len(cases)}")
    for language in ("en", "zh", "other"):
        _print_aspects(language, judge)
    for path in sorted(folder.glob("*/questions.jsonl")):
        questions = [str(row["question"]) for row in _read(path)]
        for name, reading in _readings(judge).items():
            taken = [text for text in questions if reading(text)]
            print(f"{path.parent.name}, taken for {name}: {len(taken)} of {len(questions)}", end="")
            print(f" ({len(taken) / len(questions):.2%})")
            if "--taken" in sys.argv:
                print("   ", taken[:40])


def _readings(
    judge: Judge,
) -> dict[str, Callable[[str], object]]:
    return {
        "a wish for a person": lambda text: person.wants_person(text, judge),
        "a wish to change": lambda text: change_rules.wish(text, judge),
        "small talk": lambda text: smalltalk.kind(text, judge),
        "a question on an own order": lambda text: _of_an_order(text, judge),
    }


def _of_an_order(text: str, judge: Judge) -> bool:
    """Whether it asks, for certain, of an own order or what may still be done with it."""
    asked = asks.read(text, judge=judge)
    return asked is not None and asked.sure


def _print_aspects(language: str, judge: Judge) -> None:
    rows = [row for row in _read(DATA / "order_aspects.jsonl") if row["lang"] == language]
    told = [(row["aspect"], asks.read(str(row["text"]), judge=judge)) for row in rows]
    own = [(aspect, asked) for aspect, asked in told if aspect]
    heard = sum(asked is not None for _, asked in own)
    right = sum(asked is not None and asked.aspects == {aspect} for aspect, asked in own)
    others = [asked for aspect, asked in told if not aspect]
    taken = sum(asked is not None for asked in others)
    print(
        f"order_aspects.jsonl, {language}: {heard} of {len(own)} heard, {right} with what is asked;"
        f" {taken} of {len(others)} others taken for one"
    )


def _print(intent: str, intents: list[str], scores: list[float], line: float) -> None:
    named, left = intent.split(), _ALIKE.get(intent)
    told = [
        (score, each in named) for score, each in zip(scores, intents, strict=True) if each != left
    ]
    meant = sum(right for _, right in told)
    best = found = 0
    for place, (_, right) in enumerate(sorted(told, reverse=True), start=1):
        found += right
        best = found if found >= _PRECISION * place else best
    heard = [right for score, right in told if score >= line]
    print(
        f"{intent}: recall {best / meant:.3f} at {_PRECISION:.0%} precision;"
        f" at the bot's line {sum(heard) / meant:.3f}, precision {sum(heard) / len(heard):.3f}"
    )


def _time(judge: Judge, texts: list[str]) -> None:
    heads = [change_rules.HEAD, person.HEAD, smalltalk.HEAD, steering.HEAD, mood.HEAD]
    heads += [asks.HEAD, asks.ASPECT, asks.WHICH]
    started = time.process_time()
    for text in texts:
        for head in heads:
            judge(head, text)
    spent = (time.process_time() - started) / len(texts)
    print(f"{len(heads)} readings of a message whose vector is known: {spent * 1e3:.2f} ms")


def _read(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    main()
