"""How much is measured, and how a process that measures tells what it found. Imports little: what
is imported here is part of both sides' start."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
QUESTIONS = ROOT / "tests" / "data" / "demo_questions.jsonl"
AT_ONCE = 32
SHOWN = 8  # entries or passages that either side gives for a question
WARM_UP = 8  # questions before the clock counts


@dataclass(frozen=True)
class Plan:
    """`alone` questions one after another, then `together` with `AT_ONCE` on their way; the start
    is measured `starts` times. `files` of the knowledge folder are used, None for all. `export`:
    the encoder is exported anew, or taken from the user's cache."""

    alone: int
    together: int
    starts: int
    files: int | None = None
    export: bool = True


FULL = Plan(alone=200, together=84, starts=3)
QUICK = Plan(alone=24, together=32, starts=1, files=2, export=False)


def questions() -> list[str]:
    """The demo shop's test questions, English and Chinese in turn, none twice."""
    asked: dict[str, list[str]] = {"en": [], "zh": []}
    with QUESTIONS.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            asked[row["lang"]].append(row["question"])
    shorter, longer = sorted(asked.values(), key=len)
    return [
        question
        for at, each in enumerate(longer)
        for question in ([each, shorter[at]] if at < len(shorter) else [each])
    ]


def tell(name: str, value: Any) -> None:
    """A line to the process that started this one."""
    print(json.dumps({name: value}), flush=True)


def clock(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50": 1000 * ordered[len(ordered) // 2],
        "p95": 1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
    }


def resident() -> float:
    """This process's resident memory, MB (10⁶ bytes)."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


class Asked:
    """Questions in the order in which a process asks them; each is asked once."""

    def __init__(self, alone: int, together: int) -> None:
        every = questions()
        self.first = every[:WARM_UP]
        self.alone = every[WARM_UP : WARM_UP + alone]
        self.together = every[WARM_UP + alone : WARM_UP + alone + together]


def timed(asked: Sequence[str], ask: Any) -> list[float]:
    """Seconds that `ask` took for each."""
    found = []
    for question in asked:
        started = time.perf_counter()
        ask(question)
        found.append(time.perf_counter() - started)
    return found


def measure(retriever: Any, asked: Asked) -> None:
    """A langchain retriever's latency, memory and throughput; it has answered once before."""
    timed(asked.first[1:], retriever.invoke)
    if not asked.alone:
        return
    seconds = timed(asked.alone, retriever.invoke)
    tell("latency", clock(seconds))
    tell("alone", len(seconds) / sum(seconds))
    tell("memory", resident())
    started = time.perf_counter()
    retriever.batch(asked.together, config={"max_concurrency": AT_ONCE})
    tell("together", len(asked.together) / (time.perf_counter() - started))
