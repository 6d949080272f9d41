"""Writes one draft: by a model where there is one, else from the attributes; then looks it through.

Of several ways to say it, the one is taken that is least like texts that are there already. What a
model writes is never trusted: without a text worth keeping, the attributes' own is taken.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.studio.brief import Brief, Voice, checked
from bot.studio.copies import Copies
from bot.studio.gate import Gate, Report
from bot.studio.item import Item
from bot.studio.realise import campaign
from bot.studio.realise.copywriting import realised
from bot.studio.realise.variety import Varied
from bot.types import Language

_TRIES = 8  # ways to say it, of which the newest is taken
_FAR = 0.5  # alike to no kept text by more than this is new enough

Writes = Callable[[Item, Brief, Voice, str], Awaitable["Written"]]
"""A model's text for an item, given the one that its attributes make; `ModelError` for none."""


@dataclass(frozen=True)
class Written:
    """A text, who wrote it ("" the attributes themselves), and what that cost."""

    text: str
    model: str = ""
    cost: float = 0.0


@dataclass(frozen=True)
class Draft:
    """A text for an item with what was found in it."""

    item: Item
    brief: Brief
    written: Written
    report: Report


def realise(item: Item, brief: Brief, gate: Gate) -> str:
    """The text that the attributes make, unlike those that are there."""
    copies = gate.copies or Copies()
    best, least = "", 2.0
    for attempt in range(_TRIES):
        choose = Varied(item.sku, item.language, brief.kind, brief.attempt + attempt)
        text = (
            campaign.written(item, brief, choose)
            if brief.kind == "campaign"
            else realised(item, brief, choose)
        )
        for word, better in gate.voice.use.items():
            text = text.replace(word, better)
        avoided = sum(word.lower() in text.lower() for word in gate.voice.avoid)
        alike = copies.nearest(text, but=item.sku)[1] + avoided
        if alike < least:
            best, least = text, alike
        if least < _FAR:
            break
    return best


async def draft(
    item: Item, brief: Brief, gate: Gate, writes: Writes | None, reader: Language
) -> Draft:
    """One draft, looked through; kept in the gate's copies, so that the next one is another."""
    brief = checked(brief)
    own = await asyncio.to_thread(realise, item, brief, gate)
    written = Written(own)
    if writes is not None and brief.kind not in ("title", "campaign"):
        written = await writes(item, brief, gate.voice, own)
    report = await asyncio.to_thread(gate.look, written.text, item, brief, reader)
    if written.model and not all(mark.signable for mark in report.marks):
        written = replace(written, text=own, model="")
        report = gate.look(own, item, brief, reader)
    if gate.copies is not None:
        gate.copies.add(item.sku, written.text)
    return Draft(item, brief, written, report)
