"""Two encoders as one: halves side by side, and what a text in another language gets."""

from pathlib import Path

import numpy as np
import pytest

from bot.language import encoders
from bot.language.embedder import ENGLISH_MODEL
from bot.language.encoders import SHARE, Encoders
from bot.language.exports import export, export_all
from tests.support.tiny import make_model

ENGLISH = ["return the parcel", "order a gift card"]
CHINESE = "怎么退货"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two exported models; the words of other languages are unknown to both."""
    models = tmp_path_factory.mktemp("models")
    exported = tmp_path_factory.mktemp("encoders")
    names = [make_model(models / name, dimension=size) for name, size in (("a", 16), ("b", 8))]
    hashes = export_all("+".join(names), exported)
    (exported / "hashes").write_text(hashes)
    return exported


@pytest.fixture(scope="module")
def both(folder: Path) -> Encoders:
    return Encoders.load(folder, (folder / "hashes").read_text())


def test_an_english_text_has_both_halves(both: Encoders) -> None:
    first, second = (part.encode(ENGLISH) for part in both.parts)
    found = both.encode(ENGLISH)
    assert found.shape == (2, both.dimension) == (2, 24)
    np.testing.assert_allclose(found[:, :16], first * np.sqrt(SHARE), atol=1e-5)
    np.testing.assert_allclose(found[:, 16:], second * np.sqrt(1 - SHARE), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_another_language_has_the_first_half_alone(both: Encoders) -> None:
    english, chinese = both.encode([ENGLISH[0], CHINESE])
    assert not chinese[16:].any()
    np.testing.assert_allclose(np.linalg.norm(chinese), 1, atol=1e-5)
    # Compared by what both have: as if there were no English encoder.
    first = both.parts[0].encode([ENGLISH[0], CHINESE])
    factor = both.stretch(chinese, np.array([english]))
    np.testing.assert_allclose(english @ chinese * factor[0], first[0] @ first[1], atol=1e-5)
    assert both.stretch(english, np.array([english])) == 1


def test_one_encoder_is_what_it_is_alone(folder: Path, both: Encoders) -> None:
    alone = Encoders.load(folder, encoders.hashes_of(both.hash)[0])
    np.testing.assert_array_equal(alone.encode(ENGLISH), both.parts[0].encode(ENGLISH))
    assert alone.hash == both.parts[0].hash
    assert alone.stretch(alone.encode(ENGLISH)[0], alone.encode(ENGLISH)).tolist() == [1, 1]


def test_a_model_that_this_machine_lacks_is_left_out(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny")
    hashes = export_all(f"wheel:no-such-model+{model}", tmp_path / "encoders")
    assert hashes == export(model, tmp_path / "encoders").card.hash
    assert encoders.installed("wheel:a+wheel:b", lambda _: False) == "wheel:a+wheel:b"


def test_what_the_english_encoder_knows(tmp_path: Path) -> None:
    english = Encoders.load(tmp_path, export_all(ENGLISH_MODEL, tmp_path))
    for text in ("How can I return an item?", "EMI", "refnd pls", "iPhone case"):
        assert english.parts[0].knows(text), text
    for text in (
        "怎么退货",
        "Wie kann ich einen Artikel zurückschicken?",
        "주문을 취소하고 싶어요",
    ):
        assert not english.parts[0].knows(text), text
