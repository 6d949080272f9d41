"""Does the shopper ask for a person, or wave one off?

The head "person" of `language/heads.py` tells, and a few exact phrases (`language/exact.py`) are
heard without it: a wish for a person is never missed for want of an index. A wish must be explicit:
mood is not read, and questions *about* people ("are you a bot?", "客服几点上班") are left to
retrieval.
"""

import re
from collections.abc import Iterator

from bot.language import exact
from bot.language.heads import POSSIBLE, Judge, unknown
from bot.language.steering import steered
from bot.language.wording import fold

HEAD = "person"  # its classes are wanted, declined and none
SURE = 0.5  # of a class
_SHORT = 80  # characters; in a longer text the wish stands alone in its first or its last sentence
_SENTENCE = re.compile(r"[.!?;\n。！？；]+")
_CLAUSE = re.compile(r"[,:，：、]+")
_ASKING = re.compile(r"^(?:请|麻烦|快点?|赶紧|帮我|给我|我要|我想)+")
_WITH_A_WISH = frozenset({"wanted", "greeting", "thanks"})


def wants_person(text: str, judge: Judge = unknown) -> bool:
    """Whether `text` explicitly asks to talk to a human."""
    return _reads(text, judge) is True


def may_want_person(text: str, judge: Judge = unknown) -> bool:
    """Whether `text` may well ask for one: where a model says so."""
    return any(judge(HEAD, part).get("wanted", 0.0) >= POSSIBLE for part in _parts(text))


def declines_person(text: str, judge: Judge = unknown) -> bool:
    """Whether `text` waves off a person who was just offered or queued.

    Only meaningful after such an offer: a bare "no" says it too.
    """
    verdict = _reads(text, judge)
    if verdict is not None:
        return not verdict
    return steered(text, judge) in ("no", "cancel")


def _reads(text: str, judge: Judge) -> bool | None:
    """True: a person is asked for; False: a person is expressly not wanted; None: neither."""
    declined = False
    for part in _parts(text):
        # "No, a human" is none the less a wish, and so is 「不行，麻烦给我转人工」.
        said = exact.kinds(_ASKING.sub("", _CLAUSE.split(part)[-1].strip()))
        if "wanted" in said and said <= _WITH_A_WISH:
            return True
        told = judge(HEAD, part)
        if told.get("wanted", 0.0) >= SURE:
            return True
        declined = declined or told.get("declined", 0.0) >= SURE
    return False if declined else None


def _parts(text: str) -> Iterator[str]:
    """The whole text, and the first and the last sentence of a long one."""
    yield text
    sentences = [part for part in _SENTENCE.split(text) if fold(part)]
    if len(text) > _SHORT and len(sentences) > 1:
        yield sentences[0]
        yield sentences[-1]
