"""Requests that no browser sends, for every route of an app: what a stranger may try.

`requests_of` varies one thing at a time from a list of known traps; `mixtures` lets hypothesis put
any of them together, with characters of its own. `send` runs one against the app, without a server
in between that would refuse some of them first.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

PATIENCE = 10.0  # seconds for one request; a stream is told at once that its reader has gone
IDS = (
    "0",
    "1",
    "-1",
    "007",
    "9" * 18,
    "9" * 19,
    str(2**63),
    "9" * 5000,
    "²",
    "٣",
    "1.5",
    "%00",
    "",
)
ADDRESSES = ("http://[", "//[", "http://[::1", "null", "\\\\evil", "https://evil.example", "é", "")
CHARSETS = ("utf-7", "undefined", "none-such", "utf-16", "punycode", "rot13", "\xff", "")
TEXTS = ("\x00", "\ud800", "\ufdd0", "9" * 5000, "a" * 70_000, "{}", "'\"<", "😀" * 100)
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
BODIES = (
    b"",
    b"\x00\xff\xfe",
    b"=&=&%=%zz&a=%00&a=%ff",
    b"&".join(b"a=1" for _ in range(50)),
    b"text=" + b"a" * 70_000,
    b"[" * 20_000,
    b'{"a":' * 5_000,
    b"9" * 5_000,
    b"--x\r\n\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--\r\n',
)


@dataclass(frozen=True)
class Strange:
    """One request. `fields` are a form's or a JSON object's, beside what is right in it."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cookies: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.method} {self.path[:80]}?{self.query[:80]!r} {self.headers} {self.body[:80]!r}"
        )


def doors(routes: Sequence[BaseRoute]) -> list[tuple[str, str]]:
    """Each method and path of the routes; a path may have `{name}` in it."""
    found = []
    for route in routes:
        if isinstance(route, Mount):
            found.append(("GET", route.path + "/{path}"))
        elif isinstance(route, Route):
            plain = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
            # Starlette answers HEAD as GET, by the same endpoint.
            found += [(method, plain) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


def requests_of(door: tuple[str, str], right: dict[str, str]) -> Iterator[Strange]:
    """The door's requests with one strange thing each; `right` are the fields of a good form."""
    method, path = door
    good = Strange(method, filled(path, "1"), headers=kind(FORM), body=form(right))
    yield good
    if "{" in path:
        yield from (replace(good, path=filled(path, each)) for each in IDS)
    for each in (*IDS, *ADDRESSES, *TEXTS):
        value = quote(each.encode("utf-8", "surrogatepass"), safe="").encode()
        yield replace(good, query=b"&".join(n + b"=" + value for n in NAMES))
    yield replace(good, query=b"next=\xff\xfe&%")
    for name in HEADERS:
        traps = ADDRESSES if name in ("origin", "host") else IDS if "length" in name else ODD
        for each in traps:
            yield replace(good, headers=(*kind(FORM), (name, each)))
    if method == "POST":
        yield from _bodies(good, right)


def _bodies(good: Strange, right: dict[str, str]) -> Iterator[Strange]:
    for charset in CHARSETS:
        for content_type in (
            f"{FORM}; charset={charset}",
            f"{PARTS}; boundary=x; charset={charset}",
        ):
            yield replace(good, headers=kind(content_type), body=parts(right, "+2AA-"))
        yield replace(good, headers=kind(f"application/json; charset={charset}"), body=b"{}")
    for body in BODIES:
        for content_type in (FORM, f"{PARTS}; boundary=x", "application/json"):
            yield replace(good, headers=kind(content_type), body=body)
    for content_type in (PARTS, "\xff", ""):
        yield replace(good, headers=kind(content_type), body=b"a")
    for text in (*TEXTS, "http://[", "9" * 19, "²"):
        strange = dict.fromkeys(FIELDS, text)
        yield replace(good, body=form({**strange, **right}))
        yield replace(good, headers=kind("application/json"), body=json.dumps(strange).encode())


ODD = ("http://[", "\xff;=,q=x", "9" * 5000)
NAMES = (b"next", b"back", b"to", b"show", b"after", b"lang", b"page", b"v", b"q", b"noted")
HEADERS = (
    *("origin", "host", "cookie", "accept-language", "content-length", "last-event-id", "range"),
    *("if-none-match", "x-forwarded-for", "sec-fetch-site", "accept", "referer", "user-agent"),
)
FIELDS = (
    *("name", "password", "current", "again", "role", "next", "text", "note", "decision", "id"),
    *("token", "turn", "value", "choice", "language", "request_id"),
    *("to", "hours", "outcome", "shown", "shortcut"),
)

_text = st.one_of(st.sampled_from((*IDS, *ADDRESSES, *TEXTS)), st.text(max_size=30))
_wire = _text.map(lambda text: text.encode("utf-8", "replace").decode("latin-1"))


def mixtures(found: Sequence[tuple[str, str]], right: dict[str, str]) -> st.SearchStrategy[Strange]:
    """Any of it together, at any door."""
    bodies = st.one_of(
        st.sampled_from(BODIES),
        st.binary(max_size=200),
        st.dictionaries(st.sampled_from(FIELDS), _text).map(lambda some: form({**right, **some})),
        st.recursive(
            st.one_of(st.none(), st.integers(), st.floats(), _text),
            lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
            max_leaves=6,
        ).map(lambda value: json.dumps(value).encode()),
    )
    types = st.sampled_from(
        (FORM, f"{PARTS}; boundary=x", "application/json", f"{FORM}; charset=x")
    )
    headers = st.lists(st.tuples(st.sampled_from(HEADERS), _wire), max_size=4)
    return st.builds(
        lambda door, hole, query, kind_, more, body: Strange(
            door[0], filled(door[1], hole), query, (*kind(kind_), *more), body
        ),
        st.sampled_from(list(found)),
        _text,
        st.one_of(
            st.binary(max_size=60),
            _text.map(lambda t: b"next=" + quote(t, errors="replace").encode()),
        ),
        types,
        headers,
        bodies,
    )


def filled(path: str, hole: str) -> str:
    return re.sub(r"\{\w+\}", lambda _: hole, path)


def kind(content_type: str) -> tuple[tuple[str, str], ...]:
    return (("content-type", content_type),)


def form(fields: dict[str, str]) -> bytes:
    pairs = (
        f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}"
        for name, value in fields.items()
    )
    return "&".join(pairs).encode()


def parts(fields: dict[str, str], text: str) -> bytes:
    """A multipart form with `text` in every field that is not right already."""
    whole = {**dict.fromkeys(FIELDS, text), **fields}
    some = list(whole.items())[-18:]
    lines = (f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in some)
    return ("".join(lines) + "--x--\r\n").encode()


async def send(app: ASGIApp, strange: Strange) -> int:
    """The status that the app answers with; what it raises is raised here."""
    cookie = "; ".join(f"{name}={value}" for name, value in strange.cookies.items())
    given = {"host": "desk.example", "cookie": cookie} | dict(strange.headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": strange.method,
        "scheme": "http",
        "path": strange.path,
        "raw_path": quote(strange.path, errors="replace").encode(),
        "query_string": strange.query,
        "root_path": "",
        "headers": [
            (name.encode(), value.encode("latin-1", "replace")) for name, value in given.items()
        ],
        "client": ("203.0.113.9", 50_000),
        "server": ("desk.example", 80),
    }
    status = 0
    arriving = iter([{"type": "http.request", "body": strange.body, "more_body": False}])

    async def receive() -> Any:
        return next(arriving, {"type": "http.disconnect"})

    async def note(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    async with asyncio.timeout(PATIENCE):
        await app(scope, receive, note)
    return status
