"""The HTTP side: a request's parameters read, faults and budgets applied, its method called."""

import json
import re
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

# These two fill the table of methods when they are read.
from tests.support.telegram import account, sending
from tests.support.telegram.errors import ApiError, too_many
from tests.support.telegram.methods import BUDGETED, METHODS
from tests.support.telegram.params import Params, Upload
from tests.support.telegram.world import Call, Fault, World

__all__ = ["Api", "account", "sending"]

JSON = dict[str, Any]
_TWO_POLLS = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
_POLL_AND_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class _Lost(Response):
    """An answer that breaks off: the bot cannot know what became of its call."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":', "more_body": True})


class Api:
    """The endpoints of one bot."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def file(self, request: Request) -> Response:
        with self.world.lock:
            files = dict(self.world.files.values())
        content = files.get(request.path_params["path"])
        if content is None or request.path_params["token"] != self.world.token:
            return JSONResponse(ApiError(404, "Not Found").json, 404)
        return Response(content, media_type="application/octet-stream")

    async def call(self, request: Request) -> Response:
        method = request.path_params["method"]
        params = await _read(request)
        token = request.path_params["token"]
        chat_id = Call(method, dict(params.fields), 0, None, 0).chat_id
        if token != self.world.token:
            well_formed = re.fullmatch(r"\d+:[\w-]+", token)
            error = ApiError(401, "Unauthorized") if well_formed else ApiError(404, "Not Found")
            return self._answer(method, params, error)
        with self.world.lock:
            slow = self.world.take_fault(method, chat_id, lambda fault: fault.delay > 0)
            self.world.slowed += slow is not None
            released = self.world.released
        if slow is not None:
            await self.world.signal.until(
                lambda: True if self.world.released > released else None, slow.delay
            )
        with self.world.lock:
            closed = method.lower() in BUDGETED and chat_id is not None
            try:
                if closed and chat_id is not None:
                    self.world.refuse_closed(method, chat_id)
            except ApiError as error:
                return self._answer(method, params, error)
            fault = self.world.take_fault(method, chat_id, lambda fault: fault.delay == 0)
            if fault is not None and fault.error is not None:
                return self._answer(method, params, self._refusal(fault, chat_id), body=fault.body)
        if fault is not None and fault.drop == "before":
            return self._answer(method, params, ApiError(0, "dropped"), dropped=True)
        result = await self._act(method, params)
        return self._answer(method, params, result, dropped=fault is not None)

    def _refusal(self, fault: Fault, chat_id: int | None) -> ApiError:
        assert fault.error is not None
        seconds = fault.error.parameters.get("retry_after")
        if seconds is None:
            return fault.error
        if chat_id is not None:
            self.world.windows.close(chat_id, seconds, self.world.clock())
        return too_many(seconds)

    async def _act(self, method: str, params: Params) -> Any:
        """The method's result, or the ApiError it is refused with."""
        try:
            if method.lower() == "getupdates":
                return await self._get_updates(params)
            function = METHODS.get(method.lower())
            if function is None:
                raise ApiError(404, "Not Found: method not found")
            with self.world.lock:
                return function(self.world, params)
        except ApiError as error:
            return error

    async def _get_updates(self, params: Params) -> list[JSON]:
        offset, limit = params.number("offset"), params.number("limit", 100)
        updates = self.world.updates
        if not 1 <= limit <= 100:
            limit = 100
        with self.world.lock:
            if self.world.webhook is not None:
                raise ApiError(409, _POLL_AND_WEBHOOK)
            updates.allow(params.json("allowed_updates"))
            updates.expire(self.world.clock())
            if offset:
                updates.confirm(offset)
            self.world.polls += 1
            mine = self.world.polls
        self.world.signal.fire()

        def check() -> list[JSON] | ApiError | None:
            if self.world.polls != mine:
                return ApiError(409, _TWO_POLLS)
            if self.world.webhook is not None:
                return ApiError(409, "Conflict: terminated by setWebhook request")
            updates.expire(self.world.clock())
            return [pending.json for pending in updates.first(limit)] or None

        timeout = max(0, min(params.number("timeout"), 50))
        found: list[JSON] | ApiError | None = await self.world.signal.until(check, timeout)
        if isinstance(found, ApiError):
            raise found
        return found or []

    def _answer(
        self,
        method: str,
        params: Params,
        result: Any,
        *,
        body: str | None = None,
        dropped: bool = False,
    ) -> Response:
        status = result.status if isinstance(result, ApiError) else 200
        # As bytes now: the message itself may change while the answer is on its way.
        content = result.json if isinstance(result, ApiError) else {"ok": True, "result": result}
        encoded = json.dumps(content, ensure_ascii=False)
        with self.world.lock:
            kept = content.get("result", content.get("description"))
            fields: JSON = params.fields | dict(params.uploads.items())
            now = self.world.clock()
            self.world.calls.append(Call(method, fields, status, kept, now, dropped))
        if dropped:
            return _Lost()
        media_type = "application/json" if body is None else "text/html"
        return Response(encoded if body is None else body, status, media_type=media_type)


async def _read(request: Request) -> Params:
    """Parameters from the query, a form, an upload or a JSON body."""
    fields = dict(request.query_params)
    uploads = {}
    if request.headers.get("content-type", "").startswith("application/json"):
        sent = json.loads(await request.body() or b"{}")
        plain = (str,)
        fields |= {k: v if isinstance(v, plain) else json.dumps(v) for k, v in sent.items()}
        return Params(fields)
    async with request.form() as form:
        for name, value in form.items():
            if isinstance(value, UploadFile):
                uploads[name] = Upload(value.filename or name, await value.read())
            else:
                fields[name] = value
    return Params(fields, uploads)
