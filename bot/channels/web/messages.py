"""What a shopper's browser posts: reading it, and refusing what is no message and no rating.

Refusals carry an HTTP status and a text for the shopper. Nothing is stored here.
"""

import json
import math
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from bot.conversations.feedback import DOWN, UP, Value
from bot.errors import InputError
from bot.types import Language

MAX_BODY = 16 * 1024  # bytes
MAX_TEXT = 4000  # characters
MAX_CHOICE = 200  # characters
MAX_PAGE = 300  # characters


class Refused(InputError):
    """A request was refused; `status` is the HTTP status, `retry_after` seconds if that helps."""

    def __init__(
        self, status: int, key: str, *, retry_after: float | None = None, **params: object
    ) -> None:
        self.status = status
        self.retry_after = None if retry_after is None else max(1, math.ceil(retry_after))
        if self.retry_after is not None:
            params["seconds"] = self.retry_after
        super().__init__(key, **params)

    def response(self, language: Language) -> JSONResponse:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        body = {"error": self.message(language)}
        return JSONResponse(body, status_code=self.status, headers=headers)


@dataclass(frozen=True)
class Posted:
    """One message as sent. `id` is made by the browser and is the message's idempotency key, `page`
    the address of the shop's page that it was written on, "" where that is not told."""

    id: str
    text: str
    choice: str | None
    language: Language | None
    page: str = ""


def check_origin(request: Request, public_host: str | None) -> None:
    """Refuse a request that another site's page made with this shopper's cookie."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    host = origin.lower().partition("://")[2]
    if not host or host not in {request.headers.get("host", "").lower(), public_host}:
        raise Refused(403, "web.error_origin")


async def read_json(request: Request) -> dict[str, object]:
    """The posted object; raises `Refused` (400, 413)."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(400, "web.error_malformed")
    try:
        fields = json.loads(await _body(request))
    except (ValueError, RecursionError):
        raise Refused(400, "web.error_malformed") from None
    if not isinstance(fields, dict):
        raise Refused(400, "web.error_malformed")
    return fields


async def read_message(request: Request) -> Posted:
    """The posted message; raises `Refused` (400, 413, 422)."""
    fields = await read_json(request)
    return Posted(
        id=identifier(fields.get("id")),
        text=_text(fields.get("text")),
        choice=_choice(fields.get("choice")),
        language=_language(fields.get("language")),
        page=_page(fields.get("page")),
    )


async def read_rating(request: Request) -> tuple[int, Value]:
    """The turn's id and what was pressed under it; raises `Refused` (400, 413)."""
    fields = await read_json(request)
    turn_id, value = fields.get("turn"), fields.get("value")
    # `True` is an int, too, and equal to 1.
    if type(turn_id) is not int or not 0 < turn_id < 2**31 or type(value) is not int:
        raise Refused(400, "web.error_malformed")
    if value not in (UP, DOWN):
        raise Refused(400, "web.error_malformed")
    return turn_id, UP if value == UP else DOWN


async def _body(request: Request) -> bytes:
    """At most `MAX_BODY` bytes, counted while they arrive: a length header may lie."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise Refused(413, "web.error_too_large")
    except ClientDisconnect:
        raise Refused(400, "web.error_malformed") from None
    return bytes(body)


def identifier(value: object) -> str:
    """A message's id as the browser made it."""
    if not isinstance(value, str):
        raise Refused(400, "web.error_malformed")
    try:
        return str(UUID(value))
    except ValueError:
        raise Refused(400, "web.error_malformed") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(400, "web.error_malformed")
    # NUL and lone surrogates are valid JSON, yet no database stores them.
    text = value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise Refused(422, "web.error_empty")
    if len(text) > MAX_TEXT:
        raise Refused(422, "web.error_too_long", limit=MAX_TEXT)
    return text


def _choice(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MAX_CHOICE or not value.isprintable():
        raise Refused(400, "web.error_malformed")
    return value


def _language(value: object) -> Language | None:
    if value is None:
        return None
    if value == "zh":
        return "zh"
    if value == "en":
        return "en"
    raise Refused(400, "web.error_malformed")


def _page(value: object) -> str:
    """The address, without what may be personal in it; "" for anything that is none: a message is
    worth more than where it came from."""
    if not isinstance(value, str) or len(value) > MAX_PAGE or not value.isprintable():
        return ""
    try:
        given = urlsplit(value)
        host = given.hostname
    except ValueError:
        return ""
    if given.scheme not in ("http", "https") or not host or given.username is not None:
        return ""
    return urlunsplit((given.scheme, given.netloc, given.path, "", ""))
