"""Courtesies: messages that are nothing else, and those wrapped around a question.

The words are in `lexicons/smalltalk.yaml`. A message with anything beside courtesy in it is not
small talk: "hi, where is my order" is a question. The replies are in `locales/*/smalltalk.yaml`.
"""

import re
from functools import cache
from typing import Literal, get_args

from bot.language.wording import fold, lexicon, plain, rule, words_only

Kind = Literal["bot_identity", "goodbye", "thanks", "greeting", "acknowledgement"]

# Pieces that say the same but only where nothing else is said.
_ALSO = {"greeting": "hailing", "thanks": "praise", "goodbye": "parting"}
_LONGEST = 120  # characters; nobody greets longer, and matching stays quick
_FRIENDLY = frozenset("👍👌🙏😊🙂😀😃😄😁😍🥰😘🤗👏💪✅✔🆗❤💕💖💗♥🌹🎉😂🤣😉☺😌🫡🤝💯✨⭐")
_WAVING = frozenset("👋🙋")
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")


@cache
def _pieces() -> re.Pattern[str]:
    """Every courtesy as a group named by its kind; the kind that answers best comes first."""
    words = lexicon("smalltalk")["words"]
    groups = []
    for each in get_args(Kind):
        phrases = sorted(words[each] + words.get(_ALSO.get(each), []), key=len, reverse=True)
        groups.append(f"(?P<{each}>{'|'.join(phrases)})")
    return re.compile(f"(?:{'|'.join(groups)}|{'|'.join(words['filler'])})(?![a-z0-9'])")


def kind(text: str) -> Kind | None:
    """What sort of small talk the whole of `text` is, or None when it is more than that.

    Of several ("hi, are you a bot?", "ok thanks, bye") the one that most needs its own answer.
    """
    folded = fold(text)
    if not folded or len(folded) > _LONGEST:
        return None
    words = words_only(folded)
    if not words:
        return _kind_of_emoji(folded)
    if not rule("smalltalk", "whole").fullmatch(words):
        return None
    found = {match.lastgroup for match in _pieces().finditer(words)}
    return next((each for each in get_args(Kind) if each in found), None)


def _kind_of_emoji(folded: str) -> Kind | None:
    signs = set(_TONES.sub("", folded)) - set(" !~.,")
    if signs and signs <= _FRIENDLY:
        return "acknowledgement"
    if signs and signs <= _FRIENDLY | _WAVING:
        return "greeting"
    return None


def strip_pleasantries(text: str) -> str:
    """`text` without the courtesies before and after; `text` itself when nothing else is left."""
    cleaned = plain(text)
    if len(cleaned.lower()) != len(cleaned):
        return text  # a letter such as "İ" would shift what is cut off
    lead = rule("smalltalk", "lead").match(cleaned.lower())
    rest = cleaned[lead.end() :] if lead else cleaned
    trail = rule("smalltalk", "trail").search(rest.lower())
    rest = (rest[: trail.start()] if trail else rest).strip(" ,;:~、")
    return rest if words_only(rest) and kind(rest) is None else text
