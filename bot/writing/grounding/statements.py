"""The statements that a passage makes, and the clauses of a sentence.

`statements` cuts a passage so that each piece can stand alone: a list item together with the line
that opens its list, a table row together with its header. `clauses` cuts a sentence where what it
speaks of may change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.language.sentences import sentences
from bot.language.wording import HAN


@dataclass(frozen=True)
class Statement:
    """One statement of a passage. `lead` opens the list or table that it is an item of."""

    text: str
    lead: str = ""

    @property
    def whole(self) -> str:
        """The statement as it reads where it stands alone."""
        return f"{self.lead} {self.text}" if self.lead else self.text


_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)、])\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_RULE = re.compile(r"^[\s:|-]+$")
_LEAD_END = re.compile(r"[:：]\s*$|\b(?:is|are|须|为|有)\s*$")
_MARKS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`")


def statements(text: str) -> list[Statement]:
    """The statements of a passage of plain text or Markdown, in order."""
    found: list[Statement] = []
    lead = header = ""
    for raw in text.split("\n"):
        line = _MARKS.sub("", raw).strip()
        if not line:
            continue
        if line.startswith("|"):
            if _RULE.match(line):
                continue
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not header:
                header = " ".join(cells)
            else:
                found.append(Statement(" ".join(cells), header))
            continue
        header = ""
        if _HEADING.match(line):
            lead = ""
            continue
        if _ITEM.match(line):
            item = _ITEM.sub("", line)
            found.extend(Statement(part.strip(), lead) for part in _parts(item))
            continue
        parts = [part.strip() for part in _parts(line)]
        lead = parts[-1] if parts and _LEAD_END.search(parts[-1]) else ""
        found.extend(Statement(part) for part in parts if part != lead)
    return found


def _parts(line: str) -> Iterator[str]:
    """The sentences of a line; what a semicolon parts can stand alone, too."""
    for sentence in sentences(line):
        yield from (part for part in re.split(r"(?<=[;；])\s*", sentence) if part.strip())


_CLAUSE = re.compile(
    r"[,;—，；（）()]|(?<!\d)[:：]|[:：](?!\d)|\s[-–]\s|(?<=[^\d])、(?=如果|但|否则)"
    r"|\s(?=(?:but|and|while|whereas|unless|except|if|as long as|provided|because|so that|otherwise"
    r"|once|when|until|although|though|however)\s)|(?=但是?|除非|如果|只要|否则|不过|因为|所以)"
)


def clauses(sentence: str) -> list[str]:
    """The parts of a sentence between commas and conjunctions; at least one."""
    found: list[str] = []
    for part in _CLAUSE.split(re.sub(r"(?<=\d),(?=\d{3})", "", sentence)):
        stripped = part.strip()
        if not stripped:
            continue
        # "tags" of "unused, with tags" says nothing by itself: it belongs to what it follows.
        if found and _is_short(stripped):
            found[-1] = f"{found[-1]}, {stripped}"
        else:
            found.append(stripped)
    return found or [sentence.strip()]


def _is_short(clause: str) -> bool:
    han = len(re.findall(HAN, clause))
    return han < 4 if han else len(clause.split()) < 3
