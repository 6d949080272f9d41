"""Where the desk meets the shop's model: what is configured, what it costs, whether it answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bot.database.db import Database
from bot.desk.pages.llms import ModelView, Tried
from bot.errors import NotFoundError
from bot.writing.models import budgets, ledger
from bot.writing.models.budgets import Budgets

if TYPE_CHECKING:
    from bot.writing.models.ladder import Ladder


@dataclass(frozen=True)
class ShopModel:
    """`llms.Model`. `server` is the host of an API, `ladder` None without a model."""

    db: Database
    budgets: Budgets
    ladder: "Ladder | None"
    name: str
    fallback: str
    server: str
    key: bool
    timeout: float

    async def view(self) -> ModelView:
        priced = self.name.partition(":")[0] + ":"
        ours = self.budgets.settings
        caps = await self.db.query(lambda session: budgets.kept(session, ours))
        spent, cost = await self.db.query(lambda session: ledger.today(session, priced))
        changed = {name for name, cap in asdict(caps).items() if cap != getattr(ours, name)}
        return ModelView(
            *(self.name, self.fallback, self.server, self.key, self.timeout),
            budgets=asdict(caps),
            ours=frozenset(changed),
            spent=spent,
            cost=cost,
        )

    async def tried(self) -> Tried:
        if self.ladder is None:
            raise NotFoundError("llm.none")
        from bot.writing.models.trying import tried  # a bot without a model never loads it

        first = self.ladder.rungs[0]
        answer = await tried(first.backend, self.timeout)
        return Tried(first.name, answer.text, answer.seconds)

    async def keep(self, given: Mapping[str, str], by: str) -> None:
        ours = self.budgets.settings
        await self.db.write(lambda session: budgets.keep(session, ours, given, by))
