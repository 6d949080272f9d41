"""Cuts a text into sentences while it is still being written; passages' numbers are taken out.

A sentence ends at its punctuation, at a line's end, or at the text's; "[2]" behind the full stop
still belongs to it. English and Chinese alike. It does not judge what a sentence says. A whole text
is cut by `bot/language/sentences.py`: here what follows a full stop may not be written yet.
"""

import re
from dataclasses import dataclass

_MARK = r"\s*[\[【［](\d+(?:\s*[,，、]\s*\d+)*)[\]】］]"  # "[2]" or "【1，2】"
_MARKS = rf"(?:{_MARK.replace('(', '(?:', 1)})*"
# A long row of stops ends a sentence as a short one does, and is read once, not once from each.
# What follows a full stop shows whether it was one, so one more character is awaited.
_END = re.compile(
    rf"(?P<end>[.!?…]{{1,8}}[\"'”’)*]{{0,8}}{_MARKS})(?=\s+[^\s\[【［])"
    rf"|[。！？；]{{1,8}}[”’」』）]{{0,8}}{_MARKS}(?=\s*[^\s\[【［。！？；”’」』）])"
    r"|\n+"
)
_NOT_THE_END = re.compile(
    r"^\d{1,2}\.$|(?:^|[\s(])(?:[A-Z]|e\.g|i\.e|approx|etc|vs|mr|mrs|ms|dr|st|incl|max|min)\.$",
    re.IGNORECASE,
)
_NUMBER_FOLLOWS = re.compile(r"(?:^|\s)nos?\.$", re.IGNORECASE)  # "no. 5", but not "No. We …"
_NEAR = 40  # characters before and after a full stop that tell whether it was one
_CITED = re.compile(rf"(?<!\s){_MARK}")
# Our prompts' own tags, which small models like to repeat around what they say.
_TAG = re.compile(r"</?(?:passage|conversation)\b[^<>]*>")
_SPACE_BEFORE_STOP = re.compile(r"(?<!\s)\s+(?=[.,;:!?。，；！？](?:\s|$))")


@dataclass(frozen=True)
class Sentence:
    """`text` as it may be shown; `cited` are the passages' numbers that stood in it; `gap` is the
    space before it: "", " " or a line's end."""

    text: str
    cited: tuple[int, ...]
    gap: str


class Cutter:
    """Takes pieces of a text, gives its sentences as soon as each is complete."""

    def __init__(self) -> None:
        self._rest = ""
        self._gap = ""

    def feed(self, piece: str) -> list[Sentence]:
        """The sentences that are complete with `piece`."""
        self._rest += piece
        found = []
        start = at = 0
        while match := _END.search(self._rest, at):
            at = match.end()
            whole = self._rest[start:at]
            near = _CITED.sub("", whole[-_NEAR:]).strip()
            if match["end"] and self._goes_on(near, self._rest[at : at + _NEAR]):
                continue
            found += self._sentence(whole)
            start = at
        self._rest = self._rest[start:]
        return found

    def close(self) -> list[Sentence]:
        """What is left at the text's end, were it without a full stop."""
        rest, self._rest = self._rest, ""
        return self._sentence(rest)

    def _goes_on(self, sentence: str, after: str) -> bool:
        """Whether the full stop at the end is that of an abbreviation or of a list's number."""
        if _NOT_THE_END.search(sentence):
            return True
        return bool(_NUMBER_FOLLOWS.search(sentence)) and after.lstrip()[:1].isdigit()

    def _sentence(self, raw: str) -> list[Sentence]:
        inner = raw.strip()
        lead = raw[: len(raw) - len(raw.lstrip())]
        gap = "\n" if "\n" in self._gap + lead else self._gap or lead
        self._gap = "\n" if raw.endswith("\n") else gap if not inner else ""
        if not inner:
            return []
        numbers = [
            int(number)
            for found in _CITED.finditer(inner)
            for number in re.findall(r"\d+", found[1])
        ]
        text = _SPACE_BEFORE_STOP.sub("", _CITED.sub("", _TAG.sub("", inner))).strip()
        if not text:
            return []
        return [Sentence(text, tuple(dict.fromkeys(numbers)), gap[:1])]


def joined(sentences: list[Sentence]) -> str:
    """The text that `sentences` make."""
    return "".join(each.gap + each.text for each in sentences).strip()
