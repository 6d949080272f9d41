"""A shopper's photo or file, for whoever is logged in at the desk.

It came from a stranger: a browser shows it only when its first bytes are those of a picture, as
that kind of picture and with no rights; everything else is downloaded. A channel fetches it.
"""

from urllib.parse import quote

from starlette.responses import Response

from bot.conversations import attachments
from bot.conversations.uploads import picture_type
from bot.desk.pages.guard import Call, Desk
from bot.errors import NotFoundError

_SOUNDS = ("audio/ogg", "audio/mpeg", "audio/mp4")
_NO_RIGHTS = "default-src 'none'; sandbox"


async def download(desk: Desk, call: Call) -> Response:
    file_id = int(call.request.path_params["file_id"])
    found = await desk.db.query(lambda session: attachments.content(session, file_id))
    if found is None:
        raise NotFoundError("desk.no_file")
    name, given, content = found
    picture = picture_type(content)
    # A sound is for the page's player, which does not mind that it is also a download.
    media_type = picture or (given if given in _SOUNDS else "application/octet-stream")
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": disposition(name, inline=picture is not None),
            "Content-Security-Policy": _NO_RIGHTS,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, max-age=3600",
        },
    )


def disposition(name: str, *, inline: bool) -> str:
    """The header's value for any name, as RFC 6266 has it: plain for old browsers, then in full."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
