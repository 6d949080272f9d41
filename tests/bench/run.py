"""Starts the processes that measure, one after another, and puts their figures side by side."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.plan import ROOT, Plan, questions

Progress = Callable[[str, int, int], None]
KNOWLEDGE = ROOT / "knowledge"
_QUICK_FILES = ("faq/sizes.en.yaml", "faq/sizes.zh.yaml")
_LIBRARIES = ("langchain-core", "sentence-transformers", "torch", "onnxruntime", "faiss-cpu")

NOTE = (
    "Each figure is of a fresh process; start is from its creation to the first answer, index and "
    "model on disk. In the first line the chain reads its FAISS index from disk, too; in the "
    "second it embeds all passages anew, as plain chains with from_documents do. Questions "
    "are English and Chinese in turn and none is asked twice, so that no cache of query vectors is "
    "measured. Whole flow: message accepted, answered by the worker, reply committed, SQLite with "
    "synchronous=FULL; the chain and our retriever alone store nothing. The chain is "
    "HuggingFaceEmbeddings on the same all-MiniLM weights over the same passages. "
    "langchain-community's FAISS store is not used because it is being sunset; the one here is its "
    "code path: IndexFlatL2, a dictionary of documents, retriever.invoke. Build is embedding and "
    "writing; our one-time export of the encoder is shown apart."
)


@dataclass(frozen=True)
class Row:
    """One measure: Deskhand's whole flow, its retriever alone, the chain; None where it has none.

    `target` is what Deskhand's figure, or the ratio to the chain ("×"), is meant to reach.
    """

    name: str
    unit: str
    flow: float | None
    retrieval: float | None
    chain: float | None
    smaller_is_better: bool = True
    target: str = ""

    def ratio(self, ours: float | None) -> float | None:
        """How many times better than the chain `ours` is."""
        if ours is None or self.chain is None:
            return None
        return self.chain / ours if self.smaller_is_better else ours / self.chain


def bench(plan: Plan, scratch: Path, on_progress: Progress) -> dict[str, Any]:
    """Measure everything in `scratch`; what `--json` prints."""
    knowledge, index, texts = scratch / "knowledge", scratch / "index", scratch / "texts.jsonl"
    _copy_knowledge(knowledge, whole=plan.files is None)
    steps = _Steps(
        3 + 3 * plan.starts, on_progress, cache=scratch / "cache" if plan.export else None
    )
    ours = steps.run("Deskhand: index", "ours", ["build", knowledge, index])
    _write_texts(index, texts)
    theirs = steps.run("chain: index", "chain", ["build", texts, scratch / "chain"])
    parts: dict[str, tuple[str, list[Any]]] = {
        "flow": ("ours", ["flow", index, scratch]),
        "retrieval": ("ours", ["retrieval", index, scratch]),
        "chain": ("chain", ["retrieval", texts, scratch / "chain"]),
    }
    found: dict[str, dict[str, Any]] = {}
    for name, (module, arguments) in parts.items():
        starts = []
        for again in range(plan.starts - 1):
            label = f"{name}: start {again + 1}"
            starts.append(steps.run(label, module, [*arguments, 0, 0])["first"])
        counts = [plan.alone, plan.together]
        found[name] = steps.run(f"{name}: questions", module, [*arguments, *counts])
        found[name]["first"] = median([*starts, found[name]["first"]])
    steps.finish()
    return {
        "machine": machine(),
        "note": NOTE,
        "passages": ours["passages"],
        "questions": {"alone": plan.alone, "together": plan.together, "known": len(questions())},
        "starts": plan.starts,
        "rows": [
            {
                **row.__dict__,
                "flow_ratio": row.ratio(row.flow),
                "retrieval_ratio": row.ratio(row.retrieval),
            }
            for row in _rows(found, ours, theirs)
        ],
    }


def _rows(
    found: Mapping[str, Mapping[str, Any]], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[Row]:
    def row(name: str, unit: str, key: str, inner: str = "", target: str = "") -> Row:
        each = [found[side][key] for side in ("flow", "retrieval", "chain")]
        flow, retrieval, chain = [value[inner] for value in each] if inner else each
        return Row(name, unit, flow, retrieval, chain, unit != "/s", target)

    return [
        row("start to first answer", "s", "first", target="< 3 s, ≥ 5 ×"),
        Row(
            "start, chain embeds anew",
            "s",
            found["flow"]["first"],
            found["retrieval"]["first"],
            theirs["first"],
        ),
        row("resident memory", "MB", "memory", target="< 450 MB"),
        row("latency p50", "ms", "latency", "p50", "flow < 15 ms, retriever ≥ 3 ×"),
        row("latency p95", "ms", "latency", "p95"),
        row("questions a second, 1 at once", "/s", "alone"),
        row("questions a second, 32 at once", "/s", "together"),
        Row("index build, passages", "/s", ours["build"], None, theirs["build"], False),
        Row("index again, nothing changed", "s", ours["again"], None, None),
        Row("export of the encoder, once", "s", ours["export"], None, None),
    ]


class _Steps:
    """Runs one process after another and says how far it is."""

    def __init__(self, total: int, on_progress: Progress, *, cache: Path | None) -> None:
        self._total = total
        self._cache = cache
        self._done = 0
        self._tell = on_progress

    def run(self, label: str, module: str, arguments: Sequence[object]) -> dict[str, Any]:
        """What the process told, `first` in seconds since its start."""
        self._tell(label, self._done, self._total)
        command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
        # The settings and the shop of whoever runs this are not measured.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BOT_")}
        if self._cache is not None:
            clean["XDG_CACHE_HOME"] = str(self._cache)
        found: dict[str, Any] = {}
        started = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, env=clean, stdout=subprocess.PIPE) as process:
            for line in process.stdout or ():
                told = json.loads(line)
                if "first" in told:
                    told["first"] = time.perf_counter() - started
                if "embedded" in told:
                    done, total = told["embedded"]
                    self._tell(f"{label} ({done}/{total})", self._done, self._total)
                found |= told
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        self._done += 1
        return found

    def finish(self) -> None:
        self._tell("done", self._total, self._total)


def _copy_knowledge(target: Path, *, whole: bool) -> None:
    """A copy, so that nobody who edits the shop meanwhile disturbs the second build."""
    if whole:
        shutil.copytree(KNOWLEDGE, target)
        return
    for name in _QUICK_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(KNOWLEDGE / name, target / name)


def _write_texts(index: Path, texts: Path) -> None:
    """The passages that Deskhand searches, for the chain: an entry id and a text a line."""
    from bot.knowledge import builds
    from bot.knowledge.index import PASSAGES

    build = builds.current_id(index) or ""
    with (index / build / PASSAGES).open(encoding="utf-8") as lines, texts.open("w") as out:
        for line in lines:
            passage = json.loads(line)
            out.write(json.dumps([passage["entry_id"], passage["search"]]) + "\n")


def machine() -> str:
    """The machine and the versions, in one line."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass  # not Linux
    libraries = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{name}, {os.cpu_count()} cores{load}, {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}"
    )
