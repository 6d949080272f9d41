"""One shopper's chat with the whole flow, message by message; orders made for it."""

from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex

from sqlmodel import Session, col, select

from bot.conversations import bursts
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.database.tables import TurnRow
from bot.dialogue.flow import Flow
from bot.orders import store
from bot.orders.record import Customer, Event, Line, Order, State
from bot.types import Button, Chat, Claim, Incoming, Language, now

KETTLE = Line("Blue kettle", 4900, names={"zh": "蓝色水壶"})
ROBE = Line("Harbor waffle bathrobe", 7200, names={"zh": "华夫格浴袍"})
MUG = Line("Stoneware mug", 1600, 2, names={"zh": "石器马克杯"})
ANNA = Customer("anna", "Anna Berg", "anna@example.com", "4915112345678")
BEN = Customer("ben", "Ben Ito", "ben@example.com", "8613800138000")
STREET = "Lindenallee 7"


def bought(
    id: str, state: State, *lines: Line, of: Customer = ANNA, days_ago: int = 5
) -> tuple[Customer, Order]:
    """An order that got into its state `days_ago`."""
    at = now() - timedelta(days=days_ago)
    order = Order(
        id=id,
        customer_id=of.id,
        state=state,
        currency="USD",
        total=4900,
        placed_at=at - timedelta(days=5),
        email=of.email,
        phone=of.phone,
        address={"street": STREET if of is ANNA else "Elsewhere 1", "city": "Berlin"},
        lines=lines or (KETTLE,),
        events=(Event(state.value, at),),
    )
    return of, order


def shop_with(db: Database, *records: tuple[Customer, Order]) -> None:
    """Put these orders into the database."""
    with db.begin() as session:
        store.save(session, records, at=now())


@dataclass
class Talk:
    """A chat. `said` is what the bot said last."""

    db: Database
    flow: Flow
    chat: Chat = field(default_factory=lambda: Chat("web", token_hex(4)))
    said: TurnRow | None = None

    async def says(
        self,
        text: str,
        choice: str | None = None,
        language: Language | None = None,
        quote: str = "",
    ) -> str:
        """Send a message, in reply to `quote` if that is given; what the bot answers, "" for
        nothing."""
        message = Incoming(
            self.chat, token_hex(8), text, language=language, choice=choice, quote=quote
        )
        await self.flow.receive(message)

        def claimed(session: Session) -> list[Claim]:
            return bursts.claim(session, "host:1:a", at=now(), lease=LEASE, limit=1)

        for claim in await self.db.write(claimed):
            await self.flow.handle(claim)
        newest = select(TurnRow).order_by(col(TurnRow.id).desc()).limit(1)
        turn = await self.db.query(lambda session: session.exec(newest).one())
        self.said = turn if turn.author == "bot" else None
        return self.said.text if self.said else ""

    async def presses(self, label: str) -> str:
        """Press the button under the last answer whose label begins so."""
        button = next(each for each in self.buttons if each.label.startswith(label))
        return await self.says(button.label, button.value)

    @property
    def buttons(self) -> list[Button]:
        """Those under the bot's last answer."""
        return [Button(**each) for each in self.said.buttons] if self.said else []

    @property
    def labels(self) -> list[str]:
        return [button.label for button in self.buttons]
