"""What a turn has to do with earlier messages: whom it answers, what it corrects. Reads only."""

from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlalchemy import select as select_from
from sqlmodel import Session, SQLModel, col, select

from bot.channels.telegram.place import Place
from bot.channels.telegram.proof import CONTACT
from bot.conversations import conversation
from bot.conversations.conversation import TURNS
from bot.database.tables import OutboxRow, TurnRow
from bot.types import Author, Turn

_LATELY = 20  # messages among which one is looked for that can be answered
_INBOX = SQLModel.metadata.tables["inbox"]
_CHOICE = (
    select_from(_INBOX.c.choice)
    .join(TURNS, TURNS.c.answers_inbox_id == _INBOX.c.id)
    .where(TURNS.c.id == bindparam("turn"))
)


@dataclass(frozen=True)
class Past:
    """`answers` is the message to reply to, where several people write; `contact` says that the
    turn answers a contact which its shopper has just shared. `corrected` is an earlier turn that is
    worded anew, and `message_id` what it is called on Telegram, None where that is not known."""

    answers: int | None = None
    contact: bool = False
    corrected: Turn | None = None
    message_id: int | None = None


NONE = Past()


def past(session: Session, place: Place, turn: Turn) -> Past:
    """What is known of the turn's past, as far as it matters in such a place."""
    if turn.correction is not None:
        return _corrected(session, turn.correction.turn_id)
    if place.person is not None:
        row = session.get(TurnRow, turn.id)
        return Past(answers=_newest(session, row)) if row else NONE
    if place.private and turn.author is Author.BOT:
        choice = session.connection().execute(_CHOICE, {"turn": turn.id}).scalar()
        return Past(contact=choice == CONTACT)
    return NONE


def _newest(session: Session, row: TurnRow) -> int | None:
    """The shopper's newest message before the turn that has a number: a pressed button has none."""
    query = (
        select(TurnRow.message_id)
        .where(
            TurnRow.conversation_id == row.conversation_id,
            TurnRow.author == Author.SHOPPER.value,
            col(TurnRow.id) < row.id,
        )
        .order_by(col(TurnRow.id).desc())
        .limit(_LATELY)
    )
    said = (each.removeprefix("edit-").split("-")[0] for each in session.exec(query) if each)
    return next((int(number) for number in said if number.isdigit()), None)


def _corrected(session: Session, turn_id: int) -> Past:
    query = (
        select(TurnRow, OutboxRow.sent_as)
        .join(OutboxRow, col(OutboxRow.turn_id) == TurnRow.id)
        .where(TurnRow.id == turn_id)
    )
    found = session.exec(query).first()
    if found is None:
        return NONE
    row, sent_as = found
    number = int(sent_as) if sent_as and sent_as.isdigit() else None
    return Past(corrected=conversation.turn_of(row), message_id=number)
