"""Which known word was meant by one with a slip of the finger. What is known, and how many slips
are believed, its callers say."""

from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA


def nearest(word: str, known: Collection[str], *, slips: int) -> tuple[str, int] | None:
    """The known word at most `slips` away, and how far it is; None for none.

    A slip seldom hits the first letter, and a wrong first letter makes another word. Of words
    equally near, the longest (letters are left out more often than added), then the alphabet
    decides: a set's own order is another in every process.
    """
    near = process.extract(word, known, scorer=OSA.distance, score_cutoff=slips, limit=None)
    best = min(
        near,
        key=lambda each: (each[1], each[0][0] != word[0], -len(each[0]), each[0]),
        default=None,
    )
    return (str(best[0]), int(best[1])) if best and best[0][0] == word[0] else None
