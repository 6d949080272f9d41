"""An item's attributes, each with the frames that say it in one language.

It knows what a value looks like (a list, an amount, a yes), and nothing of sentences.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.language.measures import measure_of
from bot.language.wording import fold, has_han, lexicon
from bot.studio.item import Item
from bot.types import Language

_FOLDER = Path(__file__).parent
_PIECES = re.compile(r"[,，、;；](?!\d{3}\b)")
_SIGNS = re.compile(r"[%×/]")
_DONE = re.compile(r"[a-z]{3,}ed")  # "oiled", which is no second material
_LONG = 64  # characters of a value that gets a sentence of its own
_DIGIT = re.compile(r"\d")
_YES = frozenset({"yes", "true", "是", "有", "可以", "支持"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Fact:
    """One attribute. `measure` names its frames; `shown` is the value as it is told; `group` is its
    place in the order of telling; `flag` is "yes" or "no" for a value that is one."""

    label: str
    value: str
    measure: str
    shown: str
    group: int
    rank: int
    frames: Mapping[str, Any]
    flag: str = ""

    @property
    def long(self) -> bool:
        """Whether the value is too much to share a sentence."""
        return len(self.shown) > _LONG or ";" in self.shown or "；" in self.shown

    @property
    def name(self) -> str:
        """The label as it stands within a sentence."""
        if self.label.isupper() or has_han(self.label):
            return self.label
        return _CAMEL.sub(" ", self.label[:1].lower() + self.label[1:]).lower()

    def ways(self, form: str) -> Sequence[str]:
        """The frames of one form, filled with the value except for the article; none where the
        attribute is not said in that form."""
        if self.flag and form == "vp":
            return self._filled(self.frames.get(self.flag, ()))
        if self.flag and form != "bullet" and not (form == "adj" and self.flag == "yes"):
            return ()
        frames = self.frames
        if "amount" in frames and _DIGIT.search(self.value):
            frames = {**frames["amount"], "bullet": frames["bullet"]}
        found = frames.get(form, ())
        return self._filled([found] if isinstance(found, str) else found)

    def _filled(self, frames: Sequence[str]) -> list[str]:
        values = self.frames.get("values", {}).get(fold(self.value), [self.shown])
        shown = self.shown
        return [
            frame.replace("{v}", shown)
            .replace("{V}", shown[:1].upper() + shown[1:])
            .replace("{0}", values[0])
            .replace("{1}", values[-1])
            .replace("{l}", self.name)
            .replace("{L}", self.name[:1].upper() + self.name[1:])
            for frame in frames
            if "{0}" not in frame or len(values) > 1
        ]


@cache
def frames_of(language: Language) -> dict[str, Any]:
    """The frames of a language, as its file has them."""
    text = (_FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def _places(language: Language) -> dict[str, tuple[int, int]]:
    groups = frames_of(language)["order"]
    found: dict[str, tuple[int, int]] = {}
    for at, group in enumerate(groups):
        for rank, measure in enumerate(group):
            found[measure] = (at, rank)
    return found


def facts_of(item: Item) -> list[Fact]:
    """The attributes of an item in the order of telling."""
    found = [fact_of(label, value, item.language) for label, value in item.attributes if value]
    flags = {(fact.label, fact.flag) for fact in found if fact.flag}
    # Of a label that says both yes and no nothing is known.
    found = [each for each in found if not {(each.label, "yes"), (each.label, "no")} <= flags]
    return sorted(found, key=lambda fact: (fact.group, fact.rank))


def fact_of(label: str, value: str, language: Language) -> Fact:
    """One attribute with its frames."""
    data = frames_of(language)
    measure = _measure(label, value, data)
    known = data["measures"].get(measure)
    flag = flag_of(value)
    if flag and (known is None or flag not in known):
        flag = flag if known is None else ""
    group, rank = _places(language).get(measure, (len(data["order"]) - 3, 99))
    frames = known if known is not None else _other(label, data["other"], flag)
    joined = frames.get("list", False)
    shown = _bracketed(value) if language == "zh" else _listed(value, joined=joined)
    return Fact(label, value, measure, shown, group, rank, frames, flag)


def _measure(label: str, value: str, data: Mapping[str, Any]) -> str:
    folded = fold(label)
    measure = folded if folded in data["measures"] else measure_of(label)
    for each in data["refine"]:
        fits = each["measure"] == measure_of(label) and measure == measure_of(label)
        fits = fits and re.search(each.get("value", ""), value) is not None
        if fits and re.search(each.get("label", ""), folded):
            return str(each["as"])
    return measure


def flag_of(value: str) -> str:
    """ "yes" or "no" for a value that is one, however it says so; "" for any other."""
    folded = fold(value)
    if folded in lexicon("products")["none"]:
        return "no"
    return "yes" if folded in _YES else ""


def _other(label: str, other: Mapping[str, Any], flag: str) -> Mapping[str, Any]:
    """The frames of a label that has none of its own."""
    if flag and "adjective" in other and re.search(other["adjective"], fold(label)):
        return {flag: other[f"adjective_{flag}"], "bullet": other["bullet"]}
    if flag:
        return {flag: other[flag], "bullet": other["bullet"]}
    last = fold(label).split()[-1:] or [""]
    several = last[0].endswith("s") and not last[0].endswith(("ss", "us", "is"))
    clause = other["several"] if several and "several" in other else other.get("clause", ())
    return {"clause": clause, "vp": other.get("vp", ()), "bullet": other["bullet"]}


def _listed(value: str, *, joined: bool | str) -> str:
    """ "blue, black, steel" → "blue, black and steel" where it is `joined`; what only adds to the
    first stands in brackets: "100% linen (170 g/m²)". Other values stay as they are."""
    value = value.strip().rstrip(".")
    found = pieces(value)
    if len(found) < 2 or ";" in value or "(" in value or any(len(e.split()) > 5 for e in found):
        return value
    if joined and " and " not in value and (joined == "always" or _alike(found)):
        return f"{', '.join(found[:-1])} and {found[-1]}"
    done = joined and _DONE.fullmatch(found[1])
    if len(found) == 2 and (_DIGIT.search(found[1]) or done):
        return f"{found[0]} ({found[1]})"
    return value


def _alike(found: Sequence[str]) -> bool:
    """Whether the parts of a list are things of one kind, and not one with a word on it."""
    if _DONE.fullmatch(found[-1]):
        return False
    counted = [each for each in found if _DIGIT.search(each)]
    return not counted or (len(counted) == len(found) and _kin(found))


def _kin(found: Sequence[str]) -> bool:
    signs = [frozenset(_SIGNS.findall(each)) for each in found]
    words = {frozenset(re.findall(r"[A-Za-z]{2,}", each)) for each in found[:-1]}
    if all(signs) and len(set(signs)) == 1:
        return True
    return len(words) == 1 and not next(iter(words))


def _bracketed(value: str) -> str:
    """A Chinese value whose comma would end its clause: 「莱赛尔纤维（250 克/平方米）」."""
    first, comma, rest = value.strip().rstrip("。").partition("，")
    if not comma or "；" in value or "（" in value:
        return value.strip().rstrip("。")
    return f"{first}（{rest.replace('，', '、')}）"


def pieces(value: str) -> list[str]:
    """The single values of a list, as an attribute has them."""
    return [each.strip() for each in _PIECES.split(value.strip(" .。")) if each.strip()]
