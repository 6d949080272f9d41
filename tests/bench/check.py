"""What the check of written sentences costs beside writing them: `python -m tests.bench.check`.

Answers of the demo shop's questions in the entries' own words are checked as a model's would be,
sentence by sentence, the passages' preparation included. Beside it stands the time that a model
takes to write as many tokens, at the speed that it is given. The check's time is the processor's,
so that what else runs on the machine does not count.
"""

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.dialogue.checks import Checks
from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.evaluate import read
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.language.sentences import sentences
from bot.settings import DEFAULT_MODEL
from bot.writing.grounding import evidence
from bot.writing.models.ledger import estimate

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parent.parent / "knowledge"
QUESTIONS = HERE.parent / "data" / "demo_questions.jsonl"
PASSAGES = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, help="an index of the demo shop; built when left out")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument(
        "--tokens-per-second",
        type=float,
        default=15.0,
        help="how fast the model writes; SmolLM2-135M writes about 15 on two cores",
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.index or Path(scratch) / "index"
        if asked.index is None:
            build_index(KNOWLEDGE, folder, DEFAULT_MODEL, today=datetime.now(UTC).date())
        measure(Index.load_current(folder), asked.questions, asked.tokens_per_second)


def measure(index: Index, count: int, speed: float) -> None:
    """Check the answers to `count` questions and print what it took beside writing them."""
    retriever = ShopRetriever(current=lambda: index, weights=confidence.load())
    checks = Checks(lambda: index)
    cold: list[float] = []
    warm: list[float] = []
    tokens: list[int] = []
    per_sentence: list[float] = []
    for each in read(QUESTIONS)[:count]:
        found = retriever.candidates(each.question)[:PASSAGES]
        if not found:
            continue
        language = detect_language(each.question)
        checks.of(found, language, each.question)  # the links of the build are gathered once
        evidence.windows.cache_clear()  # passages that no answer stood on before
        for times in (cold, warm):
            started = time.process_time()
            check = checks.of(found, language, each.question)
            took = []
            for sentence in sentences(found[0].text):
                before = time.process_time()
                check.check(sentence)
                took.append(time.process_time() - before)
            times.append(time.process_time() - started)
        per_sentence += took
        tokens.append(estimate(found[0].text))
    written = [each / speed for each in tokens]
    table = Table(box=None, title=f"{len(cold)} answers, {len(per_sentence)} sentences")
    for name in ("", "p50", "p95"):
        table.add_column(name, justify="left" if not name else "right")
    rows = {
        "check of an answer, its passages new, ms": cold,
        "check of an answer, its passages known, ms": warm,
        "check of a sentence, ms": per_sentence,
        f"writing it at {speed:g} tokens/s, ms": written,
    }
    for label, values in rows.items():
        p95 = statistics.quantiles(values, n=20)[-1]
        table.add_row(label, f"{1000 * statistics.median(values):.1f}", f"{1000 * p95:.1f}")
    Console().print(table)
    print(
        f"check / writing: {sum(cold) / sum(written):.2%} new, {sum(warm) / sum(written):.2%} known"
    )


if __name__ == "__main__":
    main()
