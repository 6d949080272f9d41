"""Rendering: templates, the reader's language, and words for times, moods and reasons.

It knows no database and no session; escaping is on for everything.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.desk.pages.rich import rich
from bot.language.lines import plain
from bot.texts import preferred, t
from bot.tickets.opening import mood_word
from bot.types import Language

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
NAMED_CHANNELS = ("web", "telegram", "console")
LANGUAGE_COOKIE = "deskhand_language"
SLOW, VERY_SLOW = 5 * 60, 15 * 60
"""Seconds of waiting from which the queue shows a time in amber, then in red (desk.js, too)."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "channel_word": channel_word,
        "clock": clock,
        "iso": iso,
        "mood_word": mood_word,
        "plain": plain,
        "rich": rich,
        "span": span,
        "urgency": urgency,
    }
    environment.globals["asset"] = asset
    return environment


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so no cache serves an old one."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/desk/static/{name}?v={version}"


def page(
    template: str, language: Language, context: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """A rendered template; in it, `t(key, …)` speaks the reader's language."""
    speak = partial(_speak, language)
    body = _environment().get_template(template).render({"t": speak, "lang": language, **context})
    return HTMLResponse(body, status_code=status)


def row(language: Language, ticket: object, place: object, **more: object) -> Markup:
    """A ticket in the list, as `_parts.html` writes it."""
    rows: Any = _environment().get_template("_parts.html").module
    return Markup(rows.row(partial(_speak, language), ticket, place, language, **more))


def _speak(language: Language, key: str, **params: object) -> str:
    return t(key, language, **params)


def reader_language(request: Request) -> Language:
    """The reader's choice if they made one, otherwise what their browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in ("en", "zh"):
        return "zh" if chosen == "zh" else "en"
    return preferred(request.headers)


def local_path(path: str) -> str:
    """`path` if it is one of the desk's own pages, otherwise the queue: never a foreign address."""
    ours = path == "/desk" or path.startswith(("/desk/", "/desk?"))
    return path if ours and "\\" not in path and path.isprintable() else "/desk"


def clock(seconds: int) -> str:
    """4:07 below an hour, then 1:04:07; desk.js ticks in the same form."""
    hours, rest = divmod(max(0, seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def span(seconds: float | None, speak: Callable[..., str]) -> str:
    """How long something took, in the unit that says it shortest: 45 s, 12 min, 3.5 h, 2 d."""
    if seconds is None:
        return "–"
    for key, size, above in (("days_long", 86400, 48 * 3600), ("hours", 3600, 5400)):
        if seconds >= above:
            return speak(f"report.{key}", count=f"{seconds / size:.1f}".removesuffix(".0"))
    if seconds >= 90:
        return speak("report.minutes", count=round(seconds / 60))
    return speak("report.seconds", count=round(seconds))


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def channel_word(channel: str, speak: Callable[[str], str]) -> str:
    """A channel's name for people; its own name when we have no better one."""
    return speak(f"desk.channel_{channel}") if channel in NAMED_CHANNELS else channel


def urgency(seconds: int) -> str:
    """How a waiting time is to be coloured: "" or "slow" or "very-slow"."""
    if seconds >= VERY_SLOW:
        return "very-slow"
    return "slow" if seconds >= SLOW else ""
