"""An agent's correction as an edit of what the shopper has already, where Telegram can edit it.

One that is taken back is deleted. One that came in several messages, or whose number on Telegram is
not known, is left as it is: then the correction is said in a message of its own.
"""

from dataclasses import replace
from typing import Any

import structlog
from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.channels.telegram.client import BARE, Client, is_gone
from bot.channels.telegram.message import Part, parts
from bot.channels.telegram.past import Past
from bot.types import Turn

log = structlog.get_logger()


async def reword(
    client: Client, chat_id: int, business: str | None, turn: Turn, known: Past
) -> bool:
    """Whether the earlier message says it now; raises what the client does where it may later."""
    if turn.correction is not None and not turn.correction.text:
        return await _delete(client, chat_id, business, turn, known)
    part = _part(turn, known)
    if part is None or known.message_id is None:
        return False
    place: dict[str, Any] = {
        "chat_id": chat_id,
        "message_id": known.message_id,
        "business_connection_id": business,
        "parse_mode": ParseMode.HTML,
    }
    try:
        if part.media is None:
            preview = LinkPreviewOptions(is_disabled=True)
            await client.edit_message_text(part.html, link_preview_options=preview, **place)
        else:
            await client.edit_message_caption(caption=part.html, **place)
    except BadRequest as error:
        if is_gone(error):
            raise
        if "not modified" not in error.message.lower():
            log.info("telegram.correction_refused", turn=turn.id)
            return False
    return True


async def _delete(
    client: Client, chat_id: int, business: str | None, turn: Turn, known: Past
) -> bool:
    if known.message_id is None or known.corrected is None or len(parts(known.corrected)) != 1:
        return False
    try:
        if business is None:
            await client.delete_message(chat_id, known.message_id)
        else:
            await client.delete_business_messages(business, [known.message_id])
    except BadRequest as error:
        if is_gone(error):
            raise
        if "message to delete not found" not in error.message.lower():
            log.info("telegram.correction_refused", turn=turn.id)  # it is older than two days
            return False
    return True


def _part(turn: Turn, known: Past) -> Part | None:
    """The message as it ought to be; None where it would not be one message, or was none."""
    if turn.correction is None or known.corrected is None:
        return None
    first = known.corrected
    media = first.media and replace(first.media, caption=True)
    if media is not None and media.kind in BARE:
        return None
    now = parts(replace(first, text=turn.correction.text, media=media))
    return now[0] if len(now) == len(parts(first)) == 1 else None
