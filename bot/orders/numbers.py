"""Order numbers in what people write: in the usual forms, and in those of the shop's own numbers.

A shape stands for numbers that are written alike: "w9999/9" for "W1001/2", where "9" is a digit,
"X" a letter or a digit, and everything else stands for itself. Shapes are learned from the orders
that are stored, and it is by its shape alone that a number is found: no order is looked up, so what
is found tells nobody which orders there are.

"B7K9QX" is a number wherever it stands. A plain one such as "123" is one only where words say so
("order 123"), or as the answer to the question for it: thirty days are no order.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from bot.language.wording import fold, has_han, lexicon
from bot.orders.record import number_of

_LONGEST = 40  # characters of a number
_MOST = 5  # numbers that are found in a text
_MOST_SHAPES = 200
_ALIKE = 8  # shapes that differ in their letters alone, before any letters will do
_LETTERS_AND_DIGITS, _LEAST_DIGITS, _LEAST_MIXED = 5, 9, 4  # of what is a number wherever it stands
_SEPARATORS = "-_/.: #"
_SPELLED = re.compile(r"[^\W_]+(?:[-_/.: #][^\W_]+)*")
_RUNS = re.compile(r"[a-z]+|\d+|[^\W\d_]+")
_PREFIX = re.compile(r"[^\W\dX_]+[-_/.: #]?")
_NEXT = r"(?:,| and| &|、|和|跟| or|或) ?#?"  # between numbers of which the first is said to be one
_BEFORE = r"(?<![a-z0-9@#])(?<![a-z0-9][-_/.])"
_AFTER = r"(?![a-z0-9@]|[-_/.,]\d|[-_/.][a-z])"


@dataclass(frozen=True)
class Numbers:
    """Finds order numbers; without `shapes`, those in the usual forms alone."""

    shapes: frozenset[str] = frozenset()

    def found(self, text: str, *, asked: bool = False, usual: bool = True) -> tuple[str, ...]:
        """The numbers in `text` as `number_of` spells them, in order, a few at most. `asked`: it
        answers the question for one, so that a plain one needs no words that say so. Without the
        `usual` forms, those in the shop's own alone."""
        spans = self._spans(text, asked=asked, usual=usual)
        return tuple(dict.fromkeys(number_of(text[start:end]) for start, end in spans))[:_MOST]

    def hidden(self, text: str, mask: str = "[number]", *, asked: bool = False) -> str:
        """`text` with `mask` where numbers stood."""
        for start, end in reversed(self._spans(text, asked=asked)):
            text = f"{text[:start]}{mask}{text[end:]}"
        return text

    def is_one(self, text: str) -> bool:
        """Whether all of `text` has the shape of one of the shop's own numbers."""
        spelled = fold(text).lstrip("#")
        return bool(self.shapes) and _patterns(self.shapes).any.fullmatch(spelled) is not None

    def learned(self, ids: Iterable[str]) -> frozenset[str]:
        """The shapes that are still missing for the orders with these ids to be found."""
        known = self
        for order_id in ids:
            shape = shape_of(order_id)
            if not shape or shape in known.shapes or known.is_one(order_id):
                continue
            if len(known.shapes) >= _MOST_SHAPES:
                break
            alike = sum(_any_letters(each) == _any_letters(shape) for each in known.shapes)
            known = Numbers(known.shapes | {_any_letters(shape) if alike >= _ALIKE else shape})
        return known.shapes - self.shapes

    def _spans(
        self, text: str, *, asked: bool = False, usual: bool = True
    ) -> list[tuple[int, int]]:
        """Where the numbers stand; none lies within another."""
        if not any(map(str.isdecimal, text)):
            return []
        patterns = _usual(has_han(text)) if usual else ()
        found = [each.span(1) for pattern in patterns for each in pattern.finditer(text)]
        if self.shapes:
            own = _patterns(self.shapes)
            alike = own.any.finditer(text)
            found += [each.span() for each in alike if asked or _tells(each)]
            found += own.said(text)
        spans: list[tuple[int, int]] = []
        for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
            numbered = any(map(str.isdecimal, text[start:end]))  # "please" has six letters
            if numbered and (not spans or end > spans[-1][1]):
                spans.append((start, end))
        return spans


USUAL = Numbers()


def shape_of(order_id: str) -> str:
    """The shape of an order's id; "" for one that nobody can name in a sentence."""
    spelled = fold(order_id).lstrip("#")
    if len(spelled) > _LONGEST or not _SPELLED.fullmatch(spelled):
        return ""
    if not any(each.isdecimal() for each in spelled):
        return ""
    pieces = re.split(rf"([{re.escape(_SEPARATORS)}])", spelled)
    return "".join(piece if piece in _SEPARATORS else _piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    """Letters before digits stand for themselves ("INVOICE55501"); mixed ones are any."""
    runs = _RUNS.findall(piece)
    digits_first = len(runs) > 1 and runs[0].isdecimal()
    if piece.isascii() and (len(runs) > 2 or digits_first):
        return "X" * len(piece)
    return re.sub(r"\d", "9", piece)


def _any_letters(shape: str) -> str:
    """With any letter or digit in the place of a piece with letters of its own."""
    pieces = re.split(rf"([{re.escape(_SEPARATORS)}])", shape)
    return "".join(
        piece if piece in _SEPARATORS or set(piece) == {"9"} else "X" * len(piece)
        for piece in pieces
    )


@dataclass(frozen=True)
class _Patterns:
    """`any` finds whatever has one of the shapes, its group "mixed" those with any letters;
    `called` what words say to be one, `next` another one behind that."""

    any: re.Pattern[str]
    called: tuple[re.Pattern[str], ...]
    next: re.Pattern[str]

    def said(self, text: str) -> Iterator[tuple[int, int]]:
        """Where words say that there is a number."""
        for pattern in self.called:
            for each in pattern.finditer(text):
                following: re.Match[str] | None = each
                while following:
                    yield following.span(1)
                    following = self.next.match(text, following.end(1))


@lru_cache(maxsize=32)
def _patterns(shapes: frozenset[str]) -> _Patterns:
    mixed = [_regex(each) for each in shapes if "X" in each]
    own = [_regex(each) for each in shapes if "X" not in each]
    # "W1001" is "1001" for many who write of it.
    own += [_regex(_PREFIX.sub("", each, count=1)) for each in shapes if _PREFIX.match(each)]
    both = [
        rf"(?P<{name}>{_one_of(each)})" for name, each in (("own", own), ("mixed", mixed)) if each
    ]
    one = f"{_BEFORE}(?:{_one_of([*own, *mixed])}){_AFTER}"
    called = tuple(map(_compiled, _called(f"({one})")))
    anywhere = _compiled(f"{_BEFORE}(?:{'|'.join(both)}){_AFTER}")
    return _Patterns(anywhere, called, _compiled(f"{_NEXT}({one})"))


def said_to_be(number: str) -> re.Pattern[str]:
    """Finds that number of plain digits, with the words by which it is an order's."""
    return _compiled("|".join(_called(f"(?:{_BEFORE}{re.escape(number)}{_AFTER})")))


def _called(number: str) -> list[str]:
    return [each.replace("<number>", number) for each in lexicon("orders")["called"]]


@lru_cache(maxsize=2)
def _usual(chinese: bool) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_compiled, lexicon("orders")["number_zh" if chinese else "number_en"]))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _one_of(options: Iterable[str]) -> str:
    return "|".join(sorted(set(options), key=lambda each: (-len(each), each)))


def _regex(shape: str) -> str:
    """What finds the numbers of a shape: with a digit more than there are so far, where they are
    few, and with another separator or none."""
    found = []
    runs = [(sign, len(list(run))) for sign, run in groupby(shape)]
    for place, (sign, count) in enumerate(runs):
        if sign == "9":
            found.append(rf"\d{{{count},{count + (count < _LEAST_DIGITS)}}}")
        elif sign == "X":
            found.append(f"[a-z0-9]{{{count}}}")
        elif sign in _SEPARATORS:
            beside = {each for each, _ in (*runs[place - 1 : place], *runs[place + 1 : place + 2])}
            found.append("[-_/.:]?" if beside <= {"9", "X"} else "[-_/.: ]?")  # "2024 W 55"
        else:
            found.append(re.escape(sign * count))
    return "".join(found)


def _tells(found: re.Match[str]) -> bool:
    """Whether what has the shape of a number is one, whatever stands around it: not "30", nor
    "500ml"."""
    signs = [each for each in found[0].casefold() if each.isalnum()]
    digits = sum(each.isdecimal() for each in signs)
    switches = sum(one.isdecimal() != other.isdecimal() for one, other in pairwise(signs))
    if switches == 0:
        return digits >= _LEAST_DIGITS
    if switches > 1:
        return True
    if signs[0].isdecimal():
        return False
    if found.lastgroup == "mixed":
        return digits >= _LEAST_MIXED
    return len(signs) >= _LETTERS_AND_DIGITS
