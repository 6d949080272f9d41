"""What a message leans on: the question before it, a button offered, several questions at once.

Rules on form alone ("and …", 「那…呢」, "it", "the second one"), in both languages; whether the
context helps is for the retriever's confidence to say. No model, no database.
"""

import re
from collections.abc import Sequence

from bot.smalltalk import kind
from bot.types import Author, Button, Turn
from bot.wording import fold, words_only

_LEANS_EN = re.compile(
    r"^(?:(?:ok|okay|ah|oh|hm+|alright|thanks|great)[,.! ]+)?"
    r"(?:and|but|or|also|then|so|what about|how about|what if|and if|if|same for|even|for|with|in|to|only)\b"
    r"|\b(?:it|its|that|those|these|them|they|this one|that one|the same|instead|either|otherwise)\b"
)
_LEANS_ZH = re.compile(
    r"^(?:(?:好的?|哦+|嗯+|谢谢|明白了?|知道了)[，,。 ]*)?(?:那|那么|还有|如果|要是|换成|或者|但是?|可是|万一|同样|也|另外)"
    r"|(?:呢|的话)[？?。!！]*$|(?:它|这个|那个|这款|那款|这种|这样|前面|刚才|上面)"
)
_LONGEST_LEAN = 12  # words (English) or characters over two (Chinese); longer ones stand alone
_ORDINALS = {
    0: re.compile(
        r"^(?:1|one|a|the first(?: one)?|first(?: one)?|no\.? ?1|第一个?|第1个?|一|选?1)$"
    ),
    1: re.compile(
        r"^(?:2|two|b|the second(?: one)?|second(?: one)?|no\.? ?2|第二个?|第2个?|二|选?2)$"
    ),
    2: re.compile(
        r"^(?:3|three|c|the third(?: one)?|third(?: one)?|the last(?: one)?|第三个?|第3个?|三|选?3|最后一个)$"
    ),
}
_YES = re.compile(
    r"^(?:yes|yep|yeah|yup|right|correct|exactly|that one|对|对的|是|是的|嗯|没错|就是这个|对对)$"
)
_QUESTION_END = re.compile(r"(?<=[?？])\s*|\n+")
_MOST_QUESTIONS = 3


def leans(text: str) -> bool:
    """Whether `text` may only be understood together with what was asked before."""
    folded = fold(text)
    if re.search(r"[㐀-鿿]", folded):
        return len(folded) <= 2 * _LONGEST_LEAN and bool(_LEANS_ZH.search(folded))
    return len(folded.split()) <= _LONGEST_LEAN and bool(_LEANS_EN.search(folded))


def context(history: Sequence[Turn]) -> tuple[str, frozenset[str]]:
    """The shopper's last real question, and the entries that it was answered with; ("", none)."""
    shown: set[str] = set()
    for turn in reversed(history):
        if turn.author is Author.BOT:
            shown.update(source.id for source in turn.sources)
        elif turn.author is Author.SHOPPER and turn.text.strip() and kind(turn.text) is None:
            return turn.text, frozenset(shown)
    return "", frozenset()


def pressed(text: str, choice: str | None, history: Sequence[Turn]) -> str | None:
    """The value of the button that a message presses, by a click or in words ("the second one")."""
    if choice:
        return choice
    offered = _offered(history)
    folded = words_only(fold(text))
    for place, button in enumerate(offered):
        if folded == words_only(fold(button.label)) or _ORDINALS[place].match(folded):
            return button.value
    if len(offered) == 1 and _YES.match(folded):
        return offered[0].value
    return None


def _offered(history: Sequence[Turn]) -> tuple[Button, ...]:
    """The buttons of the newest turn that the shopper did not write."""
    for turn in reversed(history):
        if turn.author is not Author.SHOPPER:
            return turn.buttons[: len(_ORDINALS)]
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


def questions(texts: Sequence[str]) -> list[str]:
    """The separate questions of a burst, in order; one element when it is a single one."""
    parts = [part.strip() for text in texts for part in _QUESTION_END.split(text) if part.strip()]
    asked = [part for part in parts if kind(part) is None]
    if 2 <= len(asked) <= _MOST_QUESTIONS and all(part[-1] in "?？" for part in asked):
        return asked
    return [" ".join(asked or parts)]
