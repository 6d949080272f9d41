"""Structured logs: one line a record, each with an `action`, and nothing of what people wrote.

Our records and those of every library (uvicorn, alembic, …) come out alike: JSON for machines,
coloured lines for a terminal. Libraries speak from "warning" on: below it some print whole
requests. Private values are dropped here, at every level, whoever logs them. An error is logged as
its kind, its place and the message where we wrote that ourselves: a vendor's message may quote what
it choked on. It does not rotate files; that is the operator's system.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from bot.errors import DeskhandError, InputError

HIDDEN = "[hidden]"
# A key is private when it is one of these or ends with one ("chat_token", "shopper_email").
_PRIVATE = re.compile(
    r"(?:^|_)(?:text|message|question|answer|email|phone|address|name|sender|token|password|secret"
    r"|cookie|authorization|api_key|session)$",
    re.IGNORECASE,
)
_NOT_PRIVATE = {"file_name", "channel_name", "logger_name", "model_name"}
_SECRETS = (  # in values, whatever their key is
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{HIDDEN}@"),  # the password of an address
    (re.compile(r"\b\d{6,}:[\w-]{30,}"), HIDDEN),  # a Telegram bot's token, in its API's paths too
    (re.compile(r"(?<=bot)\d{6,}:[\w-]{30,}"), HIDDEN),
    (re.compile(r"\b[sprw]k-[\w-]{16,}"), HIDDEN),  # a model vendor's key
    (re.compile(r"(?i)\bbearer\s+\S+"), HIDDEN),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"), HIDDEN),  # an e-mail address
)
_QUERY = re.compile(r"\?\S+")
_DEEPEST = 5  # levels of nesting that are looked into
_FRAMES = 8
_CHAIN = 6  # causes of causes


def configure(level: str = "info", format: Literal["text", "json"] | None = None) -> None:
    """Send all records of at least `level` to stderr, as JSON unless a person watches it.

    It may be called again. Give uvicorn `log_config=None`, or it puts its own handlers in place;
    its access log is off here, since paths and addresses belong to shoppers.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    watched = sys.stderr.isatty()
    as_json = format == "json" or (format is None and not watched)
    render: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=repr)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=watched, pad_event_to=28)
    )
    last: list[Processor] = [causes, hide, _for_machines if as_json else _for_people, render]
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
    ]
    structlog.configure(
        processors=[*first, own_action, *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, foreign_action],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(logging.NOTSET)  # the root's
    logging.getLogger("uvicorn.access").disabled = True


def own_action(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A record of ours is called by its action, unless it names both."""
    event.setdefault("action", event["event"])
    return event


def foreign_action(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A library's record is called by the library; of its text the first line stays.

    What follows the first line is where asyncio and the warnings module quote objects and code.
    """
    record: logging.LogRecord = event["_record"]
    event["action"] = getattr(record, "action", record.name.removesuffix(".error"))
    lines = str(event["event"]).strip().splitlines() or [""]
    event["event"] = _QUERY.sub(f"?{HIDDEN}", lines[0])
    event.pop("stack_info", None)
    return event


def causes(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """`exc_info` as one line per error, from what was raised to what caused it."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_lines(error))
    return event


def hide(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace private values and secrets by a mark, so that one sees that there was something."""
    for key, value in event.items():
        event[key] = _clean(key, value, _DEEPEST)
    return event


def _clean(key: str, value: Any, depth: int) -> Any:
    if _PRIVATE.search(key) and key not in _NOT_PRIVATE:
        return value if value is None or value == "" else HIDDEN
    if isinstance(value, str):
        for secret, replacement in _SECRETS:
            value = secret.sub(replacement, value)
        return value
    if isinstance(value, bool | int | float | None):
        return value
    if depth == 0:
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: _clean(str(name), inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner, depth - 1) for inner in value]
    # Of any other object nobody knows what its text would show.
    known = isinstance(value, Path | date | timedelta)
    return _clean("", str(value), depth - 1) if known else HIDDEN


def _for_machines(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The action first, the sentence only where it says more."""
    said = event.pop("event")
    action = event.pop("action")
    return {"action": action, **({} if said == action else {"event": said}), **event}


def _for_people(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The action leads the line, the sentence follows it."""
    said = event["event"]
    event["event"] = event.pop("action")
    if said != event["event"]:
        event["said"] = said
    return event


def _lines(error: BaseException) -> list[str]:
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None and len(lines) < _CHAIN:
        lines.append(_line(current))
        if isinstance(current, BaseExceptionGroup):
            lines.extend(f"  {_line(inner)}" for inner in current.exceptions[:_CHAIN])
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return lines


def _line(error: BaseException) -> str:
    """The kind of error, what may be said of it, and the innermost frames, innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__)[-_FRAMES:])
    places = " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in frames)
    kind, said = type(error).__qualname__, _sayable(error)
    return f"{kind}{f': {said}' if said else ''}{f' ({places})' if places else ''}"


def _sayable(error: BaseException) -> str:
    if isinstance(error, InputError):
        return error.key  # its message may hold what somebody typed
    if isinstance(error, DeskhandError):
        return str(error)
    return (error.strerror or "") if isinstance(error, OSError) else ""


def _short(filename: str) -> str:
    """The last two parts of a path: enough to find the file, nothing of the machine."""
    return "/".join(Path(filename).parts[-2:])
