"""One or two encoders as one: the vectors of both, side by side, as one unit vector.

The default pairs a multilingual encoder with a small English one, since on English shops both
together find more than either. The English half of a text in another language is zero: such a text
is compared by the multilingual half alone. What a model is and how it runs is `encoder.Encoder`.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from bot.language.encoder import Card, Encoder, Kind, Vectors

# How much of a cosine between two English texts is the multilingual encoder's.
SHARE = 0.4
_BETWEEN = "+"  # between the parts of a setting, a hash or a name


class Encoders:
    """Loaded encoders. Safe to share between threads."""

    def __init__(self, parts: Sequence[Encoder]) -> None:
        """One encoder that reads every text given to it, or a multilingual and an English one."""
        self.parts = tuple(parts)
        self.hash = _BETWEEN.join(part.hash for part in parts)
        self.name = _BETWEEN.join(part.card.name for part in parts)
        self.dimension = sum(part.dimension for part in parts)
        self.multilingual = parts[0].multilingual

    @classmethod
    def load(
        cls, folder: Path, hashes: str, threads: int = 1, *, quick: bool = False
    ) -> "Encoders":
        """The encoders with these `hashes` below `folder`; the rest as in `Encoder`."""
        return cls([Encoder(folder / each, threads, quick=quick) for each in hashes_of(hashes)])

    def encode(
        self,
        texts: Sequence[str],
        kind: Kind = "query",
        on_progress: Callable[[int], None] | None = None,
    ) -> Vectors:
        """Unit vectors, float32 (len(texts), dimension), in the order of `texts`."""
        first = self.parts[0].encode(texts, kind, on_progress=on_progress)
        if len(self.parts) == 1:
            return first
        second = np.zeros((len(texts), self.parts[1].dimension), dtype=np.float32)
        english = [at for at, text in enumerate(texts) if self.parts[1].knows(text)]
        if english:
            second[english] = self.parts[1].encode([texts[at] for at in english], kind)
            first[english] *= np.sqrt(SHARE)
            second[english] *= np.sqrt(1 - SHARE)
        return cast(Vectors, np.hstack([first, second]))

    @property
    def meaning_of(self) -> str:
        """The name of the encoder whose vectors heads read: of two, the one that every text has."""
        return self.parts[0].card.name

    def meaning(self, vectors: Vectors) -> Vectors:
        """That encoder's unit vectors (…, d) within vectors of all."""
        own = vectors[..., : self.parts[0].dimension]
        return cast(Vectors, own / np.linalg.norm(own, axis=-1, keepdims=True))

    def foreign(self, text: str) -> bool:
        """Whether only the multilingual encoder of two knows the language of `text`."""
        return len(self.parts) > 1 and not self.parts[-1].knows(text)

    def stretch(self, question: Vectors, passages: Vectors) -> Vectors:
        """What to multiply the cosines (n,) of a `question` (d,) to `passages` (n, d) with.

        Where only one of the two has an English half, that is in its cosine with nothing.
        """
        factors = np.ones(len(passages), dtype=np.float32)
        if len(self.parts) > 1:
            english = passages[:, -self.parts[1].dimension :].any(axis=1)
            factors[english != question[-self.parts[1].dimension :].any()] /= np.sqrt(SHARE)
        return factors


def hashes_of(hashes: str) -> list[str]:
    """The hash of each part, from `Encoders.hash`."""
    return hashes.split(_BETWEEN)


def joined(hashes: Iterable[str]) -> str:
    """`Encoders.hash` of encoders with these hashes."""
    return _BETWEEN.join(hashes)


def models_of(setting: str) -> list[str]:
    """The models that the setting names, a multilingual one first."""
    return setting.split(_BETWEEN)


def check(folder: Path, hashes: str) -> str:
    """The name of the encoders below `folder`, each file checked; `EncoderError` when damaged."""
    return _BETWEEN.join(Card.read(folder / each).name for each in hashes_of(hashes))


def installed(setting: str, is_there: Callable[[str], bool]) -> str:
    """The setting without the models that this machine cannot have, the whole setting if that is
    all of them."""
    there = [model for model in models_of(setting) if is_there(model)]
    return _BETWEEN.join(there) or setting
