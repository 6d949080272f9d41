"""What the page of the knowledge needs of it, so that no page knows the knowledge itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import DeskhandError


@dataclass(frozen=True)
class BuildView:
    """A build as it is shown. Of `golden` questions it met `met`, those `lost` were answered by the
    build before; of `asked` questions by shoppers it answers otherwise what `changed` counts."""

    id: str
    current: bool
    intact: bool
    created: str = ""
    entries: int = 0
    passages: int = 0
    golden: int = 0
    met: int = 0
    lost: Sequence[str] = ()
    asked: int = 0
    changed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class GoldenView:
    """A question and the entries that may answer it; none: a person."""

    question: str
    entries: Sequence[str]


class Room(Protocol):
    """One shop's knowledge and its index."""

    async def builds(self) -> Sequence[BuildView]:
        """All builds, newest first."""

    async def serve(self, build: str) -> None:
        """Make a build the one that is served. `NotFoundError`, or the error of a damaged one."""

    async def golden(self) -> tuple[Sequence[GoldenView], DeskhandError | None]:
        """The golden questions, and what is wrong with their file, if anything is."""

    async def keep(self, question: str, entries: Sequence[str]) -> None:
        """Add a golden question. `InputError` says why not."""

    async def forget(self, question: str) -> None:
        """Remove a golden question."""

    def meanings(self) -> Mapping[str, Sequence[str]]:
        """What a message can be an example of: the classes of each head."""

    async def teach(self, text: str, head: str, label: str) -> None:
        """Keep a message as an example of a class, from the next build on. `InputError` says why
        not."""
