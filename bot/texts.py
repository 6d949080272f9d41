"""Every text a person sees, by key and language.

`locales/<language>/<area>.yaml` holds flat `key: text` maps; a text is asked for as "<area>.<key>".
It does not choose the language and does not escape for HTML.

`shorten` cuts any text that has to fit a line.
"""

from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "zh")
_LOCALES = Path(__file__).parent / "locales"


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


def shorten(text: str, length: int) -> str:
    """`text` on one line of at most `length` characters; where it was cut, the last one is "…"."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
