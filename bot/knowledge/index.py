"""The index that is served: one build, loaded and checked, and the watch over which is current.

An `Index` never changes. A damaged build is refused, and the newest intact one before it is served
instead. It does not rank across languages or combine scores (see the retriever), and importing it
brings in neither torch nor scipy nor langchain.
"""

import asyncio
import json
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import structlog
from pydantic import TypeAdapter

from bot.errors import BuildError, EncoderError
from bot.knowledge import builds, classifier
from bot.knowledge.builds import ENCODERS, Build, Manifest, list_builds, rollback
from bot.knowledge.classifier import PHRASINGS, numbered
from bot.knowledge.entry import FEW, Entry
from bot.knowledge.postings import Postings, Scores
from bot.knowledge.space import Space
from bot.knowledge.spelling import WORD
from bot.language import encoders
from bot.language.encoder import Encoder
from bot.language.regression import Floats, Numbers
from bot.types import PRODUCT, Language

__all__ = ["Build", "CurrentIndex", "Index", "StoredPassage", "list_builds", "rollback"]

PASSAGES = "passages.jsonl"
ENTRIES = "entries.jsonl"
LEXICAL = "lexical"
_ENTRY = TypeAdapter(Entry)

Flags = npt.NDArray[np.bool_]

_log = structlog.get_logger()


class StoredPassage(NamedTuple):
    """`entry.Passage` as it is served; where its text is the entry's answer, it is shared."""

    id: str
    entry_id: str
    lang: Language
    search: str
    role: str
    text: str


class Index:
    """One loaded build. Safe to share between threads.

    `passages` are in the order of their vectors: a position found by any search is an index into
    it. `spaces` hold the vectors, one for each encoder, the English one of two last; `entries`
    is keyed by (entry id, language).
    """

    def __init__(
        self,
        manifest: Manifest,
        entries: dict[tuple[str, Language], Entry],
        passages: tuple[StoredPassage, ...],
        postings: Postings,
        spaces: Sequence[Space],
    ) -> None:
        self.manifest = manifest
        self.build_id = manifest.build
        self.entries = entries
        self.passages = passages
        self.spaces = tuple(spaces)
        self.encoders = tuple(space.encoder for space in spaces)
        self._postings = postings
        self._reader = lru_cache(maxsize=2048)(partial(encoders.reader, self.encoders))
        self._languages: dict[str, tuple[Language, ...]] = {}
        for entry_id, lang in entries:
            self._languages[entry_id] = (*self._languages.get(entry_id, ()), lang)
        positions: dict[tuple[str, Language], list[int]] = {}
        for at, passage in enumerate(passages):
            positions.setdefault((passage.entry_id, passage.lang), []).append(at)
        self._positions = {key: tuple(of_entry) for key, of_entry in positions.items()}

    @classmethod
    def load(
        cls,
        index_dir: Path,
        build: str | None = None,
        *,
        before: Sequence[Encoder] = (),
    ) -> "Index":
        """`build`, or what CURRENT names, every file checked; `BuildError` names a damaged one.

        The encoders `before` are used instead of loading others when they are the build's own.
        """
        build = build or builds.current_id(index_dir)
        if build is None:
            raise BuildError("index.none", folder=index_dir)
        manifest = builds.verify(index_dir, build)
        folder = index_dir / build
        if encoders.hash_of(before) != manifest.encoder:
            before = encoders.load(index_dir / ENCODERS, manifest.encoder, quick=True)
        reading = LEXICAL
        try:
            postings = Postings(folder / LEXICAL, manifest.mean_tokens)
            reading = ENTRIES
            entries = _read_entries(folder / ENTRIES)
            reading = PASSAGES
            passages = _read_passages(folder / PASSAGES, entries)
            reading = builds.MANIFEST
            if len({postings.count, len(passages), sum(manifest.passages.values())}) != 1:
                raise ValueError("the files do not belong together")
            columns = classifier.columns(passages)
            languages = [passage.lang for passage in passages]
            spaces = []
            for encoder in before:
                reading = encoder.hash
                space = Space.load(folder / encoder.hash, encoder, languages, columns)
                spaces.append(space)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            # RuntimeError is what faiss raises; the checksums were right, so another version
            # wrote these files, or somebody edited them together with the manifest.
            raise BuildError("index.damaged", build=build, file=reading) from error
        return cls(manifest, entries, passages, postings, spaces)

    @classmethod
    def load_current(cls, index_dir: Path) -> "Index":
        """The current build, or the newest intact one before it; `BuildError` if there is none."""
        current = builds.current_id(index_dir)
        earlier = [build for build in builds.build_ids(index_dir) if not current or build < current]
        cause: BuildError | EncoderError | None = None
        for build in [*([current] if current else []), *earlier]:
            try:
                return cls.load(index_dir, build)
            except (BuildError, EncoderError) as error:
                cause = error
                _log.error("index.refused", build=build, cause=str(error))
        raise BuildError("index.none", folder=index_dir) from cause

    def languages_of(self, entry_id: str) -> tuple[Language, ...]:
        """The languages in which the entry exists; empty for an unknown id."""
        return self._languages.get(entry_id, ())

    def entry(self, entry_id: str, language: Language) -> Entry:
        """The entry in `language`, else in the language that it has; `KeyError` if unknown."""
        found = self.entries.get((entry_id, language))
        return found or self.entries[entry_id, self._languages[entry_id][0]]

    def positions_of(self, entry_id: str, language: Language) -> tuple[int, ...]:
        """The positions of an entry's passages in one language."""
        return self._positions.get((entry_id, language), ())

    @cached_property
    def words(self) -> frozenset[str]:
        """Lower-case English words of four letters and more that the passages use."""
        return frozenset(
            word for passage in self.passages for word in WORD.findall(passage.search.lower())
        )

    @cached_property
    def owners(self) -> Numbers:
        """Of each passage, by position, the place of its entry in `ids`."""
        return numbered([passage.entry_id for passage in self.passages])

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The entries' ids, in the passages' order."""
        return tuple(dict.fromkeys(passage.entry_id for passage in self.passages))

    @cached_property
    def phrasings(self) -> Flags:
        """Whether a passage, by position, is a question or a variant of one."""
        return np.array([passage.role in PHRASINGS for passage in self.passages], dtype=bool)

    @cached_property
    def products(self) -> Flags:
        """Whether an entry, by its place in `ids`, is a product."""
        return np.array([each.startswith(PRODUCT) for each in self.ids], dtype=bool)

    @cached_property
    def in_chinese(self) -> Flags:
        """Whether a passage, by position, belongs to an entry that is there in Chinese."""
        return np.array([(each.entry_id, "zh") in self.entries for each in self.passages], bool)

    @cached_property
    def documents(self) -> dict[str, list[str]]:
        """The ids of each document's sections, in their order."""
        found: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries.values():
            if entry.kind == "document":
                found[entry.source].append(entry.id)
        return found

    @cached_property
    def thin(self) -> Flags:
        """Whether an entry, by its place in `ids`, has few phrasings, so that its sentences were
        made passages, too. The headings of a document's section are no phrasings of one thing."""
        asked = Counter(
            (each.entry_id, each.lang)
            for each in self.passages
            if each.role in PHRASINGS and self.entries[each.entry_id, each.lang].kind != "document"
        )
        known = {entry_id for (entry_id, _), count in asked.items() if count >= FEW}
        return np.array([each not in known for each in self.ids], dtype=bool)

    @property
    def encoder(self) -> Encoder:
        """The one that reads texts which are in both languages at once, as those of orders."""
        return self.encoders[-1]

    def space(self, text: str) -> Space:
        """The space in which a question is compared."""
        return self.spaces[self._reader(text)]

    def meanings(self, texts: Sequence[str], language: Language) -> Floats:
        """Unit vectors (n, d) of many texts in one language, by all encoders that read it."""
        return _joined([each.meanings(texts, language) for each in self._reading(language)])

    def placed(self, positions: Sequence[int], language: Language) -> Floats:
        """`meanings` of the passages at `positions`."""
        return _joined([each.placed(positions, language) for each in self._reading(language)])

    def _reading(self, language: Language) -> Sequence[Space]:
        able = [each for each in self.spaces if language == "en" or each.encoder.multilingual]
        return able or self.spaces

    def idf(self, token: str) -> float:
        """How telling a token is: BM25's inverse document frequency."""
        return self._postings.rarity(token)

    def lexical_scores(self, tokens: Sequence[str]) -> Scores:
        """The BM25 score of every passage, by position."""
        return self._postings.scores(tokens)

    def lexical_self_score(self, tokens: Sequence[str]) -> float:
        """What a passage of exactly these tokens would score; 0.0 without tokens."""
        return self._postings.self_score(tokens)


class CurrentIndex:
    """Whatever build is current, picked up while serving."""

    def __init__(self, index_dir: Path) -> None:
        self._index_dir = index_dir
        self._index: Index | None = None
        self._seen: tuple[int, ...] | None = None
        self._loading = threading.Lock()

    def get(self) -> Index:
        """The index to use now. Loads it the first time, so call it once before serving;
        `BuildError` when there is none that can be served."""
        if self._index is None:
            self.reload()
        if self._index is None:
            raise BuildError("index.none", folder=self._index_dir)
        return self._index

    async def refresh(self) -> bool:
        """Load a build that became current since, in a thread; whether another is served now."""
        if self._stamp() == self._seen and self._index is not None:
            return False
        return await asyncio.to_thread(self.reload)

    def reload(self) -> bool:
        """`refresh` for callers without an event loop. A damaged build is logged once and the one
        in use stays; without one in use, `BuildError`."""
        with self._loading:
            stamp = self._stamp()
            if stamp == self._seen and self._index is not None:
                return False
            before = self._index
            if before is None:
                self._index = Index.load_current(self._index_dir)
            else:
                self._index = self._next(before)
            # Taken before loading: a switch meanwhile is seen by the next call.
            self._seen = stamp
            if before is None or self._index.build_id != before.build_id:
                _log.info("index.loaded", build=self._index.build_id)
                return True
            return False

    def _next(self, before: Index) -> Index:
        """The current build if it can be served, else the one in use."""
        current = builds.current_id(self._index_dir)
        try:
            return Index.load(self._index_dir, current, before=before.encoders)
        except (BuildError, EncoderError) as error:
            _log.error("index.refused", build=current, cause=str(error))
            return before

    def _stamp(self) -> tuple[int, ...]:
        """Changes whenever CURRENT is switched; empty while there is none."""
        try:
            status = (self._index_dir / builds.CURRENT).stat()
        except OSError:
            return ()
        return status.st_mtime_ns, status.st_ino, status.st_size


def _joined(vectors: Sequence[Floats]) -> Floats:
    return cast(Floats, np.hstack(vectors) / np.sqrt(len(vectors), dtype=np.float32))


def entry_line(entry: Entry) -> str:
    """An entry as its line in `entries.jsonl`."""
    return json.dumps(_ENTRY.dump_python(entry, mode="json"), ensure_ascii=False) + "\n"


def _read_entries(path: Path) -> dict[tuple[str, Language], Entry]:
    with path.open("rb") as lines:
        return {(entry.id, entry.lang): entry for entry in map(_ENTRY.validate_json, lines)}


def _read_passages(
    path: Path, entries: dict[tuple[str, Language], Entry]
) -> tuple[StoredPassage, ...]:
    """Strings that many passages share are kept once."""
    passages: list[StoredPassage] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            lang = cast(Language, sys.intern(values["lang"]))
            entry = entries[values["entry_id"], lang]
            text = values["text"]
            passages.append(
                StoredPassage(
                    id=values["id"],
                    entry_id=entry.id,
                    lang=lang,
                    search=values["search"],
                    role=sys.intern(values["role"]),
                    text=entry.answer if text is None else text,
                )
            )
    return tuple(passages)
