"""Where the desk meets what the knowledge holds: its entries, and how alike questions are."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bot.errors import BusyError, ConflictError
from bot.knowledge import filed
from bot.knowledge.index import Index
from bot.language.regression import Floats
from bot.types import Language

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

    async def meanings(self, texts: Sequence[str], language: Language) -> Floats:
        missing = self._missing(texts, language)
        if missing and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(asyncio.to_thread(self.read, missing, language))
        if missing and self._reading is not None:
            await asyncio.wait([self._reading], timeout=_PATIENCE)
            if self._reading.done():
                self._reading.result()
        if left := self._missing(texts, language):
            raise BusyError("gaps.reading", 5, left=len(left))
        return np.stack([self._known[language, text] for text in texts])

    def read(self, texts: Sequence[str], language: Language) -> None:
        """Find out the vectors of these texts, a few hundred at a time."""
        index = self._current()
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            vectors = index.meanings(some, language)
            self._known.update(zip(((language, text) for text in some), vectors, strict=True))

    def _missing(self, texts: Sequence[str], language: Language) -> list[str]:
        """The texts that are not known yet; with another build all are."""
        build = self._current().build_id
        if build != self._build or len(self._known) > _KEPT:
            self._build, self._known = build, {}
        return [text for text in dict.fromkeys(texts) if (language, text) not in self._known]

    async def languages(self, entry_id: str) -> Sequence[Language]:
        return self._current().languages_of(entry_id)

    async def put(self, entry_id: str, language: Language, text: str) -> str:
        if language in self._current().languages_of(entry_id):
            raise ConflictError("gaps.entry_there", id=entry_id)
        return await asyncio.to_thread(filed.put, self._knowledge_dir, entry_id, language, text)
