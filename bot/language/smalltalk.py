"""Courtesies: messages that are nothing else, and those wrapped around a question.

The short ones are exact (`exact.py`), the head "talk" of `heads.py` tells all others. A message
with anything beside courtesy in it is not small talk: "hi, where is my order" is a question. The
replies are in `locales/*/smalltalk.yaml`, what is cut off a question in `lexicons/smalltalk.yaml`.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

from bot.language import exact
from bot.language.heads import Judge, unknown
from bot.language.wording import HAN, fold, lexicon, plain, words_only

Kind = Literal[
    "bot_identity", "goodbye", "thanks", "greeting", "acknowledgement",
    "joke", "laugh", "compliment", "nonsense",
]  # fmt: skip

_ASKING: tuple[Kind, ...] = ("bot_identity", "greeting", "joke")  # which may be a question
HEAD = "talk"  # its classes are the kinds, "chat" that a shop has no answer to, and "none"
SURE = 0.7  # of a class
_LONGEST = 120  # characters; nobody greets longer
_SAYS_OK = frozenset({"yes", "no", "never_mind", "leave"})  # to nothing that was asked
_EXACT = frozenset(get_args(Kind)) | _SAYS_OK
_FRIENDLY = frozenset("👍👌🙏😊🙂😀😃😄😁😍🥰😘🤗👏💪✅✔🆗❤💕💖💗♥🌹🎉😂🤣😉☺😌🫡🤝💯✨⭐")
_WAVING = frozenset("👋🙋")
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_APART = r"[\s,.!:;~、。…\-–—]"  # between a courtesy and what it stands beside
_PUNCTUATION = frozenset("?!.,;:…。、")
_DIGIT = re.compile(r"\d")
# The form of a question, with or without its mark: "can you do tomorrow" is no goodbye.
_QUESTION = re.compile(
    r"\?$|(?:吗|呢|嘛|(?<!么)么)[.!~。]*$"
    r"|^(?:(?:and|but|so|ok|okay|then|oh|well|hi|hey),? ){0,3}"
    r"(?:(?:can|could|do|does|did|is|are|was|were|will|would|should|may|have|has|had)(?:n't)?"
    r" (?:i|you|u|he|she|it|we|they|this|that|these|those|there|the|an?|my|your|any)\b"
    r"|(?:when|where|who|whose|which|why)\b(?! i\b)|what\b(?! an?\b)"
    r"|how (?:do|does|did|can|could|is|are|will|would|should|to|long|much|many|about|often|soon)\b)"
)


def kind(text: str, judge: Judge = unknown) -> Kind | None:
    """What sort of small talk the whole of `text` is, or None when it is more than that.

    Of several ("hi, are you a bot?", "ok thanks, bye") the one that most needs its own answer.
    """
    folded = fold(text[: 2 * _LONGEST])
    if not folded or len(folded) > _LONGEST:
        return None
    if not words_only(folded):
        return _kind_of_signs(folded)
    if said := _courteous(text):
        return next((each for each in get_args(Kind) if each in said), "acknowledgement")
    if _DIGIT.search(folded):
        return None  # a number says something
    told = judge(HEAD, text)
    kinds = _ASKING if _QUESTION.search(folded) else get_args(Kind)
    return next((each for each in kinds if told.get(each, 0.0) >= SURE), None)


def _courteous(text: str) -> frozenset[str]:
    """The kinds of the exact courtesies that all of `text` is made of."""
    said = exact.kinds(text)
    return said if said <= _EXACT else frozenset()


def _kind_of_signs(folded: str) -> Kind | None:
    signs = set(_TONES.sub("", folded)) - set(" !~.,")
    if signs and signs <= _FRIENDLY:
        return "acknowledgement"
    if signs and signs <= _FRIENDLY | _WAVING:
        return "greeting"
    return "nonsense" if set(folded) <= _PUNCTUATION else None


def strip_pleasantries(text: str) -> str:
    """`text` without the courtesies before and after; `text` itself when nothing else is left."""
    cleaned = plain(text)
    if len(cleaned.lower()) != len(cleaned):
        return text  # a letter such as "İ" would shift what is cut off
    before, behind = _courtesies()
    lead = before.match(cleaned.lower())
    rest = cleaned[lead.end() :] if lead else cleaned
    trail = behind.search(rest.lower())
    rest = (rest[: trail.start()] if trail else rest).strip(" ,;:~、")
    return rest if words_only(rest) and not _courteous(rest) else text


@cache
def _courtesies() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds courtesies before a question, and behind it."""
    data = lexicon("smalltalk")
    greeting = f"{_any(data['greeting'])}(?: {_any(data['greeted'])})*"
    thanks = f"{_any(data['thanks'])}(?: ?{_any(data['thanked'])})*"
    lead = f"(?!{_any(data['no_greeting'])})(?:{greeting}|{thanks}|{_any(data['preface'])})"
    lead += rf"(?![a-z0-9'\-]| {_any(data['things'])})"
    trail = f"(?:{thanks}|{_any(data['goodbye'])}|{_any(data['hurry'])})(?![a-z0-9'])"
    apart = rf"(?<!{_APART})(?:{_APART})++|(?<=[?!.。])|(?<={HAN})"
    return (
        re.compile(rf"^(?>(?:{lead}(?>(?:{_APART}|[?\u2764])*))+)"),
        re.compile(rf"(?:{apart})(?>(?:{trail}(?:{_APART})*+)+)$"),
    )


def _any(phrases: Sequence[str]) -> str:
    """A pattern of any of the phrases, whose last letter may be said again."""
    longest = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(f"{re.escape(each)}{re.escape(each[-1])}*" for each in longest) + ")"
