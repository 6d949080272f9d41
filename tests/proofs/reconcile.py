"""Compares what shoppers were told with what the database holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.database.tables import ConversationRow, InboxRow, OutboxRow, TicketRow, TurnRow
from bot.types import Author, Status


@dataclass(frozen=True)
class Verdict:
    """How many messages went wrong, by way of going wrong; and, for scale, how many did not.

    `lost`: accepted, but not stored or never answered. `stored_twice`: two turns for one message.
    `answered_twice`: two bot's turns for one message. `out_of_order`: stored or answered before an
    earlier one of its conversation. `half_done`: a reply without its way out, a conversation that
    waits without a ticket or a ticket whose conversation does not wait. `dead`: given up, as a
    message or as a reply. `undelivered`: replies that never left.
    """

    lost: int
    stored_twice: int
    answered_twice: int
    out_of_order: int
    half_done: int
    dead: int
    undelivered: int
    accepted: int
    answers: int
    from_knowledge: int
    with_a_person: int

    def counts(self) -> dict[str, int]:
        """Everything that must be 0."""
        scale = ("accepted", "answers", "from_knowledge", "with_a_person")
        return {name: count for name, count in asdict(self).items() if name not in scale}

    @property
    def clean(self) -> bool:
        return not any(self.counts().values())


def open_work(session: Session) -> int:
    """How many messages and replies are not at rest yet."""
    inbox = select(func.count()).select_from(InboxRow).where(InboxRow.status == "open")
    outbox = select(func.count()).select_from(OutboxRow).where(OutboxRow.status == "open")
    return session.exec(inbox).one() + session.exec(outbox).one()


def verdict(session: Session, accepted: Mapping[int, Sequence[str]]) -> Verdict:
    """`accepted`: each shopper's message ids, in the order in which the server said yes.

    No person takes part, so every message must have been answered by the bot.
    """
    rows = session.exec(select(InboxRow).order_by(col(InboxRow.id))).all()
    turns = session.exec(select(TurnRow).order_by(col(TurnRow.id))).all()
    outgoing = session.exec(select(OutboxRow)).all()
    statuses = [(row.id or 0, row.status) for row in session.exec(select(ConversationRow))]
    tickets = session.exec(select(TicketRow)).all()
    unclosed = Counter(row.conversation_id for row in tickets if row.status != "closed")
    waiting = Counter(number for number, status in statuses if status == Status.WAITING)
    leaving = {row.turn_id for row in outgoing}
    by_message = {row.message_id: row for row in rows}
    bots = [turn for turn in turns if turn.author == Author.BOT and turn.answers_inbox_id]

    def answered(row: InboxRow | None) -> bool:
        return row is not None and row.status == "done" and row.answer_turn_id is not None

    disorder = 0
    for ids in accepted.values():
        stored = [by_message[one] for one in ids if one in by_message]
        answers = [row.answer_turn_id for row in stored if row.answer_turn_id is not None]
        disorder += _descents([row.id or 0 for row in stored]) + _descents(answers)
        disorder += sum(
            row.answer_turn_id is not None and row.answer_turn_id <= row.turn_id for row in stored
        )
        disorder += len({row.conversation_id for row in stored}) > 1
    heard = Counter(turn.message_id for turn in turns if turn.author == Author.SHOPPER)
    used = {row.answer_turn_id for row in rows if row.answer_turn_id is not None}
    return Verdict(
        lost=sum(not answered(by_message.get(one)) for ids in accepted.values() for one in ids),
        stored_twice=sum(number - 1 for number in heard.values()),
        answered_twice=sum(turn.id not in used for turn in bots),
        out_of_order=disorder,
        half_done=sum(turn.id not in leaving for turn in bots)
        + ((unclosed - waiting) + (waiting - unclosed)).total(),
        dead=[*(row.status for row in rows), *(row.status for row in outgoing)].count("dead"),
        undelivered=sum(row.status == "open" for row in outgoing),
        accepted=sum(map(len, accepted.values())),
        answers=len(bots),
        from_knowledge=sum(bool(turn.sources) for turn in bots),
        with_a_person=len({row.conversation_id for row in tickets}),
    )


def _descents(numbers: Sequence[int]) -> int:
    return sum(later < earlier for earlier, later in pairwise(numbers))
