"""The last layers that search has tuned: a second vector from the same run, and no damaged file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.errors import EncoderError
from bot.language import embedder, tuned
from bot.language.embedder import ENGLISH_MODEL
from bot.language.encoder import Encoder
from bot.language.exports import export
from bot.language.heads import folder_of
from tests.support.tiny import flip_a_bit

TEXTS = ["my parcel came crushed", "How long may I think it over?", "gift cards"]


def write_factors(fitted: Path) -> None:
    """Changes of each of the last layers' feed-forward matrices, as tuning makes them."""
    import torch

    torch.manual_seed(1)
    found: dict[str, torch.Tensor] = {}
    for layer in range(2):
        down, up = torch.randn(4, 384) / 8, torch.randn(1536, 4) / 8
        found |= tuned.factors(f"{layer}.intermediate.dense.weight", down, up)
    tuned.save(ENGLISH_MODEL, found, {"shops": 0}, fitted)


def test_search_has_a_vector_of_its_own_and_the_other_stays(tmp_path: Path) -> None:
    write_factors(tmp_path / "fitted")
    folder = tmp_path / "encoder"
    folder.mkdir()
    embedder.write(ENGLISH_MODEL, "0123", folder, tmp_path / "fitted")  # holds both to torch's
    plain = Encoder(export(ENGLISH_MODEL, tmp_path / "encoders").folder)
    for quick in (False, True):
        own, search = Encoder(folder, quick=quick).encode_twice(TEXTS)
        assert np.sum(own * plain.encode(TEXTS), axis=1).min() > 0.96
        assert np.sum(own * search, axis=1).max() < 0.96
        np.testing.assert_allclose(np.linalg.norm(search, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("damage", [flip_a_bit, Path.unlink])
def test_a_damaged_file_is_named(damage: Callable[[Path], None], tmp_path: Path) -> None:
    write_factors(tmp_path)
    assert tuned.read(ENGLISH_MODEL, tmp_path)
    damage(folder_of(ENGLISH_MODEL, tmp_path) / tuned.FILE)
    with pytest.raises(EncoderError) as refused:
        tuned.read(ENGLISH_MODEL, tmp_path)
    assert tuned.FILE in refused.value.message("en")


def test_an_encoder_that_nothing_was_tuned_of_has_none(tmp_path: Path) -> None:
    assert tuned.read("some/hub-model", tmp_path) == b""
