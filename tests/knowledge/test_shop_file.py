"""`shop.yaml` is changed field by field; what is not changed stays as it was written."""

from pathlib import Path

import pytest

from bot.errors import InputError
from bot.knowledge import shop_file
from tests.support.paths import ROOT

TEXT = """# Ours.
greeting:
  en: "Hello"   # short
  zh: 您好
# What to begin with
starters:
- Where is it?
tone: calm
"""


def test_only_what_is_other_is_written_anew() -> None:
    changed = shop_file.changed(TEXT, {"tone": "warm", "greeting": {"en": "Hello", "zh": "您好"}})
    assert changed == TEXT.replace("tone: calm", "tone: warm")


def test_fields_are_added_and_taken_away() -> None:
    added = shop_file.changed(TEXT, {"shop_name": "A & B: 店"})
    assert added.startswith(TEXT)
    assert added.endswith("shop_name: 'A & B: 店'\n")
    assert shop_file.changed(added, {"shop_name": ""}) == TEXT
    assert shop_file.changed("tone: x", {"hours": "mon 9-10"}) == "tone: x\nhours: mon 9-10\n"
    assert shop_file.changed("", {"tone": "x"}) == "tone: x\n"
    assert shop_file.changed(TEXT, {"starters": []}).count("starters") == 0
    listed = shop_file.changed(TEXT, {"starters": {"en": ["What?"]}})
    assert "- Where is it?" not in listed
    assert "# What to begin with" in listed


def test_the_demo_shops_file_is_left_as_it_is(tmp_path: Path) -> None:
    text = (ROOT / "knowledge" / "shop.yaml").read_text(encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    read, known = shop_file.read(tmp_path)
    assert (read, set(known)) == (text, {"greeting", "starters", "tone"})
    assert shop_file.changed(text, known) == text  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2", "&a [*a, *a]", "\xff"])
def test_what_is_no_map_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError):
        shop_file.read(tmp_path)


def test_a_shop_without_a_file_has_no_fields(tmp_path: Path) -> None:
    assert shop_file.read(tmp_path) == ("", {})
