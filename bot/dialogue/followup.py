"""What a message leans on: the question before it, a button offered, several questions at once.

Rules on form alone ("and …", 「那…呢」, "it", "the second one"), in both languages; whether the
context helps is for the retriever's confidence to say. No model, no database.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.language.detect import detect_language
from bot.language.heads import Judge, unknown
from bot.language.smalltalk import kind
from bot.language.wording import fold, has_han, words_only
from bot.types import Author, Button, Claim, Turn

ORDER = "order:"  # begins the value of a button, and the id of a source, that are an order

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
    r"|(?:呢|的话)[？?。!！]*$|(?:它|这个|那个|这款|那款|这种|这样|前面|刚才|上面)"
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
_QUESTION_END = re.compile(r"(?<=[?？])\s*|\n+")
_MOST_QUESTIONS = 3
_SHORTEST_QUOTE = 4  # characters; shorter ones are in everything
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
    def _said(self) -> Turn | None:
        return next((turn for turn in reversed(self.turns) if turn.author is Author.BOT), None)


def leans(text: str) -> bool:
    """Whether `text` may only be understood together with what was asked before."""
    folded = fold(text)
    if has_han(folded):
        return len(folded) <= 2 * _LONGEST_LEAN and bool(_LEANS_ZH.search(folded))
    return len(folded.split()) <= _LONGEST_LEAN and bool(_LEANS_EN.search(folded))


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


def context(history: Sequence[Turn], judge: Judge = unknown) -> tuple[str, frozenset[str]]:
    """The shopper's last real question, and the entries that it was answered with; ("", none)."""
    shown: set[str] = set()
    for turn in reversed(history):
        if turn.author is Author.BOT:
            shown.update(source.id for source in turn.sources)
        elif turn.author is Author.SHOPPER and turn.text.strip() and kind(turn.text, judge) is None:
            return turn.text, frozenset(shown)
    return "", frozenset()


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


def questions(texts: Sequence[str], judge: Judge = unknown) -> list[str]:
    """The separate questions of a burst, in order; one element when it is a single one."""
    parts = [part.strip() for text in texts for part in _QUESTION_END.split(text) if part.strip()]
    asked = [part for part in parts if kind(part, judge) is None]
    if 2 <= len(asked) <= _MOST_QUESTIONS and all(part[-1] in "?？" for part in asked):
        return asked
    return [" ".join(asked or parts)]
