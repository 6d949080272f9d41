"""Holds written sentences to their sources; `check` is where to start reading.

`facts`, `bounds` and `numbers` read money, dates, durations and numbers; `words` content, negation
and conditions; `statements` cuts; `links` and `leaks` say what no answer may carry; `rules` what is
no support, and `support` is the learned rest. Both languages throughout. It writes no answer and
stores nothing.
"""

from bot.writing.grounding.check import Grounding, Verdict
from bot.writing.grounding.evidence import Passage
from bot.writing.grounding.leaks import prompt_shingles
from bot.writing.grounding.links import known_links
from bot.writing.grounding.rules import Rejection

__all__ = ["Grounding", "Passage", "Rejection", "Verdict", "known_links", "prompt_shingles"]
