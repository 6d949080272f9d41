"""Heads: the shipped ones belong to their examples; a damaged file is refused."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.errors import EncoderError, InputError
from bot.language import examples, heads, ngrams, teaching
from bot.language.embedder import ENGLISH_MODEL, MULTILINGUAL_MODEL
from bot.language.examples import Example
from bot.language.heads import Encode, Head, neutral
from bot.language.regression import Floats
from tests.support.tiny import flip_a_bit

WEIGHTS = np.zeros((2 + ngrams.SIZE + 1, 2), dtype=np.float32)
WEIGHTS[:2] = [[4.0, -4.0], [-4.0, 4.0]]
HEAD = Head(("yes", "no"), WEIGHTS)
EVEN = np.full(384, 384**-0.5, dtype=np.float32)
RIGHT, UP = np.array([1.0, 0.0], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32)


def always(vector: Floats) -> Encode:
    """An encoder to which all texts are the same."""
    return lambda texts: np.vstack([vector for _ in texts])


@pytest.mark.parametrize("encoder", [ENGLISH_MODEL, MULTILINGUAL_MODEL])
def test_the_shipped_heads_were_fitted_on_the_shipped_examples(encoder: str) -> None:
    fitted, taught = heads.load(encoder), examples.read()
    assert set(fitted) == set(taught)
    card = json.loads((heads.folder_of(encoder) / heads.CARD).read_text(encoding="utf-8"))
    for name, head in fitted.items():
        assert set(head.labels) == {example.label for example in taught[name]}
        assert card[name]["examples"] == len(taught[name])
        assert card[name]["calibration_error"] < 0.08
        assert sum(head.read("hello", always(EVEN)).values()) == pytest.approx(1)


def test_an_encoder_that_nobody_fitted_them_for_has_none() -> None:
    assert heads.load("intfloat/multilingual-e5-large") == {}


def test_what_is_saved_is_loaded_again_unless_a_bit_is_wrong(tmp_path: Path) -> None:
    folder = heads.save("wheel:some", {"sure": HEAD}, {"sure": {"accuracy": 0.9}}, tmp_path)
    assert heads.load("wheel:some", tmp_path)["sure"].read("", always(RIGHT))["yes"] > 0.99
    flip_a_bit(folder / "sure.npy")
    heads.load.cache_clear()
    with pytest.raises(EncoderError) as refused:
        heads.load("wheel:some", tmp_path)
    assert "sure.npy" in refused.value.message("en")


def test_each_class_counts_the_same_however_many_examples_it_has() -> None:
    taught = [Example("right", "yes")] * 40 + [Example("up", "no")] * 4
    learned = teaching.teach(
        taught, lambda texts: np.vstack([RIGHT if text == "right" else UP for text in texts])
    )
    between = np.array([0.5**0.5, 0.5**0.5], dtype=np.float32)
    assert learned.accuracy == 1.0
    assert learned.head.read("", always(between))["yes"] == pytest.approx(0.5, abs=0.05)


def test_what_is_none_of_its_classes_is_likelier_than_any_of_them() -> None:
    """A message that says nothing, between the two: most messages are none."""
    taught = [Example("right", "wish")] * 20 + [Example("up", examples.NONE)] * 20
    learned = teaching.teach(
        taught, lambda texts: np.vstack([RIGHT if text == "right" else UP for text in texts])
    )
    between = np.array([0.5**0.5, 0.5**0.5], dtype=np.float32)
    assert learned.head.read("", always(between))[examples.NONE] > 0.6


def test_words_tell_where_vectors_are_the_same() -> None:
    taught = [Example(f"cancel order {n}", "wish") for n in range(20)]
    taught += [Example(f"don't cancel order {n}", examples.NONE) for n in range(20)]
    learned = teaching.teach(taught, always(RIGHT))
    assert learned.head.read("please cancel order 77", always(RIGHT))["wish"] > 0.5
    assert learned.head.read("please don't cancel order 77", always(RIGHT))["wish"] < 0.2


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("order KC-50011", "order 100"),
        ("Order #W2001, kim@example.be!", "Order 100, name@example.com!"),
        ("订单20431改送到公司", "订单100改送到公司"),
        ("refund $1,299.50 please", "refund $100 please"),
        ("call +32 470 12 34 56", "call 100"),
        ("it came on 2024-05-06 at 3pm", "it came on 100 at 100"),
        ("two please", "two please"),
    ],
)
def test_any_number_or_address_stands_for_all_others(text: str, read: str) -> None:
    assert neutral(text) == read


def test_digits_and_prefixes_never_decide() -> None:
    """Even to an encoder that tells every text from every other."""

    def encode(texts: Sequence[str]) -> Floats:
        return np.vstack([RIGHT if "100" in text else UP for text in texts])

    taught = [Example("cancel order 4512", "wish"), Example("order 77", examples.NONE)] * 10
    head = teaching.teach(taught, encode).head
    told = [head.read(f"order {number}", encode) for number in ("KC-50011", "JT-1", "#9", "W2001")]
    assert all(each == told[0] for each in told)


def test_an_example_of_one_head_may_be_none_for_another(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "head: [talk, want]\nnone_for: [person]\nsource: us\nlicence: MIT\n"
        "examples: {hello: hi, none: a human}\n",
        encoding="utf-8",
    )
    read = examples.read(tmp_path)
    assert read["talk"] == read["want"] == [Example("hi", "hello"), Example("a human", "none")]
    assert read["person"] == [Example("hi", "none")]


def test_how_sure_a_head_is_is_learned_from_what_it_gets_wrong() -> None:
    """Two classes that cannot be told apart: neither is likelier than the other."""
    rng = np.random.default_rng(1)
    taught = [Example(str(n), ("yes", "no")[n % 2]) for n in range(200)]
    learned = teaching.teach(
        taught, lambda texts: rng.normal(size=(len(texts), 8)).astype(np.float32)
    )
    assert learned.calibration_error < 0.15


def test_every_file_of_examples_names_its_source_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("head: mood\nexamples: {angry: argh}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        examples.read(tmp_path)
    assert "a.yaml" in refused.value.message("en")
    assert "source" in refused.value.message("en")
