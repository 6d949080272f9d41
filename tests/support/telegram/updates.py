"""The queue of updates: kept until confirmed, for 24 hours at most."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

RETENTION = 24 * 3600
# Sent only to a bot that asks for them by name.
UNASKED = ("chat_member", "message_reaction", "message_reaction_count")


@dataclass
class Pending:
    """An update that waits, and where its webhook deliveries stand."""

    update_id: int
    kind: str
    body: dict[str, Any]
    expires_at: float
    queue: str  # webhook deliveries of one queue keep their order
    ready_at: float = 0.0
    failures: int = 0
    delay: float = 1.0
    in_flight: bool = False

    @property
    def json(self) -> dict[str, Any]:
        return {"update_id": self.update_id, self.kind: self.body}


@dataclass
class Updates:
    """Only `confirm`, `drop` and 24 hours remove an update; reading never does."""

    next_id: int = 400_000_001
    allowed: tuple[str, ...] = ()
    waiting: dict[int, Pending] = field(default_factory=dict)
    queues: dict[str, dict[int, Pending]] = field(default_factory=dict)
    lost: list[Pending] = field(default_factory=list)

    def add(self, kind: str, body: dict[str, Any], queue: str, now: float) -> int | None:
        """Queue an update; None where the bot's allowed_updates leaves its kind out."""
        if kind not in self.allowed if self.allowed else kind in UNASKED:
            return None
        update_id = self.next_id
        self.next_id += 1
        pending = Pending(update_id, kind, body, now + RETENTION, queue)
        self.waiting[update_id] = pending
        self.queues.setdefault(queue, {})[update_id] = pending
        return update_id

    def expire(self, now: float) -> None:
        """Forget what nobody confirmed in 24 hours; `lost` keeps it for the test to see."""
        while self.waiting:
            oldest = next(iter(self.waiting.values()))
            if oldest.expires_at > now:
                return
            self.drop(oldest.update_id)
            self.lost.append(oldest)

    def allow(self, kinds: Sequence[str] | None) -> None:
        """None keeps the bot's last choice, an empty one means the default kinds."""
        if kinds is not None:
            self.allowed = tuple(kinds)

    def confirm(self, offset: int) -> None:
        """Everything below the offset is done; a negative one keeps that many of the newest."""
        ids = list(self.waiting)
        done = ids[:offset] if offset < 0 else [i for i in ids if i < offset]
        for update_id in done:
            self.drop(update_id)

    def drop(self, update_id: int) -> None:
        pending = self.waiting.pop(update_id, None)
        if pending is not None:
            queue = self.queues[pending.queue]
            del queue[update_id]
            if not queue:
                del self.queues[pending.queue]

    def clear(self) -> None:
        self.waiting.clear()
        self.queues.clear()

    def heads(self) -> list[Pending]:
        """The first update of every chat."""
        return [next(iter(queue.values())) for queue in self.queues.values()]

    def first(self, limit: int) -> list[Pending]:
        return list(self.waiting.values())[:limit]
