"""What a message leans on: the question before it, a button offered.

Rules on form alone ("and …", 「那…呢」, "it", "the second one"), in both languages; whether the
context helps is for the retriever's confidence to say. No model, no database.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import rjieba

from bot.language.detect import detect_language
from bot.language.heads import Judge, unknown
from bot.language.smalltalk import kind
from bot.language.wording import fold, has_han, words_only
from bot.types import PRODUCT, Author, Button, Claim, Say, Turn

Likeness = Callable[[str, str], float]
"""The cosine (-1..1) of two words."""
ORDER = "order:"  # begins the value of a button, and the id of a source, that are an order
WHOLE = "order-whole:"  # begins the value of a button that shows all of an order

_LEANS_EN = re.compile(
    r"^(?:(?:ok|okay|ah|oh|hm+|alright|thanks|great)[,.! ]+)?"
    r"(?:and|but|or|also|then|so|what about|how about|what if|and if|if|same for|even|for|with|in"
    r"|to|only)\b"
    r"|\b(?:it|its|that|those|these|them|they|this one|that one|the same|instead|either"
    r"|otherwise)\b"
)
_LEANS_ZH = re.compile(
    r"^(?:(?:好的?|哦+|嗯+|谢谢|明白了?|知道了)[，,。 ]*)?"
    r"(?:那|那么|还有|如果|要是|换成|或者|但是?|可是|万一|同样|也|另外)"
    r"|(?:呢|的话)[？?。!！]*$|(?:它|这个|那个|这款|那款|[这那][单笔]|这种|这样|前面|刚才|上面)"
)
_LONGEST_LEAN = 12  # words (English) or characters over two (Chinese); longer ones stand alone
_CHOICE = re.compile(
    r"(?:i (?:mean|meant|want|choose) |it is |it's |option |number |no |the )*"
    r"(?:(?P<first>1|1st|one|a|first)|(?P<second>2|2nd|two|b|second)|(?P<third>3|3rd|three|c|third)"
    r"|(?P<last>last))(?: one| option)?(?: please)?"
    r"|(?:我?(?:要|选|想问)?(?:的?是)?)第?(?:(?P<zh_first>1|一)|(?P<zh_second>2|二)"
    r"|(?P<zh_third>3|三)|最后(?P<zh_last>一))(?:个|条|项|种|号)?(?:吧|谢谢)?"
)
_PLACES = {"first": 0, "second": 1, "third": 2, "last": -1}
_YES = re.compile(
    r"^(?:yes|yep|yeah|yup|right|correct|exactly|that one|对|对的|是|是的|嗯|没错|就是这个|对对)$"
)
# What an elliptic follow-up begins and ends with: "ok and …?", 「那…呢」.
_LEAD = re.compile(
    r"^(?:(?:ok(?:ay)?|ah|oh|hm+|alright|thanks|great|and|but|or|also|then|so|what about|how about"
    r"|what if|if|same for|even|好的?|哦+|嗯+|谢谢|那么|那|还有|如果|要是|换成|或者|另外)"
    r"(?:[,，.。! ]+|(?=[^a-z]))"
    r")+"
)
_TAIL = re.compile(r"(?:呢|的话|吗|lol|pls|please)*[?？.。!！ ]*$")
_PREPOSITION = re.compile(
    r"^(?:to|for|in|with|by|from|on|at|到|寄到|送到|去)\s*(?:the |a |an |my )?"
)
_CLAUSE = re.compile(
    r"\b(?:it|its|that|those|these|them|they|this|same|i|you|we|can|do|does|is|are|will|would)\b"
    r"|[我你您它这]|可以|能"
)
_LATIN_WORD = re.compile(r"[a-z0-9][a-z0-9'&-]*")
_NO_THING = re.compile(
    r"an?|the|to|for|in|on|at|of|by|from|with|and|or|my|your|our|it|is|are|was|be|do|does|did|can|could"
    r"|will|would|whats?|how|when|where|who|which|why|i|you|u|we|me|long|much|many|takes?|get|have|has"
    r"|there|any"
)
_LONGEST_ELLIPSIS = 5  # words, or Chinese characters over two
_MOST_WORDS = 10  # of a question that are compared
_ALIKE = 0.3  # cosine from which two words stand for things of one kind
_SHORTEST_QUOTE = 4  # characters; shorter ones are in everything
_RECORDS = (ORDER, PRODUCT)  # what the ids of sources begin with that are no texts
_TOLD_LATELY = 3  # answers of the bot, of which the newest with a source counts
_MOST_ELLIPTIC = 3  # follow-ups in a row that are resolved
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Past:
    """What a burst follows on: all turns before it, or those up to the one that it replies to."""

    turns: Sequence[Turn] = ()

    @classmethod
    def of(cls, claim: Claim) -> "Past":
        return cls(rewound(claim.history, claim.quote))

    @property
    def asked(self) -> str:
        """The shopper's last words, "" for none: what the buttons after them belong to."""
        theirs = (turn.text for turn in reversed(self.turns) if turn.author is Author.SHOPPER)
        return next((text for text in theirs if text.strip()), "")

    @property
    def question(self) -> str:
        """The shopper's last words that are more than a courtesy, "" for none."""
        theirs = (turn.text for turn in reversed(self.turns) if turn.author is Author.SHOPPER)
        return next((text for text in theirs if text.strip() and kind(text) is None), "")

    @property
    def orders(self) -> frozenset[str]:
        """The ids of the orders that the bot's last answer was about."""
        said = self._said
        ids = (source.id for source in said.sources) if said else ()
        return frozenset(each.removeprefix(ORDER) for each in ids if each.startswith(ORDER))

    @property
    def about_orders(self) -> bool:
        """Whether the bot's last answer told of orders, or asked which one is meant."""
        said = self._said
        offered = said is not None and any(each.value.startswith(ORDER) for each in said.buttons)
        return offered or bool(self.orders)

    @property
    def of_knowledge(self) -> bool:
        """Whether the bot's last answer came from texts, not from an order or the catalogue."""
        return any(not each.startswith(_RECORDS) for each in self.told)

    @property
    def told(self) -> tuple[str, ...]:
        """The ids of what the bot's last answer came from."""
        return tuple(source.id for source in self._said.sources) if self._said else ()

    @property
    def _said(self) -> Turn | None:
        return next((turn for turn in reversed(self.turns) if turn.author is Author.BOT), None)


def leans(text: str) -> bool:
    """Whether `text` may only be understood together with what was asked before."""
    folded = fold(text)
    if has_han(folded):
        return len(folded) <= 2 * _LONGEST_LEAN and bool(_LEANS_ZH.search(folded))
    return len(folded.split()) <= _LONGEST_LEAN and bool(_LEANS_EN.search(folded))


def reworded(text: str, before: str, likeness: Likeness) -> list[str]:
    """The question `before` as the elliptic follow-up `text` means it, none for a whole clause.

    Its thing takes the place of the thing most alike ("do you ship to Brazil", "and to Norway?" →
    "do you ship to Norway"), or is put behind.
    """
    folded = fold(text)
    if not leans(folded):
        return []
    folded = _TAIL.sub("", _LEAD.sub("", folded))
    phrase, _, rest = re.sub(r"[?？,，]", "\0", folded).partition("\0")
    thing = _PREPOSITION.sub("", phrase).strip()
    count = len(thing) / 2 if has_han(thing) else len(thing.split())
    if not thing or count > _LONGEST_ELLIPSIS or _CLAUSE.search(phrase):
        return []
    asked = _TAIL.sub("", fold(before))
    found = [" ".join(filter(None, (asked, phrase.strip(), rest.strip())))]
    words = [each for each in _words(asked) if not _NO_THING.fullmatch(each) and each not in thing]
    if words and (best := max((likeness(each, thing), each) for each in words))[0] >= _ALIKE:
        put = asked.replace(best[1], thing, 1)
        found.insert(0, " ".join(filter(None, (put, rest.strip()))))
    return found


def _words(folded: str) -> list[str]:
    """The words of a question that may name a thing, a few at most."""
    if has_han(folded):
        found = [each for each in rjieba.cut(folded) if len(each) > 1 or each.isascii()]
    else:
        found = _LATIN_WORD.findall(folded)
    return list(dict.fromkeys(each for each in found if each.strip()))[:_MOST_WORDS]


def rewound(history: Sequence[Turn], quote: str) -> Sequence[Turn]:
    """The history up to the message that the shopper replies to, of which `quote` is the text or a
    part; all of it without a quote, and the quote alone when it is not there any more."""
    if not quote:
        return history
    wanted = words_only(fold(quote))
    for place in range(len(history) - 1, -1, -1):
        said = words_only(fold(history[place].text))
        telling = min(len(said), len(wanted)) >= _SHORTEST_QUOTE
        if said == wanted or (telling and (said in wanted or wanted in said)):
            return history[: place + 1]
    return (Turn(0, Author.SHOPPER, quote, detect_language(quote), _LONG_AGO),)


def context(
    history: Sequence[Turn], likeness: Likeness, judge: Judge = unknown
) -> tuple[str, frozenset[str]]:
    """The shopper's last question, an elliptic one as it was meant, and the entries that it was
    answered with; ("", none) where the last answer came from an order or the catalogue, of which
    "it" is then said."""
    shown: set[str] = set()
    elliptic: list[str] = []
    for turn in reversed(history):
        if turn.author is Author.BOT:
            ids = {source.id for source in turn.sources}
            if not elliptic and ids and all(each.startswith(_RECORDS) for each in ids):
                return "", frozenset()
            shown |= set() if elliptic else ids
        elif turn.author is Author.SHOPPER and turn.text.strip() and kind(turn.text, judge) is None:
            if len(elliptic) < _MOST_ELLIPTIC and reworded(turn.text, "", likeness):
                elliptic.append(turn.text)
                continue
            before = turn.text
            for each in reversed(elliptic):
                before = reworded(each, before, likeness)[0]
            return before, frozenset(shown)
    return (elliptic[0] if elliptic else ""), frozenset(shown)


def told(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The ids of the texts that the bot's newest answer came from, unless that is long ago; none
    where it came from an order or the catalogue, too."""
    said = [turn for turn in turns if turn.author is Author.BOT][-_TOLD_LATELY:]
    ids = next((turn.sources for turn in reversed(said) if turn.sources), ())
    if any(each.id.startswith(_RECORDS) for each in ids):
        return ()
    return tuple(each.id for each in ids)


def pressed(text: str, choice: str | None, history: Sequence[Turn]) -> str | None:
    """The value of the button that a message presses, by a click or in words ("the second one")."""
    if choice:
        return choice
    offered = _offered(history)
    folded = words_only(fold(text))
    for button in offered:
        if folded == words_only(fold(button.label)):
            return button.value
    if (place := _place(folded, len(offered))) is not None:
        return offered[place].value
    if len(offered) == 1 and _YES.match(folded):
        return offered[0].value
    return None


def _place(folded: str, count: int) -> int | None:
    """Which of `count` buttons "the second one" or 「第二个」 means; None if there is none such."""
    found = _CHOICE.fullmatch(folded)
    if found is None or found.lastgroup is None:
        return None
    place = _PLACES[found.lastgroup.removeprefix("zh_")]
    return place if -count <= place < count else None


def _offered(history: Sequence[Turn]) -> tuple[Button, ...]:
    """The buttons of the newest turn that the shopper did not write."""
    for turn in reversed(history):
        if turn.author is not Author.SHOPPER:
            return turn.buttons
    return ()


def said(claim: Claim, say: Say) -> bool:
    """Whether the bot's last turn has said just that."""
    last = next((each for each in reversed(claim.history) if each.author is Author.BOT), None)
    return last is not None and last.text == say.text


def clarifications(history: Sequence[Turn]) -> int:
    """How often in a row the bot has asked "did you mean" since it last gave an answer."""
    count = 0
    for turn in reversed(history):
        if turn.author is Author.BOT:
            if turn.sources:
                break
            count += any(button.value.startswith("entry:") for button in turn.buttons)
        elif turn.author is not Author.SHOPPER:
            break
    return count
