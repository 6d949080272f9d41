"""An entry from the desk gets a file of its own, and no other file is touched."""

from pathlib import Path

import pytest

from bot.errors import ConflictError, InputError
from bot.knowledge import filed


def test_an_entry_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    assert filed.put(tmp_path, "gift-wrap", "en", "one") == "answered/gift-wrap.en.yaml"
    assert filed.put(tmp_path, "gift-wrap", "en", "one")  # the process ended just after it
    with pytest.raises(ConflictError):
        filed.put(tmp_path, "gift-wrap", "en", "two")
    filed.put(tmp_path, "gift-wrap", "zh", "三")
    names = sorted(each.name for each in (tmp_path / "answered").iterdir())
    assert names == ["gift-wrap.en.yaml", "gift-wrap.zh.yaml"]
    assert (tmp_path / "answered" / "gift-wrap.en.yaml").read_text(encoding="utf-8") == "one"


@pytest.mark.parametrize("entry_id", ["", "../x", "a/b", "a b", ".x", "x" * 81])
def test_an_id_is_no_path(tmp_path: Path, entry_id: str) -> None:
    with pytest.raises(InputError):
        filed.put(tmp_path, entry_id, "en", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        filed.put(tmp_path / "none", "a", "en", "text")
