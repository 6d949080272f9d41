"""Every text a person sees, by key and language.

`locales/<language>/<area>.yaml` holds flat `key: text` maps; a text is asked for as "<area>.<key>".
It escapes nothing for HTML.

`preferred` chooses a browser's language, `shorten` cuts any text that has to fit a line.
"""

import re
from collections.abc import Mapping
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Literal

import yaml

LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")
_LOCALES = Path(__file__).parent / "locales"
_RANGE = re.compile(r"\s*(en|zh)(?:-[\w-]*)?\s*(?:;\s*q=(\d\.?\d*|\.\d+)\s*)?")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language, keyed "<area>.<key>"."""
    texts: dict[str, str] = {}
    for path in sorted((_LOCALES / language).glob("*.yaml")):
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        texts.update({f"{path.stem}.{key}": str(text) for key, text in entries.items()})
    return texts


def t(key: str, language: str, **params: object) -> str:
    """The text of `key` in `language`; `KeyError` for a key that no catalogue holds."""
    texts = catalogue(language if language in LANGUAGES else "en")
    return texts[key].format(**params) if params else texts[key]


def preferred(headers: Mapping[str, str]) -> Literal["en", "zh"]:
    """Which language a request's `Accept-Language` (RFC 9110) wants most; English for neither."""
    ranges = map(_RANGE.fullmatch, headers.get("accept-language", "").lower().split(","))
    wanted = [(float(found[2] or 1), found[1]) for found in ranges if found]
    most, language = max(wanted, key=itemgetter(0), default=(0.0, "en"))
    return "zh" if most > 0 and language == "zh" else "en"


def shorten(text: str, length: int) -> str:
    """`text` on one line of at most `length` characters; where it was cut, the last one is "…"."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
