"""What was told of the catalogue last: that "it", "the second one" and "the cheaper one" mean it.

Kept with the conversation as plain values. It fades: each turn on something else makes it older,
and after `FADED` of them it is gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.types import PRODUCT, Source

FADED = 4  # turns on other things
_FEW = 2  # products told that others may be added to
_MOST = 20  # products of a list that are kept
_FLAGS = ("lacking", "ordered", "aside")


@dataclass(frozen=True)
class Focus:
    """Products told, in the order told; what was asked of them; and how they had been asked for.

    `age` counts the turns since; `measures` are what was asked, for "and the other one?". `among`
    is the list that they were picked from, where they are some of what was told before; `before`
    are the few others that were told just before them.
    `options` are those of its variants that were asked for.
    `lacking` says that the last answer was that the catalogue has no such thing, `ordered` that
    the first is the one that was asked for ("the cheapest"), `aside` that they were only named by
    an answer on something else.
    """

    skus: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    age: int = 0
    among: tuple[str, ...] = ()
    lacking: bool = False
    before: tuple[str, ...] = ()
    ordered: bool = False
    aside: bool = False
    options: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether something else was spoken of, at least since."""
        return self.aside or self.age > 0

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> "Focus":
        """The focus as it was kept; an empty one for None and for what another version kept."""
        if not kept or not isinstance(kept.get("skus"), list):
            return cls()
        measures = kept.get("measures")
        return cls(
            tuple(map(str, kept["skus"])),
            tuple(map(str, measures)) if isinstance(measures, list) else (),
            int(kept.get("age", 0)),
            tuple(map(str, kept.get("among", ()))),
            before=tuple(map(str, kept.get("before", ()))),
            options=tuple(map(str, kept.get("options", ()))),
            **{each: bool(kept.get(each)) for each in _FLAGS},
        )

    @classmethod
    def of_sources(cls, sources: Iterable[Source]) -> "Focus":
        """The products among the sources of an answer."""
        ids = (each.id for each in sources)
        return cls(tuple(each.removeprefix(PRODUCT) for each in ids if each.startswith(PRODUCT)))

    def kept(self) -> dict[str, Any] | None:
        """As a JSON column keeps it; None when there is nothing to keep."""
        if not (self.skus or self.lacking):
            return None
        kept: dict[str, Any] = {"skus": list(self.skus), "measures": list(self.measures)}
        kept |= {"among": list(self.among)} if self.among else {}
        kept |= {"before": list(self.before)} if self.before else {}
        kept |= {"options": list(self.options)} if self.options else {}
        kept |= {each: True for each in _FLAGS if getattr(self, each)}
        return kept | {"age": self.age}

    def after(self, told: "Focus | None") -> "Focus":
        """The focus after a turn that told of products, or of something else."""
        if told is not None and told.lacking:
            return replace(self, age=self.age + 1, lacking=True)
        if told is not None and told.skus:
            lists = (each for each in (self.skus, self.among) if set(told.skus) < set(each))
            among = told.among or next(lists, ())
            before = tuple(each for each in self.skus if each not in told.skus)
            before = before if len(self.skus) <= _FEW and self.age <= 1 else ()
            return replace(told, skus=told.skus[:_MOST], among=among, age=0, before=before)
        older = replace(self, age=self.age + 1, lacking=False)
        return older if older.age <= FADED else Focus()
