"""How a message is spelt, made even with how the catalogue and the ways to ask are: hyphens, and
slips of the finger. It decides nothing else."""

from functools import cache

from rapidfuzz.distance import OSA

from bot.catalogue.product import word_of
from bot.catalogue.table import Table
from bot.language import cedict
from bot.language.phrases import Token, tokenise
from bot.language.spelling import nearest
from bot.language.wording import has_han, lexicon

_ONE_SLIP, _TWO_SLIPS = 5, 9  # letters from which so many slips are believed


def tokens_of(folded: str, table: Table) -> list[Token]:
    """The tokens of a message. A hyphened word is one where the catalogue has it as one ("e-bike"),
    else its parts."""
    found: list[Token] = []
    for token in tokenise(folded):
        if not _hyphened(found, token):
            found.append(token)
            continue
        found.pop()
        first = found[-1]
        joined = f"{first.text}{token.text}"
        if table.knows(word_of(joined)):
            found[-1] = Token(joined, first.start, token.end)
        else:
            found.append(token)
    return found


def _hyphened(before: list[Token], token: Token) -> bool:
    """Whether a hyphen without spaces is between the two words."""
    if len(before) < 2 or before[-1].text != "-" or not _is_word(token.text):
        return False
    return _is_word(before[-2].text) and token.start - before[-2].end == 1


def _is_word(text: str) -> bool:
    return text.isalpha() and not has_han(text)


@cache
def _ways() -> frozenset[str]:
    """The long single words among the ways to ask."""
    phrases = (str(each) for of in lexicon("products")["asks"].values() for each in of)
    long = (each for each in phrases if len(each) >= _ONE_SLIP and each.isalpha())
    return frozenset(each for each in long if each.isascii())


def mended(word: str, table: Table) -> str | None:
    """The word of the catalogue or of the ways to ask that was meant; None for none."""
    for plural, singular in (("ves", "fe"), ("ves", "f")):
        alone = word.removesuffix(plural) + singular
        if word.endswith(plural) and table.knows(word_of(alone)):
            return alone
    if not word.isascii() or not word.isalpha() or len(word) < _ONE_SLIP:
        return None
    if word in cedict.english_words():
        return None
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    meant = nearest(word, table.spellings | _ways(), slips=slips)
    dealings = map(str, lexicon("products")["dealings"])
    if meant is None or any(OSA.distance(word, each) <= meant[1] for each in dealings):
        return None  # "cancle" is as near to "cancel" as to "candle"
    return meant[0]
