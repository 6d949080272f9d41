"""A message as the words of asking and the words of the catalogue, with numbers between them.

The longest phrase wins at each place: a way to ask (`lexicons/products.yaml`), a label, name, tag
or value of the catalogue, a quantity. What is left over is `unknown`, and keeps the products out of
questions on other things: "can I return a kettle" holds a word that no catalogue explains.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache

from bot.catalogue import bridged
from bot.catalogue.found import Ask, Found, Word, words_of
from bot.catalogue.labels import (
    LONGEST_LABEL,
    asked_at,
    free,
    in_units,
    label_at,
    of_no_unit,
    said_apart,
    sorted_at,
)
from bot.catalogue.product import word_of
from bot.catalogue.spelling import mended, tokens_of
from bot.catalogue.table import LONGEST_WORD, Table, is_title, key_of, title_key
from bot.language.detect import detect_language
from bot.language.phrases import Phrases, Token
from bot.language.quantities import Quantity, quantities
from bot.language.wording import fold, has_han, lexicon
from bot.types import Language

_OF = frozenset({"in", "of", "with", "from"})
_ARTICLES = frozenset({"a", "an", "the", "my", "our"})
_MOST_MENDED = 6  # words of a message that are compared with all of the catalogue's
_LONGEST_SIZE = 4  # letters and digits


@dataclass(frozen=True)
class Reading:
    """What a message holds. `asks` are the ways to ask, `measures` the attributes asked for, `sort`
    is like "price+" and `compared` says that it was a comparative ("cheaper"); `place` counts from
    0 in what was told last. `splits` are where two things are held apart ("and", "or", 「和」)."""

    text: str
    language: Language
    words: tuple[Word, ...] = ()
    asks: frozenset[str] = frozenset()
    measures: tuple[str, ...] = ()
    sort: str = ""
    compared: bool = False
    place: int | None = None
    quantities: tuple[Quantity, ...] = ()
    unknown: tuple[Word, ...] = ()
    splits: tuple[int, ...] = ()
    recommended: tuple[Word, ...] = ()  # words that are a way to ask, too ("gift")
    denied: tuple[Word, ...] = ()  # what is not wanted (`denials.py`)

    @property
    def leans(self) -> bool:
        """Whether it goes on from what was said before ("and the pan?", 「那红色的呢」)."""
        return any(self.text.startswith(each) for each in _leaning()) or self.text.rstrip(
            "?？!。 "
        ).endswith("呢")

    @property
    def refers(self) -> bool:
        """Whether it speaks of something that was told before."""
        return self.place is not None or self.compared or bool(self.asks & {"it", "both"})


@cache
def _ways() -> Phrases[tuple[Ask, ...]]:
    """Every way to ask."""
    data = lexicon("products")
    found: dict[str, list[Ask]] = defaultdict(list)
    for section in ("asks", "places"):
        for name, phrases in data[section].items():
            for phrase in phrases:
                found[str(phrase)].append((section, str(name)))
    for name, measure in data["measures"].items():
        for phrase in measure["asks"]:
            found[str(phrase)].append(("measures", name))
    for name, sort in data["sorts"].items():
        for sort_kind, phrases in sort.items():
            for phrase in phrases if sort_kind != "bare" else ():
                found[str(phrase)].append((sort_kind, name))
    return Phrases({phrase: tuple(dict.fromkeys(asks)) for phrase, asks in found.items()})


@cache
def _nothing() -> Phrases[bool]:
    lists = lexicon("products")["nothing"]
    return Phrases({str(phrase): True for phrases in lists for phrase in phrases})


@cache
def _leaning() -> tuple[str, ...]:
    return tuple(each if has_han(each) else f"{each} " for each in lexicon("products")["leaning"])


def read(text: str, table: Table) -> Reading:
    """What `text` holds, in view of the catalogue."""
    folded = fold(text)
    tokens = tokens_of(folded, table)
    numbers = (in_units(each, folded, table) for each in quantities(folded))
    measured = {each.start: each for each in (*free(tokens, table), *numbers)}
    found = Found()
    at = 0
    while at < len(tokens):
        at = _step(tokens, at, table, measured, found)
    found.bare(folded)
    found.held()
    apart = list(said_apart(folded, table))
    spans = [span for _, *two in apart for span in two]
    words = (w for w in found.words if not any(a <= w.start < b for a, b in spans))
    spelt = {each.start: folded[each.start : each.end] for each in tokens}
    words = (replace(w, text=spelt[w.start]) if "-" in spelt[w.start] else w for w in words)
    unknown = {each.start: each.text for each in found.unknown}
    last = max((each.start for each in found.words), default=-1)
    return Reading(
        folded,
        detect_language(folded),
        tuple(words),
        frozenset(found.asks),
        tuple(dict.fromkeys([*found.measures, *(measure for measure, *_ in apart)])),
        found.sort,
        found.compared,
        found.place,
        tuple(of_no_unit(each, unknown, last) for each in found.quantities),
        tuple(found.unknown),
        tuple(found.splits),
        tuple(found.recommended),
    )


def _step(
    tokens: list[Token], at: int, table: Table, measured: dict[int, Quantity], found: Found
) -> int:
    """Note what stands at `at`; the place behind it."""
    token, after = tokens[at], _before(tokens, at)
    if token.text in words_of("between"):
        found.splits.append(token.start)
    way = _ways().at(tokens, at)
    nothing = _nothing().at(tokens, at)
    word, behind = _word(tokens, at, table)
    label, behind_label = label_at(tokens, at, table)
    counted, behind_counted = asked_at(tokens, at, table)
    quantity = measured.get(token.start)
    if quantity is not None:
        last = at
        while last + 1 < len(tokens) and tokens[last + 1].end <= quantity.end:
            last += 1
        whole = word is not None and (word.word in table.exact or is_title(word.word))
        option = word is not None and is_title(word.word) and behind == last + 1
        if max(way[1] if way else 0, behind if whole else 0) <= last + 1 and not option:
            text = "".join(each.text for each in tokens[at : last + 1])
            if quantity.exact and not quantity.kind and "/" in text:  # an option that nothing has
                found.unknown.append(Word(text, (text,), text, token.start, after))
            else:
                found.number(quantity, tokens, at, table)
            return last + 1
    if word is not None and _compound(token, behind - at, found):
        word, behind = None, at
    asked = max(way[1] if way else at, behind_label)
    if behind_counted > max(asked, behind):
        found.measures += counted
        return behind_counted
    sort, more, behind_sort = sorted_at(tokens, at, table)
    if behind_sort > max(asked, behind):
        found.sort, found.compared = sort, more
        return behind_sort
    if word is not None and behind > max(asked, nothing[1] if nothing else at):
        found.words.append(word)
        return behind
    if asked > at and asked >= (nothing[1] if nothing else at):
        if way is not None and way[1] == asked:
            found.way(way[0])
            if way[0][0][0] in ("most", "more"):
                found.sorted_to = asked
                if found.named_to == at:
                    found.by_label()
            named = [name for of, name in way[0] if of == "measures" or name == "price"]
            if named:
                found.name(named, tokens, (at, asked), table)
            if word is not None and behind <= asked:
                found.recommended.append(word)
        elif (flag := _flag(tokens[at:asked], table)) is not None:
            found.words.append(flag)
        else:
            found.measures.append(label)
            found.name([label], tokens, (at, asked), table)
            if word is not None and behind == asked and word.word in table.exact:
                found.words.append(word)
        return asked
    if nothing is not None:
        return nothing[1]
    if at and token.text in words_of("sizing") and _is_size(tokens[at - 1].text):
        return at + 1
    bare = token.text.partition("'")[0]
    if token.text.isalnum() or token.text.endswith("n't") or bare in words_of("elsewhere"):
        sharp = token._replace(text=f"{token.text}#") if _is_sharp(tokens, at) else token
        _unknown(sharp, after, table, found)
    return at + 1


def _flag(tokens: list[Token], table: Table) -> Word | None:
    """A label that says yes or no ("waterproof"), as what a product has or has not."""
    text = ("" if has_han(tokens[0].text) else " ").join(each.text for each in tokens)
    key = key_of(text)
    return Word(key, tuple(key.split()), text, tokens[0].start) if key in table.flags else None


def _compound(token: Token, length: int, found: Found) -> bool:
    """Whether a Chinese character that names things ends the name of another thing: 「滑板车」."""
    before = found.unknown[-1] if found.unknown else None
    joined = before is not None and before.start + len(before.text) == token.start
    return bool(joined and length == 1 and before and has_han(token.text) and has_han(before.text))


def _is_size(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= _LONGEST_SIZE


def _word(tokens: list[Token], at: int, table: Table) -> tuple[Word | None, int]:
    """The catalogue's longest word at `at`, and the place behind it."""
    token, after = tokens[at], _before(tokens, at)
    if not token.text.isalnum():
        return None, at
    begins = (token.text, tokens[at + 1].text if at + 1 < len(tokens) else "")
    for to in range(min(len(tokens), at + table.titles.get(begins, 0)), at + 1, -1):
        key = title_key([each.text for each in tokens[at:to]])
        if key in table.exact or key in table.valued:
            return Word(key, (key,), _spelt(tokens[at:to]), token.start, after), to
    if has_han(token.text):
        run = at
        while run < len(tokens) and run - at < LONGEST_WORD and has_han(tokens[run].text):
            run += 1
        for to in range(run, at + 1, -1):
            key = "".join(each.text for each in tokens[at:to])
            if table.knows(key) or (to - at == 2 and key in table.told and _telling(key)):
                if key not in table.kinds and _cuts(tokens, at, to, table):
                    continue
                return Word(key, (key,), key, token.start, after), to
        single = token.text
        if single in table.exact or single in table.valued:
            return Word(single, (single,), single, token.start, after), at + 1
        if f"{single}色" in table.valued and at + 1 < len(tokens) and tokens[at + 1].text == "的":
            return Word(f"{single}色", (f"{single}色",), single, token.start, after), at + 1
        for to in range(min(run, at + bridged.LONGEST), at + 1, -1):
            text = "".join(each.text for each in tokens[at:to])
            if key := bridged.english_for(text, at, table):
                return Word(key, tuple(key.split()), text, token.start, after), to
        return None, at
    stems = [word_of(each.text) for each in tokens[at : at + LONGEST_LABEL]]
    for length in range(len(stems), 0, -1):
        key = " ".join(stems[:length])
        if length > 1 and key not in table.exact:
            continue
        if length == 1 and not table.knows(key):
            key = table.compounds.get(key, key)
            said = key in table.told and token.text not in words_of("elsewhere")
            if not (said or table.knows(key)):
                continue
            stems[0] = key
        if len(key) == 1 and (after not in words_of("sizing") or _is_sharp(tokens, at)):
            continue
        text = " ".join(each.text for each in tokens[at : at + length])
        return Word(key, tuple(stems[:length]), text, token.start, after), at + length
    return None, at


def _before(tokens: list[Token], at: int) -> str:
    """The token before a word, "for" also where an article stands between."""
    if at > 1 and tokens[at - 1].text in _ARTICLES and tokens[at - 2].text == "for":
        return "for"
    return tokens[at - 1].text if at else ""


def _spelt(tokens: list[Token]) -> str:
    """Tokens as they stand in the message."""
    ends = [tokens[0].start, *(each.end for each in tokens)]
    gaps = zip(ends, tokens, strict=False)
    return "".join(f"{' ' * (each.start - end)}{each.text}" for end, each in gaps)


def _is_sharp(tokens: list[Token], at: int) -> bool:
    """Whether a letter goes on ("C#")."""
    return at + 1 < len(tokens) and tokens[at + 1][:2] == ("#", tokens[at].end)


def _cuts(tokens: list[Token], at: int, to: int, table: Table) -> bool:
    """Whether a piece of some name would cut a better word in two, as 「家电」 in 「它家电话」."""
    key = "".join(each.text for each in tokens[at:to])
    if key[:-1] in table.kinds or (key[1:] in table.kinds and not table.knows(key[0])):
        return True
    if key in table.exact:
        return False
    for inner in range(at + 1, to):
        way = _ways().at(tokens, inner)
        if (way is not None and way[1] > to) or label_at(tokens, inner, table)[1] > to:
            return True
        for end in range(to + 1, min(len(tokens), inner + LONGEST_WORD) + 1):
            key = "".join(each.text for each in tokens[inner:end])
            if key in table.kinds or (end - inner > to - at and key in table.exact):
                return True
    return False


def _unknown(token: Token, after: str, table: Table, found: Found) -> None:
    """A word that nothing explains, `after` another; a slip of the finger is mended by the
    catalogue's own words."""
    found.tried += 1
    near = mended(token.text, table) if found.tried <= _MOST_MENDED else None
    way = None if near is None else _ways().at([token._replace(text=near)], 0)
    if way is not None and near not in table.spellings:
        found.way(way[0])
        return
    if near is None:
        found.unknown.append(
            Word(token.text, (word_of(token.text),), token.text, token.start, after)
        )
        return
    key = word_of(near)
    found.words.append(Word(key, (key,), near, token.start))


def _telling(pair: str) -> bool:
    """Whether two characters of a description are more than "of the …"."""
    empty = lexicon("products")["nothing"][1]
    return not any(character in empty for character in pair)
