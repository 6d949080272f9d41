"""Tells whoever is looking that something changed; in memory, best effort.

Nothing is carried here but the hint: listeners read the database, which also holds what another
process wrote. So a lost hint costs a second of delay, never a message. The one exception is the
draft of an answer, which is in no database: whoever comes late is given the newest.

`hint` wakes this process's listeners, `spread` those of the shop's other processes, too, where
there is something to tell them by (`bot.database.signals`).
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.database.runner import nap
from bot.types import Draft, Language

QUEUE = "queue"
_DRAFTS = 1000  # answers being written at a time; of more, the oldest drafts are forgotten


def conversation_topic(conversation_id: int) -> str:
    """The topic of one conversation."""
    return f"conversation:{conversation_id}"


@dataclass(frozen=True)
class Hint:
    """A hint as another process hears it; of a draft `number`, `text` and `language`."""

    topic: str
    kind: str
    number: int = 0
    text: str = ""
    language: Language = "en"

    @property
    def draft(self) -> Draft | None:
        return Draft(self.number, self.text, self.language) if self.kind == "draft" else None


class Subscription:
    """One listener's hints, folded: many of one kind between two looks count as one.

    `draft` is the newest that came with a hint.
    """

    def __init__(self) -> None:
        self.draft: Draft | None = None
        self._kinds: set[str] = set()
        self._event = asyncio.Event()

    def put(self, kind: str, draft: Draft | None = None) -> None:
        self._kinds.add(kind)
        self.draft = draft or self.draft
        self._event.set()

    async def get(self, timeout: float) -> frozenset[str]:
        """The kinds of hint since the last call; empty after `timeout` seconds without any."""
        await nap(self._event, timeout)
        kinds = frozenset(self._kinds)
        self._kinds.clear()
        self._event.clear()
        return kinds


class Live:
    """Topics and who listens. Call it from the event loop only."""

    def __init__(self, others: Callable[[Hint], None] | None = None) -> None:
        """`others` tells the other processes."""
        self._others = others
        self._listeners: dict[str, set[Subscription]] = {}
        self._drafts: dict[str, Draft] = {}  # by topic, while the answer is being written

    def hint(self, topic: str, kind: str = "changed", draft: Draft | None = None) -> None:
        """Wake the listeners of `topic`; `kind` is "changed", "typing", or "draft" with one."""
        if draft is not None:
            self._drafts[topic] = draft
            if len(self._drafts) > _DRAFTS:
                del self._drafts[next(iter(self._drafts))]
        elif kind == "changed":
            self._drafts.pop(topic, None)
        for subscription in self._listeners.get(topic, ()):
            subscription.put(kind, draft)

    def spread(self, topic: str, kind: str = "changed", draft: Draft | None = None) -> None:
        """`hint`, here and in the other processes."""
        self.hint(topic, kind, draft)
        if self._others is not None:
            written = (draft.id, draft.text, draft.language) if draft is not None else ()
            self._others(Hint(topic, kind, *written))

    @contextmanager
    def subscribe(self, *topics: str) -> Iterator[Subscription]:
        subscription = Subscription()
        for topic in topics:
            if topic in self._drafts:
                subscription.put("draft", self._drafts[topic])
            self._listeners.setdefault(topic, set()).add(subscription)
        try:
            yield subscription
        finally:
            for topic in topics:
                listeners = self._listeners[topic]
                listeners.discard(subscription)
                if not listeners:
                    del self._listeners[topic]
