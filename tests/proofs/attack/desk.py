"""Attacks on the desk: guessed passwords, a forged address, odd requests, secrets on the disk.

The shop trusts one proxy, this machine, so that each attacker has an address of their own.
"""

import asyncio
import re
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.proofs.attack import Ground, Row
from tests.proofs.servers import ServeServer

ADDRESSES = 50
WRONG = "not the password"
OWN = "tea before tickets"
OWNER = "198.51.100.1"
ODD_ADDRESSES = (
    *(f"/desk/tickets/{number}" for number in ("9" * 5000, 2**63, "0", "-1", "%C2%B2", "%00")),
    *(f"/desk/files/{number}" for number in ("9" * 5000, 2**63, "%D9%A3")),
    *(f"/desk/login?next={to}" for to in ("http://[", "//[", "%00", "%ff")),
    *(f"/desk/language?back={to}" for to in ("http://[", "//[")),
    *(f"/desk?page={page}" for page in ("9" * 4000, "-1", "%C2%B2")),
    *("/api/chat/turns?after=" + "9" * 4000, "/static/%00", "/desk/static/%2e%2e/%00"),
)
ODD_TYPES = (
    *(
        f"multipart/form-data; boundary=x; charset={each}"
        for each in ("undefined", "utf-7", "none")
    ),
    *("multipart/form-data", "application/x-www-form-urlencoded; charset=none", ";;;", "x" * 4000),
)


class Browser:
    """A browser at the desk. `address` is what the proxy says of it, if it came by the proxy."""

    def __init__(self, server: ServeServer, address: str = "") -> None:
        headers = {"x-forwarded-for": address} if address else {}
        self.client = httpx.AsyncClient(
            base_url=server.base,
            headers=headers,
            trust_env=False,
            verify=False,
            timeout=60,
            # A kept connection may be closed by a busy server at the moment of the next request.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def log_in(self, password: str, name: str = "admin") -> int:
        """The status of one try."""
        form = await self._form("/desk/login")
        sent = await self.client.post(
            "/desk/login", data={"csrf": form, "name": name, "password": password}
        )
        return sent.status_code

    async def choose(self, password: str) -> int:
        """A password of one's own, after the first login."""
        form = await self._form("/desk/password")
        fields = {"csrf": form, "password": password, "again": password}
        return (await self.client.post("/desk/password", data=fields)).status_code

    async def forget_login(self) -> None:
        self.client.cookies.delete("deskhand_desk", path="/desk")

    async def _form(self, page: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.client.get(page)).text)
        return found[1] if found else ""


async def attack(ground: Ground) -> Sequence[Row]:
    """Run them all on one shop, then one on a shop that trusts no proxy."""
    data = ground.folder / "data"
    proxied = server(ground, data, {"BOT_TRUSTED_PROXIES": "127.0.0.1"})
    await proxied.start()
    await proxied.ready()
    try:
        password = (data / "first-password").read_text().strip()
        rows = [_modes(data), *await _guessing(proxied, password, ground.short)]
        rows += [await _odd(proxied), _forgotten(data)]
    finally:
        await proxied.stop()
    rows.append(_unlogged(ground.folder, (password, WRONG, OWN)))
    return [*rows, await _forged(ground)]


def server(ground: Ground, data: Path, settings: dict[str, str]) -> ServeServer:
    return ServeServer(f"sqlite:///{data / 'shop.db'}", ground.folder, ground.index, settings)


async def _guessing(shop: ServeServer, first: str, short: bool) -> list[Row]:
    """A stranger with fifty addresses tries the admin's name, all at once."""
    owner = Browser(shop, OWNER)
    began = await owner.log_in(first), await owner.choose(OWN)
    tries = 100 if short else 200
    guessers = [Browser(shop, f"203.0.113.{number}") for number in range(ADDRESSES)]
    each = tries // ADDRESSES
    told = await asyncio.gather(
        *(guesser.log_in(WRONG) for guesser in guessers for _ in range(each)),
        *(guessers[0].log_in(WRONG) for _ in range(20)),
    )
    found = Counter(told)
    await owner.forget_login()
    known = await _patient(owner)
    elsewhere = await _patient(Browser(shop, "198.51.100.7"))
    log = shop.log_tail(10_000)
    for browser in (owner, *guessers):
        await browser.client.aclose()
    shown = ", ".join(f"{number} × {status}" for status, number in sorted(found.items()))
    return [
        Row(
            f"{len(told)} log-ins as admin at once, {ADDRESSES} addresses",
            "none comes in, most are not even compared",
            shown,
            began == (303, 303) and found[303] == 0 and found[429] + found[503] > found[401],
        ),
        Row("meanwhile the admin, known browser", "comes in", str(known), known == 303),
        Row("meanwhile the admin, new address", "comes in", str(elsewhere), elsewhere == 303),
        Row(
            "the same, in the log",
            "one alarm, no name",
            f"{log.count('desk.under_attack')} alarms",
            log.count("desk.under_attack") == 1,
        ),
    ]


async def _patient(browser: Browser) -> int:
    """Log in with the right password, again where the server asks to wait a moment (503)."""
    for _ in range(10):
        status = await browser.log_in(OWN)
        if status != 503:
            return status
        await asyncio.sleep(1)
    return status


async def _odd(shop: ServeServer) -> Row:
    """Addresses, headers and charsets that once raised an error."""
    broken = []
    browser = Browser(shop, OWNER)
    await browser.log_in(OWN)
    for address in ODD_ADDRESSES:
        broken += _wrong(address, await browser.client.get(address))
    for origin in (b"http://[", b"//[", b"null", b"\xe9"):
        for address in ("/desk/login", "/api/chat/messages", "/desk/logout"):
            sent = await browser.client.post(address, headers={b"origin": origin})
            broken += _wrong(f"{address} {origin!r}", sent)
    for content_type in ODD_TYPES:
        body = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n+2AA-\r\n--x--\r\n'
        for address in ("/desk/login", "/api/chat/proof"):
            headers = {"content-type": content_type}
            sent = await browser.client.post(address, content=body, headers=headers)
            broken += _wrong(f"{address} {content_type[:40]}", sent)
    await browser.client.aclose()
    return Row("odd ids, origins, charsets", "no 500", f"{len(broken)} × 500", not broken)


def _wrong(what: str, response: httpx.Response) -> list[str]:
    return [what] if response.status_code >= 500 else []


def _modes(data: Path) -> Row:
    """The folder, the database and the first password, as other users of the machine see them."""
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (data, *data.iterdir())}
    open_ = [name for name, mode in modes.items() if mode & 0o077]
    return Row(
        "another user of the machine",
        "reads nothing",
        f"{len(modes)} files, open: {open_}",
        not open_,
    )


def _forgotten(data: Path) -> Row:
    """The first password's file, once the admin has a password of their own."""
    gone = not (data / "first-password").exists()
    return Row("the first password's file", "goes with it", "gone" if gone else "there", gone)


def _unlogged(folder: Path, secrets: Sequence[str]) -> Row:
    log = (folder / "server.log").read_text(errors="replace")
    found = sum(secret in log for secret in secrets)
    return Row("passwords in what it printed", "none", str(found), not found)


async def _forged(ground: Ground) -> Row:
    """Without a trusted proxy, a new address in a header is the same visitor."""
    folder = ground.folder / "forged"
    folder.mkdir()
    shop = ServeServer(f"sqlite:///{folder / 'data' / 'shop.db'}", folder, ground.index)
    await shop.start()
    await shop.ready()
    try:
        told = []
        for number in range(8):
            browser = Browser(shop, f"203.0.113.{number}")
            told.append(await browser.log_in(WRONG))
            await browser.client.aclose()
    finally:
        await shop.stop()
    return Row("a forged X-Forwarded-For", "counts for nothing", str(told), told[-1] == 429)
