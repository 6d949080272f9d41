"""What a message says to what was just asked: yes, no, never mind, log out.

A few words are exact (`exact.py`); everything else the head "reply" of `heads.py` tells. What is
steered, and what becomes of it, the dialogues know.
"""

import re
from typing import Literal

from bot.language import exact
from bot.language.heads import Judge, unknown
from bot.language.wording import fold

HEAD = "reply"  # its classes are yes, no, never_mind, correction and none
SURE = 0.8  # of a class
_LONGEST_STEER = 60  # characters of words that only steer a dialogue
_CLAUSE = re.compile(r"[,.;!?]+")

Steer = Literal["cancel", "yes", "no"]
_STEERS: dict[str, Steer] = {"yes": "yes", "no": "no", "never_mind": "cancel"}
# What else may be said with it.
_BESIDE = {
    "yes": {"thanks", "acknowledgement"},
    "no": {"thanks"},
    "never_mind": {"thanks", "acknowledgement", "no", "leave", "log_out"},
}


def steered(text: str, judge: Judge = unknown) -> Steer | None:
    """Whether the whole of `text` calls a dialogue off, agrees or disagrees."""
    said = exact.kinds(text)
    for kind, steer in _STEERS.items():
        if kind in said and said <= {kind, *_BESIDE[kind]}:
            return steer
    if said or not text.strip() or len(text) > _LONGEST_STEER:
        return None
    told = judge(HEAD, text)
    return next((steer for kind, steer in _STEERS.items() if told.get(kind, 0.0) >= SURE), None)


def logs_out(text: str) -> bool:
    """Whether all of `text` says that the shopper logs out, or is somebody else."""
    said = exact.kinds(text)
    return "log_out" in said and said <= {"log_out", "thanks", "never_mind"}


def called_off(text: str, judge: Judge = unknown) -> bool:
    """Whether a dialogue is called off by all of `text`, or by its last words: "no, forget it"."""
    if steered(text, judge) == "cancel":
        return True
    last = _CLAUSE.split(fold(text).strip(" .!?,;"))[-1]
    return "leave" in exact.kinds(last)
