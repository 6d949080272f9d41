"""One encoder, or a multilingual and an English one side by side: which reads which question.

Of two, the English one reads what is English: it is better at that and faster. The other reads
everything else. What a model is and how it runs is `encoder.Encoder`.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bot.language.encoder import Card, Encoder
from bot.language.foreign import language_of
from bot.language.wording import has_han

_BETWEEN = "+"  # between the parts of a setting, a hash or a name


def load(
    folder: Path, hashes: str, threads: int = 1, *, quick: bool = False
) -> tuple[Encoder, ...]:
    """The encoders with these `hashes` below `folder`, in the setting's order: the English one of
    two comes last. The rest as in `Encoder`."""
    return tuple(Encoder(folder / each, threads, quick=quick) for each in hashes_of(hashes))


def reader(encoders: Sequence[Encoder], text: str) -> int:
    """Which of the encoders reads a question, as its place among them."""
    english = not has_han(text) and not language_of(text) and encoders[-1].knows(text)
    return len(encoders) - 1 if english else 0


def hash_of(encoders: Sequence[Encoder]) -> str:
    """Stands for all of them, in their order."""
    return joined(each.hash for each in encoders)


def hashes_of(hashes: str) -> list[str]:
    """The hash of each encoder, from `hash_of`."""
    return hashes.split(_BETWEEN)


def joined(names: Iterable[str]) -> str:
    """The hashes or the names of encoders as one."""
    return _BETWEEN.join(names)


def models_of(setting: str) -> list[str]:
    """The models that the setting names, a multilingual one first."""
    return setting.split(_BETWEEN)


def check(folder: Path, hashes: str) -> str:
    """The name of the encoders below `folder`, each file checked; `EncoderError` when damaged."""
    return joined(Card.read(folder / each).name for each in hashes_of(hashes))


def installed(setting: str, is_there: Callable[[str], bool]) -> str:
    """The setting without the models that this machine cannot have, the whole setting if that is
    all of them."""
    there = [model for model in models_of(setting) if is_there(model)]
    return joined(there) or setting
