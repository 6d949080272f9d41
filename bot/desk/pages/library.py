"""What the pages on gaps, health and corrections need of the knowledge, which no page knows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.conversations.uses import Use
from bot.language.regression import Floats
from bot.types import Language, Source


@dataclass(frozen=True)
class Finding:
    """Something about the knowledge that an admin should look at: its `kind`, the entries, where it
    is written, and what is quoted of it. `note` is more on it, in the reader's language."""

    kind: str
    entries: tuple[str, ...] = ()
    where: str = ""
    quotes: tuple[str, ...] = ()
    note: str = ""


class Library(Protocol):
    """One shop's knowledge, as it is served."""

    async def meanings(self, texts: Sequence[str], language: Language) -> Floats:
        """Unit vectors (n, d) of texts; `BusyError` while there are many that are new, which are
        read on meanwhile."""

    async def languages(self, entry_id: str) -> Sequence[Language]:
        """Those in which the served build has the entry."""

    async def health(self, used: Mapping[str, Use], language: Language) -> Sequence[Finding]:
        """What is wrong with the knowledge, the worst kind first. `used` says how often entries
        have answered; `BusyError` while the folder is still being read."""

    def versions(self, entry_id: str) -> Collection[str]:
        """The versions of the words that the served build has for an entry."""

    def says(self, entry_id: str, language: Language) -> str:
        """What the served build answers from an entry, in `language` where it has it; "" where it
        is gone."""

    def source(self, entry_id: str) -> Source:
        """The entry as a source of what is told now."""

    async def put(self, entry_id: str, language: Language, text: str) -> str:
        """Write an entry's file, whose path in the knowledge folder it returns; `ConflictError`
        where it, or such an entry, is there already."""
