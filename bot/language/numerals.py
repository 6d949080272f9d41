"""Numbers in digits and in words: "1,600", "thirty-five", "half", 「三百五」, 「1600万」.

`number_at` reads one among the tokens of a folded text. What is measured by it is for
`quantities.py` to say; the words are in `lexicons/units.yaml`.
"""

from functools import cache

from bot.language.phrases import Token
from bot.language.wording import lexicon

_LONGEST_NUMBER = 18  # digits
_FINEST = 16  # of fractions; beyond, "1/20" is a date or a size


@cache
def _numbers() -> dict[str, dict[str, float]]:
    return {name: dict(values) for name, values in lexicon("units")["numbers"].items()}


def is_cents(text: str) -> bool:
    """Whether it may be the cents of "15 dollars 50"."""
    return len(text) == 2 and text.isdecimal()


def number_at(tokens: list[Token], at: int) -> tuple[float, int] | None:
    """A number in digits or words, and the place behind it."""
    if at >= len(tokens):
        return None
    text = tokens[at].text
    if text[0].isdecimal() or (text[0] == "." and len(text) > 1):
        if len(text) > _LONGEST_NUMBER:
            return None
        value = float(text.replace(",", ""))
        part, to = _fraction(tokens, at)
        if part:
            return part, to
        part, to = _fraction(tokens, at + 1)
        return (value + part, to) if part else _scaled(tokens, value, at + 1)
    if text in _numbers()["digits"] or text in _numbers()["tens"] or text == "半":
        return _chinese(tokens, at)
    return _english(tokens, at)


def _fraction(tokens: list[Token], at: int) -> tuple[float, int]:
    """ "1/2" at `at`; 0 when there is none."""
    parts = [token.text for token in tokens[at : at + 3]]
    if len(parts) < 3 or parts[1] != "/" or max(map(len, parts)) > 2:
        return 0.0, at
    if not (parts[0].isdecimal() and parts[2].isdecimal()):
        return 0.0, at
    over, under = int(parts[0]), int(parts[2])
    return (over / under, at + 3) if 0 < over < under <= _FINEST else (0.0, at)


def _scaled(tokens: list[Token], value: float, at: int) -> tuple[float, int]:
    """ "75 million", 「1600万」."""
    numbers = _numbers()
    while at < len(tokens):
        text = tokens[at].text
        scale = numbers["scales"].get(text) or numbers["myriads"].get(text)
        scale = scale or (numbers["tens"].get(text) if text in "百千" else None)
        if not scale:
            break
        value, at = value * scale, at + 1
    return value, at


def _english(tokens: list[Token], at: int) -> tuple[float, int] | None:
    small, scales = _numbers()["small"], _numbers()["scales"]
    total = current = 0.0
    start, last = at, ""
    while at < len(tokens):
        word = tokens[at].text
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if word in small:
            if last in small and not (small[last] >= 20 and small[word] < 10):
                break
            current += small[word]
        elif word in ("a", "half") and following in scales:
            current += 1 if word == "a" else 0.5
        elif word == "half" and not last:
            behind = at + 2 if following in ("a", "an") else at + 1
            return 0.5, behind
        elif word in scales and at > start:
            if scales[word] <= 100:
                current = (current or 1) * scales[word]
            else:
                total, current = total + (current or 1) * scales[word], 0.0
        elif word in ("and", "-") and last and following in small:
            if word == "and" and last not in scales:
                break
        else:
            break
        last, at = word, at + 1
    return (total + current, at) if at > start else None


def _chinese(tokens: list[Token], at: int) -> tuple[float, int] | None:
    numbers = _numbers()
    digits, tens, myriads = numbers["digits"], numbers["tens"], numbers["myriads"]
    if tokens[at].text == "半":
        return 0.5, at + 1
    total = section = number = 0.0
    last, zero = 1.0, False
    while at < len(tokens):
        char = tokens[at].text
        if char in digits:
            number = number * 10.0 + digits[char]
            zero = zero or digits[char] == 0
        elif char in tens:
            section, number, last = section + (number or 1.0) * tens[char], 0.0, tens[char]
            zero = False
        elif char in myriads:
            total = (total + section + number) * myriads[char]
            section, number, last = 0.0, 0.0, myriads[char]
        elif char == "点" and at + 1 < len(tokens) and tokens[at + 1].text in digits:
            place = 0.1
            at += 1
            while at < len(tokens) and tokens[at].text in digits:
                number, place, at = number + digits[tokens[at].text] * place, place / 10, at + 1
            return _scaled(tokens, total + section + number, at)
        else:
            break
        at += 1
    if number and number < 10 and last > 10 and not zero:
        number *= last / 10  # 「三百五」 is 350
    return total + section + number, at
