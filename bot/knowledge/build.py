"""Building the index: knowledge folder in, one immutable build out, switched to in one step.

Texts that were embedded before are not embedded again, and when nothing changed there is no new
build. It reads no file itself (`documents`), splits nothing (`passages`) and does not decide where
a build lives (`builds`).
"""

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.errors import BuildError, KnowledgeError
from bot.knowledge import builds, classifier, examples, postings
from bot.knowledge.builds import ENCODERS, Manifest
from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import Knowledge, Passage, Problem
from bot.knowledge.examples import Examples
from bot.knowledge.index import ENTRIES, LEXICAL, PASSAGES, entry_line
from bot.knowledge.space import HEADS, VECTORS
from bot.knowledge.vectors import KEYS, Given, Progress, Vectors, key_of, vectors_of, write
from bot.language import encoders, heads, regression, teaching
from bot.language.bridge import encodable
from bot.language.encoder import Encoder, Kind
from bot.language.exports import export_all
from bot.language.lexical import tokens
from bot.language.wording import ends
from bot.types import now

_LARGE = 2000
"""Pieces of documents' texts, some 250 pages. Beyond, what is embedded is embedded by the encoder's
8-bit copy, which questions are read by anyway, and documents are not found by each sentence."""


@dataclass(frozen=True)
class BuildReport:
    """What `build_index` did. `new` is false when nothing had changed; then `build` is the current
    one. `passages` counts by language; `embedded` and `reused` count passages; the entry ids are
    compared with the build before; `seconds` is wall time."""

    build: str
    new: bool
    entries: int
    passages: dict[str, int]
    embedded: int
    reused: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    problems: tuple[Problem, ...]
    seconds: float


@dataclass(frozen=True)
class _Material:
    """Everything that goes into a build."""

    knowledge: Knowledge
    given: Sequence[Given]
    corpus: postings.Corpus
    taught: Examples
    fingerprint: str

    @property
    def encoder(self) -> str:
        """The encoders' hash."""
        return encoders.hash_of([each.encoder for each in self.given])


def build_index(
    knowledge_dir: Path,
    index_dir: Path,
    model: str,
    *,
    today: date,
    full: bool = False,
    progress: Progress | None = None,
    accept: Callable[[str], None] | None = None,
    keep: int = 5,
) -> BuildReport:
    """Read, embed what is new (`full`: everything), write, and make the result current.

    `accept` is given the new build's id before that, and raises what keeps it from becoming
    current; asked again for the same knowledge, the same build is its candidate. The build before
    stays current when anything goes wrong. Raises `KnowledgeError` when nothing could be searched
    (its `params["problems"]` holds the problems), `EncoderError` for the model, `BuildError` when
    another build runs or the folder cannot be written.
    """
    started = time.monotonic()
    tell = progress or _silent
    with builds.lock(index_dir):
        knowledge = read_knowledge(knowledge_dir, today)
        if not knowledge.passages:
            raise KnowledgeError(
                "index.no_passages",
                folder=knowledge_dir,
                count=len(knowledge.problems),
                problems=knowledge.problems,
            )
        taught, problems = examples.read_or_tell(knowledge_dir)
        knowledge = replace(knowledge, problems=(*knowledge.problems, *problems))
        large = _is_large(knowledge)
        knowledge = _without_sentences(knowledge) if large else knowledge
        tell("read", len(knowledge.files), len(knowledge.files))
        tell("export", 0, 1)
        hashes = export_all(model, index_dir / ENCODERS)
        threads = os.cpu_count() or 1
        loaded = encoders.load(index_dir / ENCODERS, hashes, threads, quick=large)
        tell("export", 1, 1)
        material = _material(knowledge, loaded, taught)
        previous = _previous(index_dir)
        entries_before = _entry_lines(index_dir, previous)
        build, known = previous.build if previous else "", 0
        new = full or previous is None or not _is_current(index_dir, previous, material)
        if new:
            newest = None if full else _newest(index_dir, previous)
            if newest and newest != previous and newest.fingerprint == material.fingerprint:
                build, known = newest.build, len(knowledge.passages)
            else:
                build, known = _build(index_dir, material, newest, tell)
            try:
                if accept is not None:
                    accept(build)
                _switch(index_dir, build, tell)
            finally:
                builds.prune(index_dir, keep)
    added, removed, changed = _differences(
        entries_before, _by_id(map(entry_line, knowledge.entries))
    )
    return BuildReport(
        build=build,
        new=new,
        entries=len(knowledge.entries),
        passages=dict(Counter(passage.lang for passage in knowledge.passages)),
        embedded=len(knowledge.passages) - known if new else 0,
        reused=known if new else len(knowledge.passages),
        added=added,
        removed=removed,
        changed=changed,
        problems=knowledge.problems,
        seconds=time.monotonic() - started,
    )


def _is_large(knowledge: Knowledge) -> bool:
    """Whether the documents are so many that embedding them takes minutes."""
    documents = {entry.id for entry in knowledge.entries if entry.kind == "document"}
    texts = (each for each in knowledge.passages if each.role == "text")
    return sum(each.entry_id in documents for each in texts) > _LARGE


def _without_sentences(knowledge: Knowledge) -> Knowledge:
    """The knowledge with its documents found by headings and pieces of text alone. Measured on 700
    documents, their sentences are nine tenths of the passages."""
    documents = {entry.id for entry in knowledge.entries if entry.kind == "document"}
    kept = (e for e in knowledge.passages if e.role != "sentence" or e.entry_id not in documents)
    return replace(knowledge, passages=tuple(kept))


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def _material(knowledge: Knowledge, loaded: Sequence[Encoder], taught: Examples) -> _Material:
    """The keys and the fingerprint hash what is really used: the texts that the encoders get and
    the tokens that BM25 gets. So a change of our own code shows as well, without version numbers.
    """
    passages = knowledge.passages
    given = [_given(passages, encoder) for encoder in loaded]
    methods = f"{builds.FORMAT}\n{postings.METHOD}\n{classifier.METHOD}\n"
    digest = hashlib.sha256(methods.encode())
    for line in map(entry_line, knowledge.entries):
        digest.update(line.encode())
    for language, voice in sorted(knowledge.voices.items()):
        digest.update(f"{language}{voice}\n".encode())
    digest.update(examples.digest(taught).encode())
    corpus = postings.Corpus()
    keys = zip(*(each.keys for each in given), strict=True)
    for line, of_all, passage in zip(_passage_lines(knowledge), keys, passages, strict=True):
        words = tokens(passage.search)
        corpus.add(words)
        digest.update(f"{line}{' '.join(of_all)}{' '.join(words)}\n".encode())
    return _Material(knowledge, given, corpus, taught, digest.hexdigest())


def _given(passages: Sequence[Passage], encoder: Encoder) -> Given:
    texts = [encodable(passage.search, multilingual=encoder.multilingual) for passage in passages]
    # A phrasing is a question like the shopper's, so both are encoded in the same way.
    kinds: list[Kind] = [
        "query" if passage.role in classifier.PHRASINGS else "passage" for passage in passages
    ]
    keys = [key_of(encoder, *each) for each in zip(kinds, texts, strict=True)]
    return Given(encoder, texts, kinds, keys)


def _build(
    index_dir: Path, material: _Material, reuse: Manifest | None, tell: Progress
) -> tuple[str, int]:
    """Embed and write; the build's id, and how many passages needed no embedding."""
    placed, embedded = vectors_of(index_dir, material.given, reuse, tell)
    build = builds.new_id(index_dir, now())
    try:
        with builds.workplace(index_dir) as folder:
            tell("write", 0, 1)
            passages = material.knowledge.passages
            kinds = [
                _write_space(vectors, given, material, folder / given.encoder.hash)
                for vectors, given in zip(placed, material.given, strict=True)
            ]
            _write_lines(map(entry_line, material.knowledge.entries), folder / ENTRIES)
            lines = _passage_lines(material.knowledge)
            _write_lines(lines, folder / PASSAGES)
            mean_tokens = postings.write(material.corpus, folder / LEXICAL)
            Manifest(
                build=build,
                created=now().isoformat(timespec="seconds"),
                model=encoders.joined(each.encoder.card.name for each in material.given),
                encoder=material.encoder,
                vectors=tuple(kinds),
                mean_tokens=mean_tokens,
                entries=dict(Counter(entry.lang for entry in material.knowledge.entries)),
                passages=dict(Counter(passage.lang for passage in passages)),
                fingerprint=material.fingerprint,
                knowledge=dict(material.knowledge.files),
                files=builds.checksums(folder),
                voices=dict(material.knowledge.voices),
            ).write(folder)
            tell("write", 1, 1)
            builds.publish(folder, index_dir, build)
    except (OSError, RuntimeError) as error:  # RuntimeError: faiss could not write
        raise BuildError("index.cannot_write", folder=index_dir, cause=error) from error
    return build, len(material.knowledge.passages) - embedded


def _switch(index_dir: Path, build: str, tell: Progress) -> None:
    tell("switch", 0, 1)
    try:
        builds.switch(index_dir, build)
    except OSError as error:
        raise BuildError("index.cannot_write", folder=index_dir, cause=error) from error
    tell("switch", 1, 1)


def _write_space(vectors: Vectors, given: Given, material: _Material, folder: Path) -> str:
    """Save the vectors, their keys, and a classifier where there is enough to learn from; the kind
    of the vectors' index."""
    folder.mkdir()
    kind = write(vectors, folder / VECTORS)
    _write_lines((f"{key}\n" for key in given.keys), folder / KEYS)
    passages = material.knowledge.passages
    asked = [at for at, passage in enumerate(passages) if passage.role in classifier.PHRASINGS]
    ids = [passages[at].entry_id for at in asked]
    owners = classifier.numbered(ids)
    own = {entry.id for entry in material.knowledge.entries if entry.kind == "faq"}
    if classifier.worth_fitting(ids, own, vectors.shape[1]):
        classifier.save(folder, regression.fit(vectors[asked], owners))
    _write_heads(given.encoder, material.taught, folder / HEADS)
    return kind


def _write_heads(encoder: Encoder, taught: Examples, folder: Path) -> None:
    """Save what the heads have learned of the shop's examples, where there are any."""

    def encode(texts: Sequence[str]) -> Vectors:
        given = [encodable(ends(each), multilingual=encoder.multilingual) for each in texts]
        return encoder.encode(given, kind="query")

    shipped = heads.load(encoder.card.name)
    own = {
        name: teaching.adapted(shipped[name], of, encode)
        for name, of in taught.items()
        if of and name in shipped
    }
    if own:
        heads.save(encoder.card.name, own, {}, folder)


def _previous(index_dir: Path) -> Manifest | None:
    """The current build if it is intact, else the newest one that is."""
    current = builds.current_id(index_dir)
    return _first_intact(index_dir, [*([current] if current else []), *builds.build_ids(index_dir)])


def _newest(index_dir: Path, previous: Manifest | None) -> Manifest | None:
    """The newest intact build: a candidate refused since `previous`, where there is one."""
    after = [each for each in builds.build_ids(index_dir) if not previous or each > previous.build]
    return _first_intact(index_dir, after) or previous


def _first_intact(index_dir: Path, ids: Iterable[str]) -> Manifest | None:
    for build in ids:
        with suppress(BuildError):
            return builds.verify(index_dir, build)
    return None


def _is_current(index_dir: Path, previous: Manifest, material: _Material) -> bool:
    """Whether the build that is served already holds all this."""
    return (
        previous.fingerprint == material.fingerprint
        and builds.current_id(index_dir) == previous.build
    )


def _passage_lines(knowledge: Knowledge) -> Iterator[str]:
    """A passage's text is left out where it is its entry's answer."""
    answers = {(entry.id, entry.lang): entry.answer for entry in knowledge.entries}
    for passage in knowledge.passages:
        same = passage.text == answers[passage.entry_id, passage.lang]
        values = {
            "id": passage.id,
            "entry_id": passage.entry_id,
            "lang": passage.lang,
            "role": passage.role,
            "search": passage.search,
            "text": None if same else passage.text,
        }
        yield json.dumps(values, ensure_ascii=False) + "\n"


def _write_lines(lines: Iterable[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


def _entry_lines(index_dir: Path, manifest: Manifest | None) -> dict[str, list[str]]:
    """The lines of a verified build's entries, by entry id."""
    if manifest is None:
        return {}
    with (index_dir / manifest.build / ENTRIES).open(encoding="utf-8") as lines:
        return _by_id(lines)


def _by_id(lines: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(json.loads(line)["id"], []).append(line)
    return {entry_id: sorted(texts) for entry_id, texts in found.items()}


def _differences(
    before: dict[str, list[str]], after: dict[str, list[str]]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Entry ids that are new, gone, and different in any language."""
    return (
        tuple(entry_id for entry_id in after if entry_id not in before),
        tuple(entry_id for entry_id in before if entry_id not in after),
        tuple(e for e, lines in after.items() if e in before and before[e] != lines),
    )
