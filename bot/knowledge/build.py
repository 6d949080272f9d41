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
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from bot.errors import BuildError, KnowledgeError
from bot.knowledge import builds, classifier, postings
from bot.knowledge.builds import ENCODERS, Manifest
from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import Knowledge, Passage, Problem
from bot.knowledge.index import ENTRIES, LEXICAL, PASSAGES, entry_line
from bot.knowledge.space import VECTORS
from bot.language import encoders, regression
from bot.language.bridge import encodable
from bot.language.encoder import Encoder, Kind
from bot.language.exports import export_all
from bot.language.lexical import tokens
from bot.types import now

# (stage, done, total): "read", "export", "embed" (counted in texts), "write", "switch".
Progress = Callable[[str, int, int], None]
Vectors = npt.NDArray[np.float32]

KEYS = "vector_keys.txt"
# Up to here every vector is compared, which is exact; beyond, a graph is searched.
_FLAT_LIMIT = 50_000


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
class _Given:
    """What an encoder is given: each passage's text, as what, and the key of its vector."""

    encoder: Encoder
    texts: Sequence[str]
    kinds: Sequence[Kind]
    keys: Sequence[str]


@dataclass(frozen=True)
class _Material:
    """Everything that goes into a build."""

    knowledge: Knowledge
    given: Sequence[_Given]
    corpus: postings.Corpus
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
        tell("read", len(knowledge.files), len(knowledge.files))
        tell("export", 0, 1)
        hashes = export_all(model, index_dir / ENCODERS)
        loaded = encoders.load(index_dir / ENCODERS, hashes, threads=os.cpu_count() or 1)
        tell("export", 1, 1)
        material = _material(knowledge, loaded)
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


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def _material(knowledge: Knowledge, loaded: Sequence[Encoder]) -> _Material:
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
    corpus = postings.Corpus()
    keys = zip(*(each.keys for each in given), strict=True)
    for line, of_all, passage in zip(_passage_lines(knowledge), keys, passages, strict=True):
        words = tokens(passage.search)
        corpus.add(words)
        digest.update(f"{line}{' '.join(of_all)}{' '.join(words)}\n".encode())
    return _Material(knowledge, given, corpus, digest.hexdigest())


def _given(passages: Sequence[Passage], encoder: Encoder) -> _Given:
    texts = [encodable(passage.search, multilingual=encoder.multilingual) for passage in passages]
    # A phrasing is a question like the shopper's, so both are encoded in the same way.
    kinds: list[Kind] = [
        "query" if passage.role in classifier.PHRASINGS else "passage" for passage in passages
    ]
    keys = [_key(encoder, *each) for each in zip(kinds, texts, strict=True)]
    return _Given(encoder, texts, kinds, keys)


def _key(encoder: Encoder, kind: Kind, text: str) -> str:
    return hashlib.sha256(f"{encoder.hash}\n{kind}\n{text}".encode()).hexdigest()[:32]


def _build(
    index_dir: Path, material: _Material, reuse: Manifest | None, tell: Progress
) -> tuple[str, int]:
    """Embed and write; the build's id, and how many passages needed no embedding."""
    placed, known = _vectors(index_dir, material, reuse, tell)
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
    return build, known


def _switch(index_dir: Path, build: str, tell: Progress) -> None:
    tell("switch", 0, 1)
    try:
        builds.switch(index_dir, build)
    except OSError as error:
        raise BuildError("index.cannot_write", folder=index_dir, cause=error) from error
    tell("switch", 1, 1)


def _vectors(
    index_dir: Path, material: _Material, reuse: Manifest | None, tell: Progress
) -> tuple[list[Vectors], int]:
    """The passages' vectors by each encoder, in their order, and for how many passages all of them
    came from the build `reuse`."""
    placed, new = [], set()
    kept = [_kept(index_dir, reuse, given) for given in material.given]
    missing = [
        [at for at, key in enumerate(given.keys) if key not in known]
        for given, known in zip(material.given, kept, strict=True)
    ]
    total, done = sum(map(len, missing)), 0
    tell("embed", 0, total)
    for given, known, places in zip(material.given, kept, missing, strict=True):
        found = {**known, **_embed(given, places, partial(_embedded, tell, done, total))}
        placed.append(np.array([found[key] for key in given.keys], dtype=np.float32))
        done += len(places)
        new.update(places)
    tell("embed", total, total)
    return placed, len(material.knowledge.passages) - len(new)


def _kept(index_dir: Path, reuse: Manifest | None, given: _Given) -> dict[str, Vectors]:
    """The vectors (d,) of that build by their keys, as far as they are of this encoder."""
    if reuse is None or given.encoder.hash not in encoders.hashes_of(reuse.encoder):
        return {}
    folder = index_dir / reuse.build / given.encoder.hash
    old = faiss.read_index(str(folder / VECTORS))
    written = (folder / KEYS).read_text(encoding="ascii").split()
    return dict(zip(written, old.reconstruct_n(0, len(written)), strict=True))


def _embed(
    given: _Given, places: Sequence[int], on_progress: Callable[[int], None]
) -> dict[str, Vectors]:
    """The vectors (d,) for search of the passages at these places by their keys."""
    found: dict[str, Vectors] = {}
    done = 0
    kinds: tuple[Kind, ...] = ("query", "passage")
    for kind in kinds:
        # The same phrasing twice is embedded once.
        of_kind = {given.keys[at]: given.texts[at] for at in places if given.kinds[at] == kind}

        def tell(count: int, before: int = done) -> None:
            on_progress(before + count)

        texts = list(of_kind.values())
        vectors = given.encoder.encode_twice(texts, kind, on_progress=tell)[1]
        found |= zip(of_kind, vectors, strict=True)
        done += len(of_kind)
    return found


def _embedded(tell: Progress, before: int, total: int, done: int) -> None:
    tell("embed", before + done, total)


def _write_space(vectors: Vectors, given: _Given, material: _Material, folder: Path) -> str:
    """Save the vectors, their keys, and a classifier where there is enough to learn from; the kind
    of the vectors' index."""
    folder.mkdir()
    kind = _write_vectors(vectors, folder / VECTORS)
    _write_lines((f"{key}\n" for key in given.keys), folder / KEYS)
    passages = material.knowledge.passages
    asked = [at for at, passage in enumerate(passages) if passage.role in classifier.PHRASINGS]
    ids = [passages[at].entry_id for at in asked]
    owners = classifier.numbered(ids)
    own = {entry.id for entry in material.knowledge.entries if entry.kind == "faq"}
    if classifier.worth_fitting(ids, own, vectors.shape[1]):
        classifier.save(folder, regression.fit(vectors[asked], owners))
    return kind


def _write_vectors(vectors: Vectors, path: Path) -> str:
    """Save as a FAISS index of inner products (cosines, as all are unit vectors); its kind."""
    # Measured at 384 dimensions, one question, 2 cores: comparing with all takes 4.6 ms for 50,000
    # and 7.2 ms for 100,000; the graph 0.6 ms at recall@20 of .993 for 100,000, built in 22 s. An
    # inverted file of the same speed reaches .76.
    graph = graph_of(vectors) if len(vectors) > _FLAT_LIMIT else None
    if graph is not None:
        faiss.write_index(graph, str(path))
        return "hnsw"
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    faiss.write_index(flat, str(path))
    return "flat"


def graph_of(vectors: Vectors) -> faiss.Index | None:
    """An HNSW graph, None when it does not find its own vectors again.

    That happens where many vectors are equal or nearly so, and the graph falls apart.
    """
    index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.hnsw.efSearch = 128  # saved with the index
    index.add(vectors)
    # At random: questions and answers take turns, so every n-th may all be of one kind.
    sample = vectors[np.random.default_rng(0).integers(0, len(vectors), 500)]
    best = index.search(sample, 1)[0][:, 0]
    return index if float(np.mean(best > 0.9999)) > 0.99 else None


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
