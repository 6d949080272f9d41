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
    LivePhoto,
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
_FILES = (PhotoSize, LivePhoto, Voice, Video, VideoNote, Animation, Document, Audio)
_UNKNOWN = "application/octet-stream"
_TYPES = {"photo": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4", "file": _UNKNOWN}
_FILE_ID = re.compile(r"[\w-]{1,512}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
_LARGEST = 2**53  # bytes; Telegram's numbers have at most 52 bits
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff/\\\\]")
_LONGEST_NAME = 120  # characters


def kind_of(message: Message) -> str | None:
    """What a message without text brings; None when it only reports something."""
    if message.invoice or message.successful_payment or message.refunded_payment:
        return None
    brought = message.effective_attachment or message.checklist
    if _unread(message):
        return "other"
    if brought is None:
        return None
    if isinstance(brought, LivePhoto):
        return "photo"
    if isinstance(brought, tuple | list):
        return "photo" if all(isinstance(each, PhotoSize) for each in brought) else "other"
    return next((kind for types, kind in _KINDS if isinstance(brought, types)), "other")


def attachment_of(message: Message) -> Attachment | None:
    """The file of a message; of a photo's sizes the largest, of a live photo the still picture. One
    that could not be read has no `remote_id`.

    `TypeError` and `ValueError` for what Telegram would not say: the library checks no values.
    """
    kind = kind_of(message)
    brought = message.effective_attachment
    if _unread(message):
        return Attachment("file", f"file-{message.message_id}", _UNKNOWN, 0, "")
    if kind not in ("photo", "voice", "video", "file"):
        return None
    if isinstance(brought, LivePhoto):
        brought = message.photo or brought.photo or brought
    file = brought[-1] if isinstance(brought, tuple | list) else brought
    if not isinstance(file, _FILES):
        return None
    given = getattr(file, "mime_type", None)
    # A live photo without its still picture is a short film.
    media_type = given or _TYPES["video" if isinstance(file, LivePhoto) else kind]
    if not _MEDIA_TYPE.fullmatch(media_type):
        media_type = _UNKNOWN
    size = file.file_size or 0
    if not isinstance(size, int) or not 0 <= size < _LARGEST:
        raise ValueError("no size of a file")
    return Attachment(
        kind=kind,
        name=_name(getattr(file, "file_name", None), kind, media_type, message.message_id),
        media_type=media_type,
        size=size,
        remote_id=_id(file.file_id),
    )


def _unread(message: Message) -> bool:
    """Whether it brings something that nobody here can read: of a shape that is new to the library
    (`raw.py`), or of a kind, of which only the words below are seen."""
    brought = message.effective_attachment
    if brought is None:
        return bool(message.caption)
    return isinstance(brought, Document) and not brought.file_id


def _id(given: str) -> str:
    if not _FILE_ID.fullmatch(given):
        raise ValueError("no id of a file")
    return given


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
