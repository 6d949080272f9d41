"""The small tokenizer cuts as the `tokenizers` library does, and no text makes a special token."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from bot.language import unigram
from bot.language.unigram import Unigram

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁return", "▁re", "turn", "t", "u", "r", "n", "e"]
PIECES += ["s", "▁item", "退", "货", "退货", "怎么", "怎", "么", "?", "V", "I", "P", "<", ">"]
SCORES = [0, 0, 0, 0, -3, -8, -6, -7, *[-5] * 6, -9, -6, -6, -8.5, -8, -7, -7, *[-4] * 6]
SPECIAL = {"begin": 0, "end": 2, "unknown": 3, "pad": 1}
TEXTS = ["return item", "returns", "怎么退货?", "  ＶＩＰ   items\n", "☃☃ return ☃", "", "么退x货"]


@pytest.fixture
def ours(tmp_path: Path) -> Unigram:
    unigram.save(tmp_path, PIECES, np.array(SCORES, dtype=np.float32), SPECIAL)
    return Unigram(tmp_path, max_length=8)


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_are_those_of_the_library(ours: Unigram, text: str) -> None:
    theirs = Tokenizer(models.Unigram(list(zip(PIECES, SCORES, strict=True)), 3, False))
    theirs.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip()])
    theirs.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    assert ours.encode(text) == [0, *theirs.encode(text).ids[:6], 2]


def test_a_special_token_that_a_shopper_types_is_plain_characters(ours: Unigram) -> None:
    assert ours.encode("<s>") == [0, 4, PIECES.index("<"), PIECES.index("s"), PIECES.index(">"), 2]


def test_a_long_text_is_cut(ours: Unigram) -> None:
    assert len(ours.encode("return item " * 5000)) == 8
    assert len(ours.encode("退货" * 5000)) == 8
