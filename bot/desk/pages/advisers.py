"""What a ticket's page needs of the suggestions, so that no page knows how they are made."""

from collections.abc import Sequence
from typing import Protocol

from sqlmodel import Session

from bot.types import Language, Suggested


class Advised(Protocol):
    """Beside a ticket: what could be suggested, whether from the shopper's own orders, and whether
    they have refused just that."""

    @property
    def suggested(self) -> Sequence[Suggested]: ...

    @property
    def own(self) -> bool: ...

    @property
    def refused(self) -> bool: ...


class Adviser(Protocol):
    """Suggests to agents."""

    def beside(self, session: Session, conversation_id: int, language: Language) -> Advised:
        """What an agent may suggest to the shopper of a conversation."""
