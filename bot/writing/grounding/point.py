"""The point of a passage: which of its statements answer the question that it was found for.

It looks at words alone. A question often has words that the passage's title lacks: what answers it
is the statement that has most of them. Where none has any, the passage says the answer first, as
the shop's own texts do. Whether a sentence stands on the point is for `check` to say.
"""

from functools import lru_cache

from bot.writing.grounding import leaks
from bot.writing.grounding.evidence import Part, Passage, windows
from bot.writing.grounding.words import Source, content, share


@lru_cache(maxsize=512)
def point(passage: Passage, question: str) -> frozenset[str]:
    """The texts of the statements any of which is the answer; none for an empty passage."""
    stating = [part for part in _parts(passage) if not leaks.is_courtesy(part.text)]
    asked = Source(passage.title).lacks(content(question))
    worth = [share(asked, part.source) if asked else 0.0 for part in stating]
    most = max(worth, default=0.0)
    if not most:
        return frozenset(part.text for part in stating[:1])
    return frozenset(part.text for part, each in zip(stating, worth, strict=True) if each == most)


def _parts(passage: Passage) -> list[Part]:
    return [window.parts[0] for window in windows(passage) if len(window.parts) == 1]
