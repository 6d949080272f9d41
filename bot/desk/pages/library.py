"""What the pages on gaps, health and corrections need of the knowledge, which no page knows."""

from collections.abc import Sequence
from typing import Protocol

from bot.language.regression import Floats
from bot.types import Language


class Library(Protocol):
    """One shop's knowledge, as it is served."""

    async def meanings(self, texts: Sequence[str], language: Language) -> Floats:
        """Unit vectors (n, d) of texts; `BusyError` while there are many that are new, which are
        read on meanwhile."""

    async def languages(self, entry_id: str) -> Sequence[Language]:
        """Those in which the served build has the entry."""

    async def put(self, entry_id: str, language: Language, text: str) -> str:
        """Write an entry's file, whose path in the knowledge folder it returns; `ConflictError`
        where it, or such an entry, is there already."""
