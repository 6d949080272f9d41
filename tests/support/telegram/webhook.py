"""Delivering updates to the bot's webhook, as Telegram's Bot API server does.

One chat's updates go one by one and in order; chats do not wait for each other. Any 2xx confirms;
everything else is tried again after Retry-After, or after a delay that doubles. An answer that
carries a method to call is not read.
"""

import asyncio
import contextlib
from collections.abc import Mapping

import httpx

from tests.support.telegram.updates import Pending
from tests.support.telegram.world import Webhook, World

_MAX_DELAY = 60.0
_MAX_RETRY_AFTER = 3600


class Deliverer:
    """Runs as long as the server. `delay`: seconds before the first retry, 1 in Telegram.
    `ends`: addresses that begin so are found there, as behind the shop's proxy."""

    def __init__(
        self, world: World, *, delay: float, timeout: float, ends: Mapping[str, str] | None = None
    ) -> None:
        self._world = world
        self._ends = dict(ends or {})
        self._delay = delay
        self._timeout = timeout
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        async with httpx.AsyncClient(
            timeout=self._timeout, trust_env=False, verify=False
        ) as client:
            try:
                while True:
                    await self._world.signal.until(lambda: self._start(client), 0.25)
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, client: httpx.AsyncClient) -> None:
        """Send the head of every chat's queue that is due; always waits on."""
        webhook = self._world.webhook
        if webhook is None:
            return
        now = self._world.clock()
        self._world.updates.expire(now)
        heads = self._world.updates.heads()
        busy = sum(pending.in_flight for pending in heads)
        for pending in heads:
            if busy >= webhook.max_connections:
                return
            if not pending.in_flight and pending.ready_at <= now:
                pending.in_flight = True
                busy += 1
                task = asyncio.create_task(self._deliver(client, webhook, pending))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _deliver(self, client: httpx.AsyncClient, webhook: Webhook, pending: Pending) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        retry_after = 0.0
        try:
            response = await client.post(
                self._address(webhook.url), json=pending.json, headers=headers
            )
        except httpx.TimeoutException:
            error = "Read timeout expired"
        except httpx.HTTPError as failure:
            refused = isinstance(failure, httpx.ConnectError)
            # A connection that is reset says nothing, and must not be taken for an answer.
            error = "Connection refused" if refused else str(failure) or type(failure).__name__
        else:
            reason = f"{response.status_code} {response.reason_phrase}"
            error = "" if response.is_success else f"Wrong response from the webhook: {reason}"
            with contextlib.suppress(ValueError):
                retry_after = float(response.headers.get("Retry-After", ""))
        with self._world.lock:
            pending.in_flight = False
            if self._world.webhook is not webhook:
                return
            if error:
                self._failed(webhook, pending, error, min(retry_after, _MAX_RETRY_AFTER))
            else:
                self._world.updates.drop(pending.update_id)
        self._world.signal.fire()

    def _address(self, url: str) -> str:
        for public, local in self._ends.items():
            if url.startswith(f"{public}/"):
                return local + url.removeprefix(public)
        return url

    def _failed(self, webhook: Webhook, pending: Pending, error: str, retry_after: float) -> None:
        now = self._world.clock()
        webhook.last_error, webhook.last_error_at = error, now
        if pending.failures == 0:
            pending.delay = self._delay
        elif not retry_after:
            pending.delay = min(_MAX_DELAY, pending.delay * 2)
        pending.failures += 1
        pending.ready_at = now + (retry_after or pending.delay)
