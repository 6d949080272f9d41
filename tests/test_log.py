"""What is logged, in which form, and above all what is not."""

import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import log
from bot.errors import DatabaseError, NotFoundError

_PRIVATE = (
    *("text", "message", "email", "phone", "token", "password", "cookie", "authorization"),
    *("Authorization", "question", "answer", "sender", "api_key"),
    *("chat_token", "shopper_email", "new_password"),
)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is the process's: put it back for the other tests."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_event_name_is_the_action(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    structlog.get_logger().info("inbox.accepted", conversation=7)
    record = records(capsys)[0]
    assert next(iter(record)) == "action"
    assert record["action"] == "inbox.accepted"
    assert record["conversation"] == 7
    assert record["level"] == "info"
    assert record["timestamp"].endswith("Z")
    assert "event" not in record


def test_a_sentence_stays_beside_an_action_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    structlog.get_logger().info("logged in", action="desk.login", user_id=3)
    record = records(capsys)[0]
    assert (record["action"], record["event"]) == ("desk.login", "logged in")


def test_libraries_records_have_an_action_too(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("some.library").warning("careful", extra={"action": "library.careful"})
    found = [(record["action"], record["event"]) for record in records(capsys)]
    assert found == [
        ("uvicorn", "Invalid HTTP request received."),
        ("library.careful", "careful"),
    ]


def test_warnings_become_records(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    (record,) = records(capsys)
    assert record["action"] == "py.warnings"


def test_libraries_are_quiet_below_warning_even_at_debug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("debug")
    logging.getLogger("httpx").info("HTTP Request: POST https://api.example/bot1:secret/getMe")
    logging.getLogger("telegram").debug("{'text': 'my order is late'}")
    logging.getLogger("uvicorn.error").info("Started server process [42]")
    logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")
    structlog.get_logger().debug("flow.step")
    assert [record["action"] for record in records(capsys)] == ["flow.step"]


def test_access_log_is_off(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("debug")
    logging.getLogger("uvicorn.access").info("GET /chat?email=a@b.example")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize(
    "key",
    _PRIVATE,
)
def test_private_values_are_dropped_at_every_level(
    level: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure(level)
    private = {key: "ann@shop.example wants 13", "inner": {"rows": [{key: "ann"}]}}
    structlog.get_logger().error("thing.done", **private)
    written = capsys.readouterr().err
    assert "thing.done" in written
    assert log.HIDDEN in written
    assert "ann" not in written
    assert "13" not in json.loads(written)[key]


def test_counts_and_ids_stay(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    structlog.get_logger().info("inbox.finished", messages=3, turn=9, dropped=False, reason=None)
    record = records(capsys)[0]
    assert (record["messages"], record["turn"], record["dropped"], record["reason"]) == (
        3,
        9,
        False,
        None,
    )


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://bot:hunter2@db.example/shop",
        "https://api.telegram.org/bot123456789:AAF-abcdefghijklmnopqrstuvwxyz012345/getMe",
        "sk-proj-abcdefghijklmnop1234567890",
        "Bearer abc.def.ghi",
        "write to ann.lee@shop.example",
    ],
)
def test_secrets_are_hidden_wherever_they_stand(
    secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("info")
    structlog.get_logger().warning("thing.failed", cause=secret)
    logging.getLogger("library").warning("cannot reach %s", secret)
    written = capsys.readouterr().err
    for part in ("hunter2", "AAF-", "sk-proj", "abc.def", "ann.lee"):
        assert part not in written
    assert written.count(log.HIDDEN) == 2


def test_query_strings_of_libraries_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    logging.getLogger("library").warning("slow: GET /orders?customer=ann")
    assert "customer" not in capsys.readouterr().err


def test_only_the_first_line_of_a_librarys_text_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("info")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: 'my size'")
    assert "my size" not in capsys.readouterr().err


def test_errors_are_kinds_and_places_without_what_they_quote(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("info")
    try:
        try:
            raise ValueError("cannot parse 'my parcel is late'")
        except ValueError as error:
            raise DatabaseError("database.closed") from error
    except DatabaseError:
        structlog.get_logger().error("db.failed", exc_info=True)
    (record,) = records(capsys)
    first, second = record["exception"].splitlines()
    assert first.startswith("DatabaseError: The program is shutting down")
    assert second.startswith("ValueError (tests/test_log.py:")
    assert "parcel" not in record["exception"]


def test_refused_input_is_logged_by_its_key_alone(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    error = NotFoundError("users.not_found", name="ann")
    structlog.get_logger().warning("user.missing", exc_info=error)
    (record,) = records(capsys)
    assert record["exception"] == "NotFoundError: users.not_found"


def test_a_librarys_error_is_cleaned_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    try:
        raise ExceptionGroup("two", [ValueError("my size"), OSError(28, "No space left")])
    except ExceptionGroup:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    (record,) = records(capsys)
    assert "my size" not in record["exception"]
    assert "OSError: No space left" in record["exception"]


def test_text_format_is_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "text")
    structlog.get_logger().info("index.loaded", build="20260101-000000-abc")
    structlog.get_logger().info("logged in", action="desk.login")
    first, second = capsys.readouterr().err.splitlines()
    assert "index.loaded" in first
    assert "build=20260101-000000-abc" in first
    assert "desk.login" in second
    assert "logged in" in second


def test_level_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [record["action"] for record in records(capsys)] == ["loud"]


def test_context_of_the_task_is_in_every_record(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    with structlog.contextvars.bound_contextvars(conversation=5):
        structlog.get_logger().info("flow.retrieved")
    assert records(capsys)[0]["conversation"] == 5
