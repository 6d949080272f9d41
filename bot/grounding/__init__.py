"""Holds written sentences to their sources; `check` is where to start reading.

`facts`, `bounds` and `numbers` read money, dates, durations and numbers; `words` content, negation
and conditions; `statements` cuts; `links` and `leaks` say what no answer may carry; `rules` what is
no support, and `support` is the learned rest. Both languages throughout. It writes no answer and
stores nothing.
"""

from bot.grounding.check import Grounding, Verdict
from bot.grounding.evidence import Passage
from bot.grounding.leaks import prompt_shingles
from bot.grounding.links import known_links
from bot.grounding.rules import Rejection

__all__ = [
    "Grounding",
    "Passage",
    "Rejection",
    "Verdict",
    "known_links",
    "prompt_shingles",
]
