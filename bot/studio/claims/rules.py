"""The rules of `rules.yaml`, compiled, and the names of the laws they stand on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
_WORD = re.compile(r"(?<!\?P)<([a-z_]+)>")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class Rule:
    """`claims` are what it finds, unless `fine` overlaps it or its sentence holds `fine_in`;
    `denied`: nor where it is denied just before. `laws` are names in `laws.yaml`."""

    id: str
    family: str
    laws: tuple[str, ...]
    claims: re.Pattern[str]
    fine: re.Pattern[str]
    fine_in: re.Pattern[str]
    denied: bool

    @property
    def text(self) -> str:
        """The key of the text that says why, and how to mend it."""
        return f"claims.{self.id}"


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the file."""
    data = _yaml("rules.yaml")
    words = data["words"]
    return tuple(
        Rule(
            id=each["id"],
            family=each["family"],
            laws=tuple(each["laws"]),
            claims=_compiled(each["claims"], words),
            fine=_compiled(each.get("fine", {}), words),
            fine_in=_compiled(each.get("fine_in", {}), words),
            denied=each.get("denied", False),
        )
        for each in data["rules"]
    )


@cache
def law(name: str, language: str) -> str:
    """A law as people call it."""
    return str(_laws()[name][language])


@cache
def _laws() -> Mapping[str, Mapping[str, str]]:
    return _yaml("laws.yaml")


def _compiled(of_scripts: Mapping[str, list[str]], words: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern of those of both scripts: a Chinese text may hold an English claim."""
    parts = [f"(?:{part})" for parts in of_scripts.values() for part in parts]
    if not parts:
        return _NEVER
    return re.compile("|".join(_spelled(part, words) for part in parts))


def _spelled(pattern: str, words: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: _spelled(words[found[1]], words), pattern)


def _yaml(name: str) -> dict[str, Any]:
    text = (_HERE / name).read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))
