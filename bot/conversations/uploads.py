"""A file that somebody uploads: which kinds are taken, and what of it is kept.

Pictures and PDFs are told by their first bytes, whatever they are called, and nothing else is
taken, so that nothing kept can be run. What a camera writes into a picture beside it (place, time,
owner) goes; which way is up stays. It decodes no picture: that is the browser's matter.
"""

import re
import secrets
import struct
from collections.abc import Iterator

from bot.errors import InputError
from bot.types import Attachment

MAX_UPLOAD = 10 * 1024 * 1024  # bytes
_LONGEST_NAME = 100  # characters
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff/\\\\]")
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_ENDS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT".split()
)
_ICC, _ADOBE, _EXIF = 0xE2, 0xEE, 0xE1
_ORIENTATION = 0x0112


def picture_type(content: bytes) -> str | None:
    """The kind of picture that these bytes are, as browsers show it; None for everything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in _PICTURES if content.startswith(sign)), None)


def uploaded(name: str, content: bytes) -> Attachment:
    """The file as it is kept, content and all. `InputError` for what is not taken."""
    if len(content) > MAX_UPLOAD:
        raise InputError("uploads.too_big", limit=MAX_UPLOAD // 1024 // 1024)
    media_type = picture_type(content)
    if media_type is None and content.startswith(b"%PDF-"):
        media_type = "application/pdf"
    if media_type is None:
        raise InputError("uploads.not_taken")
    try:
        kept = bare(content)
    except (struct.error, IndexError, ValueError) as error:
        raise InputError("uploads.unreadable") from error
    kind = "file" if media_type == "application/pdf" else "photo"
    named = _name(name, kind, _ENDS[media_type])
    return Attachment(
        kind, named, media_type, len(kept), f"upload:{secrets.token_urlsafe(12)}", content=kept
    )


def bare(content: bytes) -> bytes:
    """A picture without what was noted in it; everything else as it is."""
    match picture_type(content):
        case "image/jpeg":
            return b"".join(_jpeg(content))
        case "image/png":
            return b"".join(_png(content))
        case "image/webp":
            return _webp(content)
    return content


def _name(given: str, kind: str, end: str) -> str:
    """Its own name without what could mislead a reader, ending as what it is."""
    stem = _UNUSABLE.sub("", given).strip(" .").rpartition(".")
    name = (stem[0] or stem[2])[:_LONGEST_NAME].strip(" .")
    return f"{name or kind}.{end}"


def _jpeg(content: bytes) -> Iterator[bytes]:
    """The segments that make the picture, and one that says which way is up; nothing behind it."""
    yield content[:2]
    at, up = 2, 1
    kept: list[bytes] = []
    while True:
        if content[at] != 0xFF:
            raise ValueError("no segment")
        kind = content[at + 1]
        if kind == 0xFF:  # filled up
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(content):
            raise ValueError("a segment that does not end")
        segment = content[at:end]
        if kind == _EXIF and segment[4:10] == b"Exif\0\0":
            up = _orientation(segment[10:])
        noted = 0xE0 < kind <= 0xEF and kind not in (_ICC, _ADOBE)
        if not (noted or kind == 0xFE or (kind == _ICC and segment[4:15] != b"ICC_PROFILE")):
            kept.append(segment)
        at = end
        if kind == 0xDA:
            break
    if up != 1:
        tiff = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", _ORIENTATION, 3, 1, up, 0, 0)
        yield b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff
    yield from kept
    over = content.find(b"\xff\xd9", at)
    yield content[at : over + 2] if over >= 0 else content[at:]


def _orientation(tiff: bytes) -> int:
    """Which of the eight ways is up; 1, as it lies, where that is not to be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order:
        return 1
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * min(count, 100), 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION and kind == 3:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _png(content: bytes) -> Iterator[bytes]:
    yield content[:8]
    at = 8
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError("a chunk that does not end")
        if kind in _PNG_KEPT:
            yield content[at:end]
        if kind == b"IEND":
            return
        at = end


def _webp(content: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", content, 4)
    at, over = 12, min(len(content), 8 + size)
    kept: list[bytes] = []
    while at + 8 <= over:
        kind, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > over:
            raise ValueError("a chunk that does not end")
        chunk = content[at:end]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if kind not in (b"EXIF", b"XMP "):
            kept.append(chunk)
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
