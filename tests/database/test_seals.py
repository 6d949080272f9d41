"""A sealed file is read as it was written, or not at all."""

from pathlib import Path

import pytest

from bot.database import seals


def test_a_flipped_bit_is_noticed_and_an_unsealed_file_read(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    path.write_text("old", encoding="utf-8")
    assert seals.read(path) == b"old"
    seals.write(path, "new")
    assert seals.read(path) == b"new"
    path.write_text("old", encoding="utf-8")  # a kill between the digest and the file
    assert seals.read(path) == b"old"
    path.write_text("nex", encoding="utf-8")
    with pytest.raises(ValueError, match=r"card\.json"):
        seals.read(path)
