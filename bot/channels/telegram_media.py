"""What a Telegram message brings beside text: its kind, and the file that is kept for the agent.

Pure. Stickers, places and contacts have a kind and nothing to keep.
"""

import mimetypes
import re

from telegram import (
    Animation,
    Audio,
    Contact,
    Document,
    Location,
    Message,
    PhotoSize,
    Sticker,
    Venue,
    Video,
    VideoNote,
    Voice,
)

from bot.types import Attachment

_KINDS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((Sticker,), "sticker"),
    ((Voice,), "voice"),
    ((Video, VideoNote, Animation), "video"),
    ((Document, Audio), "file"),
    ((Location, Venue), "location"),
    ((Contact,), "contact"),
)
_TYPES = {"photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4"}
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff/\\\\]")
_LONGEST_NAME = 120  # characters


def kind_of(message: Message) -> str | None:
    """What a message without text brings; None when it only reports something."""
    if message.invoice or message.successful_payment or message.refunded_payment:
        return None
    brought = message.effective_attachment or message.checklist
    if brought is None:
        return None
    if isinstance(brought, tuple | list):
        return "photo" if all(isinstance(each, PhotoSize) for each in brought) else "other"
    return next((kind for types, kind in _KINDS if isinstance(brought, types)), "other")


def attachment_of(message: Message) -> Attachment | None:
    """The file of a message; of a photo's sizes the largest."""
    kind = kind_of(message)
    if kind not in ("photo", "voice", "video", "file"):
        return None
    brought = message.effective_attachment
    file = brought[-1] if isinstance(brought, tuple | list) else brought
    if not isinstance(file, PhotoSize | Voice | Video | VideoNote | Animation | Document | Audio):
        return None
    media_type = getattr(file, "mime_type", None) or _TYPES.get(kind, "application/octet-stream")
    return Attachment(
        kind=kind,
        name=_name(getattr(file, "file_name", None), kind, media_type, message.message_id),
        media_type=media_type,
        size=file.file_size or 0,
        remote_id=file.file_id,
    )


def _name(given: str | None, kind: str, media_type: str, number: int) -> str:
    """The file's own name without what could mislead a reader, or one that tells what it is."""
    name = _UNUSABLE.sub("", given or "").strip(" .")
    if not name:
        name = f"{kind}-{number}{mimetypes.guess_extension(media_type) or ''}"
    if len(name) > _LONGEST_NAME:
        stem, dot, end = name.rpartition(".")
        end = f"{dot}{end}" if stem and len(end) < 10 else ""
        name = f"{name[: _LONGEST_NAME - len(end)]}{end}"
    return name
