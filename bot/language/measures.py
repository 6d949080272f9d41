"""What the labels of a catalogue's attributes mean: "seat height" and 「坐高」 are heights."""

from functools import cache

from bot.language.lexical import fold
from bot.language.wording import has_han, lexicon
from bot.types import Language


@cache
def _measures() -> dict[str, str]:
    found: dict[str, str] = {}
    measures = lexicon("products")["measures"]
    # "Size" may mean a diameter or a capacity, but those labels mean nothing wider.
    for name, measure in sorted(measures.items(), key=lambda each: each[0] == "size"):
        for label in measure["labels"]:
            found.setdefault(fold(label), name)
    return found


@cache
def measure_of(label: str) -> str:
    """The meaning of an attribute's label ("height"), the folded label if it has no other."""
    folded = fold(label)
    return _measures().get(folded, folded)


def is_measure(label: str) -> bool:
    """Whether a label means something that is known, so that it can be told from others."""
    return fold(label) in _measures()


def label_in(label: str, language: Language) -> str:
    """The label in a language, where it is the plain word for what it means; else as it is."""
    if has_han(label) == (language == "zh"):
        return label
    by_script: dict[bool, str] = {}
    for each in lexicon("products")["measures"].get(measure_of(label), {}).get("labels", ()):
        by_script.setdefault(has_han(each), each)
    is_plain = by_script.get(has_han(label)) == fold(label)
    return by_script.get(language == "zh", label) if is_plain else label
