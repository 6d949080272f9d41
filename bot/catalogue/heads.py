"""What a product's name says that the thing is: "cassette" of "Acme 105 cassette 11-34"."""

import re
from collections.abc import Iterator, Sequence

from bot.language.wording import HAN, has_han

ASIDE = re.compile(r"\s(?:with|in|for|of)\s|[,(（]|\d")
_DIGITS = re.compile(r"\d")
_LONGEST = 4  # Chinese characters
_HAN_RUN = re.compile(f"{HAN}+")
_HYPHENED = re.compile(r"(?<=[a-z])-(?=[a-z])", re.IGNORECASE)


def joined(text: str) -> str:
    """The text with hyphenated words as one ("ebike"); "" where there are none."""
    found = _HYPHENED.sub("", text) if "-" in text else text
    return "" if found == text else found


def heads(
    name: str, kept: Sequence[str], every: Sequence[str], kinds: frozenset[str]
) -> Iterator[str]:
    """The head of a name: the end of what stands before any number and aside, `kept`. Where that is
    none of the thing's `kinds` (tags, category), the last of `every` word that is one.

    Of a Chinese name (「漂流羽绒枕」) the ends of two and more characters are heads (「羽绒枕」).
    """
    if has_han(name):
        found = ["".join(kept[-length:]) for length in range(2, min(_LONGEST, len(kept)) + 1)]
        if _DIGITS.search(name) and kinds.isdisjoint(found):
            runs = _HAN_RUN.findall(name)
            ends = [run[-length:] for run in runs for length in range(2, _LONGEST + 1)]
            found = [each for each in ends if each in kinds] or found
        yield from found
    elif kept or every:
        last = kept[-1] if kept else ""
        if last not in kinds and _DIGITS.search(name):
            last = next((each for each in reversed(every) if each in kinds), last)
        if last:
            yield last
