"""Files in the web chat, both ways: reading what a shopper uploads, and giving out what is theirs.

What is given out has no rights in a browser: a picture is shown as one, all else is downloaded.
"""

from urllib.parse import quote, unquote

from sqlmodel import Session
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.channels.web.messages import Refused, identifier
from bot.channels.web.session import Visit, admitted
from bot.channels.web.stream import Snapshot, snapshot
from bot.conversations.uploads import MAX_UPLOAD, picture_type, uploaded
from bot.database.tables import AttachmentRow
from bot.errors import InputError
from bot.types import Attachment, now

_LONGEST_NAME = 200  # characters of the header
_NO_RIGHTS = "default-src 'none'; sandbox"


async def read_file(request: Request) -> tuple[str, Attachment]:
    """The upload's id and its file; raises `Refused` (400, 413, 415)."""
    number = identifier(request.query_params.get("id"))
    name = unquote(request.headers.get("x-file-name", "")[:_LONGEST_NAME])
    name = name.encode("utf-8", "replace").decode("utf-8")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_UPLOAD:
                raise Refused(413, "uploads.too_big", limit=MAX_UPLOAD // 1024 // 1024)
    except ClientDisconnect:
        raise Refused(400, "web.error_malformed") from None
    try:
        return number, uploaded(name, bytes(body))
    except InputError as error:
        raise Refused(415, error.key) from error


def find(session: Session, visit: Visit, file_id: int) -> AttachmentRow | None:
    """A file of the visit's own conversation that its shopper may see now."""
    row, file = admitted(session, visit, at=now()), session.get(AttachmentRow, file_id)
    if row is None or file is None or file.conversation_id != row.id:
        return None
    seen: Snapshot | None = snapshot(session, visit, file.turn_id - 1)
    turn = seen.turns[0] if seen and seen.turns else None
    if turn is None or seen is None or turn.id != file.turn_id or seen.hides(turn):
        return None
    return file if file.content is not None else None


def given_out(name: str, content: bytes) -> Response:
    """The file as a browser may have it."""
    picture = picture_type(content)
    way = "inline" if picture else "attachment"
    return Response(
        content,
        media_type=picture or "application/octet-stream",
        headers={
            "Content-Disposition": f"{way}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": _NO_RIGHTS,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, max-age=3600",
            "X-Content-Type-Options": "nosniff",
        },
    )
