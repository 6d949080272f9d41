"""What stands between a draft and its approval: everything marked in it, and whether a person may
sign for it. The checkers are handed in: claims and law are one line beside the others.

It stores nothing; `store.py` keeps signatures and refuses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.studio.brief import Brief, Voice
from bot.studio.checks import Checker, Fault, Names, faults
from bot.studio.copies import Copies
from bot.studio.item import Item
from bot.studio.ledger.ledger import Audit, Ledger
from bot.studio.ledger.wordings import Wordings
from bot.studio.realise import campaign
from bot.texts import t
from bot.types import Language

Risk = Literal["none", "low", "high"]
_UNSIGNED = frozenset({"empty", "refusal", "remnant"})  # nobody answers for what is no text
_SHOWN = 80  # characters of what is marked


@dataclass(frozen=True)
class Mark:
    """Something in a draft that a person must mend or sign for. `id` says what and in which words,
    so that it is another one when the words change; `why` also says how to mend it."""

    id: str
    text: str
    start: int
    end: int
    why: str
    laws: tuple[str, ...] = ()
    blocks: bool = True
    signable: bool = True


@dataclass(frozen=True)
class Report:
    """A draft looked through."""

    audit: Audit
    marks: tuple[Mark, ...]

    @property
    def blocking(self) -> tuple[Mark, ...]:
        return tuple(each for each in self.marks if each.blocks)

    @property
    def risk(self) -> Risk:
        """ "high" with what blocks, "low" with words that no record has, else "none"."""
        if self.blocking:
            return "high"
        return "low" if self.marks else "none"


@dataclass
class Gate:
    """Looks drafts through. `names` are those of the catalogue's products, `known` words that only
    some of them may say (`ledger.names_of`), `copies` the texts that may not be said again."""

    checkers: Sequence[Checker] = ()
    voice: Voice = field(default_factory=Voice)
    names: Names = field(default_factory=Names)
    known: frozenset[str] = frozenset()
    wordings: Wordings | None = None
    copies: Copies | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def look(self, text: str, item: Item, brief: Brief, reader: Language) -> Report:
        """Everything that is marked, in the reader's words."""
        records = {**self.more, **_of_brief(brief), "plan": campaign.records(item, brief)}
        audit = Ledger(item, records, self.wordings, self.known).audit(text)
        marks = [
            _traced(
                trace.text,
                trace.kind,
                trace.record,
                trace.value,
                line.start,
                line.end,
                against=trace.against,
                blocks=trace.blocks,
                reader=reader,
            )
            for line in audit.lines
            for trace in line.marked
        ]
        found = [*faults(text, item, brief, self.voice, self.names)]
        if self.copies is not None and (other := self.copies.copied(text, but=item.sku)):
            found.append(Fault("copy", 0, len(text), other))
        for checker in self.checkers:
            found.extend(checker(text, item.language))  # type: ignore[arg-type]
        marks += [
            Mark(
                f"{each.rule}:{text[each.start : each.end][:_SHOWN]}",
                text[each.start : each.end][:_SHOWN],
                each.start,
                each.end,
                each.why(reader),
                each.laws(reader),
                signable=each.rule not in _UNSIGNED,
            )
            for each in found
        ]
        return Report(audit, tuple({each.id: each for each in marks}.values()))


def _traced(
    text: str,
    kind: str,
    record: str,
    value: str,
    start: int,
    end: int,
    *,
    against: bool,
    blocks: bool,
    reader: Language,
) -> Mark:
    key = "drafts.mark_against" if against else f"drafts.mark_{kind}"
    why = t(key, reader, text=text, record=record, value=value)
    return Mark(f"{kind}:{text[:_SHOWN]}", text, start, end, why, blocks=blocks)


def _of_brief(brief: Brief) -> dict[str, str]:
    """What a brief lets a text say: the shop's name, a campaign's occasion and days."""
    days = " ".join(str(each) for each in (brief.start, brief.end) if each)
    stars = str(brief.stars) if brief.stars else ""
    return {
        "shop": brief.shop,
        "campaign": " ; ".join(filter(None, (brief.goal, brief.audience, brief.occasion, days))),
        "budget": str(brief.budget) if brief.budget else "",
        "review": " ; ".join(filter(None, (stars, brief.review[:2000]))),
    }
