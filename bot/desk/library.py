"""Where the desk meets what the knowledge holds: its entries, and how alike questions are."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bot.conversations.uses import Use
from bot.desk import health
from bot.desk.pages.library import Finding
from bot.errors import BuildError, BusyError, ConflictError
from bot.knowledge import filed
from bot.knowledge.documents import read_knowledge
from bot.knowledge.entry import version_of
from bot.knowledge.index import Index
from bot.language.regression import Floats
from bot.types import Language, Source

_PATIENCE = 5.0  # seconds that a page waits for vectors
_AT_ONCE = 200  # texts, after which those that were read are kept
_KEPT = 10_000


class KnowledgeLibrary:
    """`library.Library` over the served index and one shop's folder."""

    def __init__(self, current: Callable[[], Index], knowledge_dir: Path) -> None:
        self._current = current
        self._knowledge_dir = knowledge_dir
        self._build = ""
        self._known: dict[tuple[Language, str], Floats] = {}
        self._reading: asyncio.Task[None] | None = None
        self._examining: asyncio.Task[Sequence[Finding]] | None = None

    async def meanings(self, texts: Sequence[str], language: Language) -> Floats:
        missing = self._missing(texts, language)
        if missing and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(asyncio.to_thread(self.read, missing, language))
        if missing and self._reading is not None and await _a_moment(self._reading):
            self._reading.result()
        if left := self._missing(texts, language):
            raise BusyError("gaps.reading", 5, left=len(left))
        return np.stack([self._known[language, text] for text in texts])

    def read(self, texts: Sequence[str], language: Language) -> None:
        """Find out the vectors of these texts, a few hundred at a time."""
        index, known = self._current(), self._known  # which are others with the next build
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            vectors = index.meanings(some, language)
            known.update(zip(((language, text) for text in some), vectors, strict=True))

    def _missing(self, texts: Sequence[str], language: Language) -> list[str]:
        """The texts that are not known yet; with another build all are."""
        build = self._current().build_id
        if build != self._build or len(self._known) > _KEPT:
            self._build, self._known = build, {}
        return [text for text in dict.fromkeys(texts) if (language, text) not in self._known]

    async def health(self, used: Mapping[str, Use], language: Language) -> Sequence[Finding]:
        if self._examining is None:
            work = asyncio.to_thread(self.examine, used, language)
            self._examining = asyncio.create_task(work)
        running = self._examining
        if not await _a_moment(running):
            raise BusyError("health.reading", 5)
        self._examining = None
        return running.result()

    def examine(self, used: Mapping[str, Use], language: Language) -> Sequence[Finding]:
        """The findings of now; without an index, those of the folder."""
        today = datetime.now(UTC).date()
        knowledge = read_knowledge(self._knowledge_dir, today)
        try:
            index = self._current()
        except BuildError:
            index = None
        return health.examine(knowledge, index, used, today, language)

    async def languages(self, entry_id: str) -> Sequence[Language]:
        return self._current().languages_of(entry_id)

    def versions(self, entry_id: str) -> Collection[str]:
        index = self._current()
        return {
            version_of(index.passages[at].text)
            for language in index.languages_of(entry_id)
            for at in index.positions_of(entry_id, language)
        }

    def says(self, entry_id: str, language: Language) -> str:
        index = self._current()
        return index.entry(entry_id, language).answer if index.languages_of(entry_id) else ""

    def source(self, entry_id: str) -> Source:
        index = self._current()
        languages = index.languages_of(entry_id)
        if not languages:
            return Source(entry_id, "", 1.0)
        entry = index.entry(entry_id, languages[0])
        return Source(
            *(entry.id, entry.source, 1.0, entry.title, entry.url),
            version=min(self.versions(entry_id)),
        )

    async def put(self, entry_id: str, language: Language, text: str) -> str:
        if language in self._current().languages_of(entry_id):
            raise ConflictError("gaps.entry_there", id=entry_id)
        return await asyncio.to_thread(filed.put, self._knowledge_dir, entry_id, language, text)


async def _a_moment(running: asyncio.Task[Any]) -> bool:
    """Whether the work is done soon, however it ends; else it goes on."""
    await asyncio.wait([running], timeout=_PATIENCE)
    return running.done()
