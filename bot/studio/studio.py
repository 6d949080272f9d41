"""The studio put together: the shop's items and voice, who writes, and the gate for each kind.

`bot.app.models` makes one; the command line and the desk's pages ask it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog
from sqlmodel import Session

from bot.database.db import Database
from bot.errors import DeskhandError, InputError, NotFoundError
from bot.studio import jobs, store
from bot.studio.brief import Brief, Voice
from bot.studio.checks import Checker, Names
from bot.studio.copies import Copies
from bot.studio.drafting import Draft, Writes, draft
from bot.studio.gate import Gate, Report
from bot.studio.item import Item
from bot.studio.jobs import Progress, Rates
from bot.studio.ledger.ledger import names_of
from bot.studio.ledger.wordings import Wordings
from bot.types import Language

log = structlog.get_logger()

_PAUSE = 2.0  # seconds between looks for jobs
_COMPARED = 5000  # texts, the newest, that a draft may not say again


@dataclass
class Studio:
    """Drafts for one shop. `items` are its products in a language, `voice` how it speaks;
    `checkers` look every draft through beside the ledger, claims and law for one."""

    db: Database
    items: Callable[[Language], Sequence[Item]]
    voice: Callable[[Language], Voice]
    shop: str = ""
    writes: Writes | None = None
    rates: Rates = field(default_factory=Rates)
    checkers: Sequence[Checker] = ()
    wordings: Wordings | None = None
    _names: dict[Language, tuple[Sequence[Item], Names, frozenset[str]]] = field(
        default_factory=dict
    )

    def chosen(
        self, language: Language, skus: Sequence[str] = (), category: str = ""
    ) -> list[Item]:
        """The products of these numbers, of a category, or all; `InputError` for none."""
        every = self.items(language)
        if skus:
            known = {item.sku: item for item in every}
            if missing := [sku for sku in skus if sku not in known]:
                raise NotFoundError("drafts.no_product", sku=missing[0])
            return [known[sku] for sku in skus]
        found = [item for item in every if not category or _in(item, category)]
        if not found:
            there = sorted({item.category for item in every if item.category})
            raise InputError("drafts.no_category", category=category, known=", ".join(there[:20]))
        return found

    def item(self, language: Language, sku: str) -> Item | None:
        """The product of a number as it is now; None where it is gone."""
        return next((each for each in self.items(language) if each.sku == sku), None)

    def categories(self, language: Language) -> list[str]:
        """The categories of the products, in their order."""
        return list(dict.fromkeys(item.category for item in self.items(language) if item.category))

    def gate(
        self, session: Session, brief: Brief, language: Language, *, fresh: bool = True
    ) -> Gate:
        """The gate for drafts of one kind: what may be said, and what was said before. `fresh`:
        with the texts that may not be said again."""
        voice = self.voice(language)
        reasons = store.reasons(session, brief.kind)
        avoid = dict.fromkeys([*voice.avoid, *store.quoted(reasons)])
        every = self.items(language)
        copies = None
        if fresh:
            own = ((item.sku, item.description) for item in every if item.description)
            kept = store.texts(session, brief.kind, language, limit=_COMPARED)
            copies = Copies([*(own if brief.kind == "description" else ()), *kept])
        return Gate(
            self.checkers,
            replace(voice, avoid=tuple(avoid)),
            *self._known(language, every),
            self.wordings,
            copies,
        )

    def order(self, session: Session, brief: Brief) -> Brief:
        """A brief with what the shop adds to it: its name, and why drafts were not taken."""
        reasons = store.reasons(session, brief.kind)
        return replace(brief, shop=brief.shop or self.shop, rejected=reasons)

    def _known(self, language: Language, every: Sequence[Item]) -> tuple[Names, frozenset[str]]:
        """Names and `names_of` these, found out once for one list of products."""
        known = self._names.get(language)
        if known is None or known[0] is not every:
            known = (every, Names(item.name for item in every), names_of(every))
            self._names[language] = known
        return known[1], known[2]

    async def draft(self, item: Item, brief: Brief, reader: Language) -> Draft:
        """One draft, not stored."""

        def ready(session: Session) -> tuple[Brief, Gate]:
            return self.order(session, brief), self.gate(session, brief, item.language)

        ordered, gate = await self.db.query(ready)
        return await draft(item, ordered, gate, self.writes, reader)

    async def keep(self, made: Draft, by: str) -> int:
        """Store a draft for a person to look at; its id."""
        return await self.db.write(lambda session: store.keep(session, made, by=by))

    def look(self, session: Session, kept: store.Kept, text: str, reader: Language) -> Report:
        """A kept draft's text looked through again."""
        gate = self.gate(session, kept.brief, kept.item.language)
        return gate.look(text, kept.item, kept.brief, reader)

    def learn(self) -> Wordings:
        """How values are worded, from the products' published texts and from approved drafts."""
        languages: tuple[Language, ...] = ("en", "zh")
        every = [item for language in languages for item in self.items(language)]
        pairs = [(item, item.description) for item in every if item.description]
        with self.db.read() as session:
            rows = store.find(session, store.Wanted("approved", "description"), limit=_COMPARED)
            kept = [store.get(session, row.id or 0) for row in rows]
        return Wordings.learn([*pairs, *((each.item, each.text) for each in kept)])

    async def start(self, items: Sequence[Item], brief: Brief, *, cap: float, by: str) -> int:
        """A job for these items; its id."""

        def work(session: Session) -> int:
            ordered = self.order(session, brief)
            return jobs.create(session, items, ordered, self.rates, cap=cap, by=by)

        return await self.db.write(work)

    async def work(
        self, job_id: int, reader: Language, told: Callable[[int], None] = lambda _: None
    ) -> Progress:
        """Go on with a job until it is over or paused."""

        def ready(session: Session) -> tuple[Brief, Language]:
            row = jobs.progress(session, job_id).row
            return Brief.from_stored(row.brief), jobs.language_of(session, job_id)

        brief, language = await self.db.query(ready)
        gate = await self.db.query(lambda session: self.gate(session, brief, language))
        return await jobs.work(self.db, job_id, gate, self.writes, reader, told=told)

    async def resume(self, reader: Language) -> None:
        """Go on with every job that a process left."""
        for job_id in await self.db.query(jobs.running):
            await self.work(job_id, reader)

    async def run(self, reader: Language) -> None:
        """Go on with jobs for as long as the process runs."""
        while True:
            try:
                await self.resume(reader)
            except DeskhandError as error:
                log.error("studio.failed", cause=error.key)
            await asyncio.sleep(_PAUSE)


def _in(item: Item, category: str) -> bool:
    wanted = category.casefold()
    return wanted in (item.category.casefold(), *(tag.casefold() for tag in item.tags))
