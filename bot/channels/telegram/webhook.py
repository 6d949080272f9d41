"""The webhook: Telegram's POSTs, stored before they are answered.

Only requests with our secret are read. The route is there for as long as the server is; before the
channel listens and after it has stopped, Telegram is asked to come again.
"""

import hashlib
import hmac
import json
import math

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram.receive import NotTaken, Receiver
from bot.channels.telegram.state import State

PATH = "/telegram/webhook"
MAX_BODY = 1024 * 1024  # bytes; an update with all it quotes stays far below
_STARTING = 3  # seconds
_HEADER = "x-telegram-bot-api-secret-token"


class Webhook:
    """The route; `receiver` is set while the channel listens. `state` hears of what came.

    What Telegram is given is made from `secret` and does not tell it: it always has the letters
    that Telegram wants, and a key may safely serve for something else, too.
    """

    def __init__(self, secret: str, state: State) -> None:
        if not secret.strip():
            raise ValueError("a webhook without a secret would believe anybody")
        self.token = hmac.new(secret.encode(), b"telegram webhook", hashlib.sha256).hexdigest()
        self.receiver: Receiver | None = None
        self._state = state

    def route(self) -> Route:
        return Route(PATH, self._post, methods=["POST"])

    async def _post(self, request: Request) -> Response:
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return Response(status_code=401)
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    return Response(status_code=413)
            update = json.loads(body)
        except (ClientDisconnect, ValueError, RecursionError):
            return Response(status_code=400)
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return Response(status_code=400)
        if self.receiver is None:
            return _later(_STARTING)
        self._state.heard()
        try:
            await self.receiver.take(update)
        except NotTaken as later:
            return _later(later.seconds)
        return Response(status_code=200)


def _later(seconds: float) -> Response:
    return Response(status_code=503, headers={"Retry-After": str(max(1, math.ceil(seconds)))})
