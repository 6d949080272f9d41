"""Groups that became supergroups: their conversations go on under the new number.

Telegram says so in both chats, and whoever sends to the old one is told, too; each of the three may
come first, and again. What is known of a group is moved once. A supergroup counts its messages from
one again, so what was said before gets a mark: no new message may be taken for an old one.
"""

from dataclasses import dataclass, replace

import structlog
from sqlalchemy import literal, update
from sqlmodel import Session, col, select
from telegram import Message

from bot.channels.telegram.place import NAME, Place
from bot.conversations import conversation
from bot.conversations.conversation import chat_of
from bot.database.tables import ConversationRow, InboxRow, MovedGroupRow, TurnRow
from bot.database.upsert import insert_missing
from bot.types import Incoming

log = structlog.get_logger()
_SUPERGROUPS = -(10**12)  # supergroups have their numbers below, groups that can move above
_BEFORE = "moved-"


@dataclass(frozen=True)
class Moved:
    """The group `old` is the supergroup `new` now."""

    old: int
    new: int


def moved(message: Message) -> Moved | None:
    """What the service message says; None for every other message."""
    if message.migrate_to_chat_id:
        return Moved(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return Moved(message.migrate_from_chat_id, message.chat.id)
    return None


def move(session: Session, group: Moved) -> None:
    """Move the group's conversations, in the caller's transaction; a repeat changes nothing.

    Turns, tickets, and what is on its way hang on the conversation and go with it.
    """
    # Both chats' messages may be read at once, hence no look before it.
    insert_missing(session, MovedGroupRow, {"old_id": group.old, "new_id": group.new})
    query = (
        select(ConversationRow)
        .where(
            ConversationRow.channel == NAME,
            col(ConversationRow.chat_id).startswith(str(group.old)),
        )
        .order_by(col(ConversationRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in session.exec(query).all():
        place = Place.of(chat_of(row))
        if place.chat_id == group.old:
            _move(session, row, replace(place, chat_id=group.new))


def followed(session: Session, incoming: Incoming) -> Incoming:
    """The message as said in the supergroup, where its group is one by now."""
    place = Place.of(incoming.chat)
    if not _SUPERGROUPS < place.chat_id < 0:
        return incoming
    row = session.get(MovedGroupRow, place.chat_id)
    if row is None:
        return incoming
    there = replace(place, chat_id=row.new_id).chat
    message_id = f"{_BEFORE}{incoming.message_id}"
    return replace(incoming, chat=there, message_id=message_id, edits=None)


def _move(session: Session, row: ConversationRow, to: Place) -> None:
    if conversation.find(session, to.chat) is not None:
        # Somebody wrote in the supergroup before we heard of it: two conversations they stay.
        log.warning("telegram.group_met_itself", conversation=row.id)
        return
    row.chat_id = to.chat.id
    session.add(row)
    for rows in (InboxRow, TurnRow):
        marked = literal(_BEFORE).concat(col(rows.message_id))
        session.exec(
            update(rows)
            .where(col(rows.conversation_id) == row.id, col(rows.message_id).is_not(None))
            .values(message_id=marked)
        )
    log.info("telegram.group_moved", conversation=row.id)
