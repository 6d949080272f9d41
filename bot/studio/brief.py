"""What a text is for: its kind, tone, length and place, and what a campaign or a reply needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from bot.errors import InputError

Kind = Literal[
    "description", "short", "bullets", "title", "ad", "social", "email", "faq", "reply", "campaign"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
Tone = Literal["plain", "warm", "lively", "formal"]
TONES: tuple[Tone, ...] = get_args(Tone)
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Voice:
    """How the shop speaks: its tone, words that it likes in place of others, words that it avoids,
    and texts of its own that show how. `sentence` is its own sentence on its tone, for a model."""

    tone: Tone = "plain"
    use: Mapping[str, str] = field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    sentence: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Brief:
    """The order for one text. `platform` is a name of `limits.yaml`; `longest` characters hold in
    its place; `start` and `end` are a campaign's days, `budget` an amount of the shop's currency;
    `review` and `stars` are what is replied to. `rejected` are reasons why earlier drafts were not
    taken, which this one avoids; `attempt` tells drafts of one product apart."""

    kind: Kind = "description"
    tone: Tone = "plain"
    platform: str = ""
    longest: int = 0
    goal: str = ""
    audience: str = ""
    occasion: str = ""
    budget: int = 0
    start: date | None = None
    end: date | None = None
    review: str = ""
    stars: int = 0
    shop: str = ""
    rejected: tuple[str, ...] = ()
    attempt: int = 0

    def limit(self, part: str) -> int:
        """The most characters of a part of the text; 0 for no limit."""
        return self.longest or limits().get(self.platform or self.kind, {}).get(part, 0)

    def stored(self) -> dict[str, Any]:
        """As a column of JSON keeps it: what is not the default."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        plain = {name: value for name, value in found.items() if value != _DEFAULTS[name]}
        return {n: v.isoformat() if isinstance(v, date) else v for n, v in plain.items()}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Brief":
        """What `stored` kept."""
        given: dict[str, Any] = {n: v for n, v in stored.items() if n in _DEFAULTS}
        for name in ("start", "end"):
            if isinstance(given.get(name), str):
                given[name] = date.fromisoformat(given[name])
        if "rejected" in given:
            given["rejected"] = tuple(given["rejected"])
        return cls(**given)


_DEFAULTS = asdict(Brief())


def checked(brief: Brief) -> Brief:
    """The brief; `InputError` for what no text can be made of."""
    if brief.kind not in KINDS:
        raise InputError("drafts.no_kind", kind=brief.kind, known=", ".join(KINDS))
    if brief.tone not in TONES:
        raise InputError("drafts.no_tone", tone=brief.tone, known=", ".join(TONES))
    if brief.platform and brief.platform not in limits():
        known = ", ".join(sorted(set(limits()) - set(KINDS)))
        raise InputError("drafts.no_platform", platform=brief.platform, known=known)
    if brief.kind == "reply" and not brief.review.strip():
        raise InputError("drafts.no_review")
    if brief.kind == "campaign" and (brief.start is None or brief.end is None):
        raise InputError("drafts.no_dates")
    if brief.start and brief.end and brief.start > brief.end:
        raise InputError("drafts.dates_turned")
    if brief.budget < 0 or not 0 <= brief.stars <= 5:
        raise InputError("drafts.no_number")
    return brief


@cache
def limits() -> Mapping[str, Mapping[str, int]]:
    """The most characters, by kind or platform and part."""
    text = (_FOLDER / "limits.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))
