"""What is noted with a turn besides its words, and that code goes by: read and written here alone.

On disk it lies in `TurnRow.meta`, together with the record that the bot's answers leave for
auditors (`bot.dialogue.outcome`). Nothing decides by that record; by these notes, code does.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.types import Correction, Media


@dataclass(frozen=True)
class Noted:
    """`said_to` names the customers whose proof counted when the turn was said, one a line. Of a
    shopper's turn: the `quote` that it replies to, its `mood` (-1..1) once it is read. Of an
    agent's: the `request` that made it, its `ticket`, and what `Turn` says of the other three; it
    may say `now` something else. `by` is the agent who may take it back, `had` who had the ticket
    that it closes.
    """

    said_to: str = ""
    quote: str = ""
    mood: float | None = None
    request: str = ""
    ticket: int | None = None
    media: Media | None = None
    correction: Correction | None = None
    now: str | None = None
    signed: str = ""
    by: str = ""
    had: str = ""

    @classmethod
    def of(cls, meta: Mapping[str, Any]) -> "Noted":
        """From what `stored` made, whatever else stands beside it."""
        mood, media, correction = meta.get("mood"), meta.get("media"), meta.get("correction")
        return cls(
            said_to=str(meta.get("said_to", "")),
            quote=str(meta.get("quote", "")),
            mood=None if mood is None else float(mood),
            request=str(meta.get("request", "")),
            ticket=meta.get("ticket"),
            media=Media(**media) if media else None,
            correction=Correction(**correction) if correction else None,
            now=meta.get("now"),
            signed=str(meta.get("signed", "")),
            by=str(meta.get("by", "")),
            had=str(meta.get("had", "")),
        )

    def stored(self) -> dict[str, Any]:
        """As it lies on disk: only what there is."""
        there = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return there if self.now is None else {**there, "now": self.now}
