"""A text in its own sentences: those that say most of what it is about, in their order."""

from bot.language.lexical import tokens
from bot.language.sentences import sentences
from bot.studio.texts.keywords import Background, keywords

_ABOUT = 12  # phrases that tell what a text is about
_EARLY = 0.3  # how much more the first sentence counts than the last


def summary(text: str, others: Background, most: int = 2) -> str:
    """At most so many of its sentences."""
    every = [each.strip() for each in sentences(text)]
    if len(every) <= most:
        return text.strip()
    about = [set(tokens(each)) for each in keywords(text, others, _ABOUT)]
    weights = [1 / (rank + 1) for rank in range(len(about))]
    chosen: list[int] = []
    covered: set[int] = set()
    while len(chosen) < most:
        scores = {
            at: sum(weights[n] for n in _names(each, about) - covered)
            * (1 + _EARLY * (1 - at / len(every)))
            for at, each in enumerate(every)
            if at not in chosen
        }
        best = max(scores, key=lambda at: (scores[at], -at))
        chosen.append(best)
        covered |= _names(every[best], about)
    joint = "" if not text.isascii() and all("。" in every[at] for at in chosen) else " "
    return joint.join(every[at] for at in sorted(chosen))


def _names(sentence: str, about: list[set[str]]) -> set[int]:
    """Which of the phrases it names."""
    has = set(tokens(sentence))
    return {number for number, words in enumerate(about) if words and words <= has}
