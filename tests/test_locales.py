"""Every text exists in both languages, with the same placeholders, and is the one asked for."""

import ast
import re
import string
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from bot.texts import LANGUAGES, catalogue, t
from tests.support.paths import BOT

LOCALES = BOT / "locales"
FILES = sorted(LOCALES.glob("*/*.yaml"))
# Half-width punctuation right after or before a Chinese character looks like a mistake to a reader.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;?!()][\u4e00-\u9fff]")
LITERAL = re.compile(r"“[^”]*”|\w+://\S+")  # what is to be typed is typed like that
KEY = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def keys_in_code() -> Iterator[tuple[str, str]]:
    """String constants that look like a text's key and whose area exists: (file, key)."""
    areas = {path.stem for path in FILES}
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                asks = name == "t" or name.endswith("Error") or name in ("Refused", "Problem")
                for argument in [*node.args[:3]] if asks else []:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        key = argument.value
                        if KEY.fullmatch(key) and key.split(".")[0] in areas:
                            yield path.relative_to(BOT).as_posix(), key


def test_both_languages_hold_the_same_keys() -> None:
    english, chinese = (set(catalogue(language)) for language in LANGUAGES)
    assert english - chinese == set(), "only in English"
    assert chinese - english == set(), "only in Chinese"


def test_both_languages_take_the_same_placeholders() -> None:
    english, chinese = map(catalogue, LANGUAGES)
    different = [
        key
        for key in english.keys() & chinese.keys()
        if placeholders(english[key]) != placeholders(chinese[key])
    ]
    assert different == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_locale_file_is_flat_and_says_each_key_once(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = yaml.safe_load(text)
    assert all(isinstance(value, str) and value.strip() for value in entries.values())
    lines = re.findall(r"^([a-z0-9_]+):", text, re.MULTILINE)
    assert [first for first, second in pairwise(sorted(lines)) if first == second] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent.name == "zh"], ids=lambda path: path.name
)
def test_chinese_reads_like_chinese(path: Path) -> None:
    texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    bad = {key: text for key, text in texts.items() if HALF_WIDTH.search(LITERAL.sub("", text))}
    assert bad == {}, "half-width punctuation beside Chinese characters"
    polite = {key: text for key, text in texts.items() if "你" in text}
    assert polite == {}, "您, not 你"


def test_every_key_that_the_code_asks_for_exists() -> None:
    missing = sorted({(file, key) for file, key in keys_in_code() if key not in catalogue("en")})
    assert missing == []


def test_unknown_language_gets_english() -> None:
    assert t("ops.no_index", "de") == t("ops.no_index", "en")
