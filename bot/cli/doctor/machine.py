"""`bot doctor`: is everything there that serving needs? One finding per thing looked at.

It looks from outside, with nothing running, and changes nothing. Each check yields findings; an
error keeps the bot from working, a warning will hurt later. Drawing them is up to the command line.
"""

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from packaging.requirements import Requirement
from sqlalchemy import func, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, select

from bot.cli.doctor.findings import Finding, Severity
from bot.cli.doctor.outside import CLOCK_OFF, keyless, letters, model, orders, telegram
from bot.conversations import inbox, outbox
from bot.database import private
from bot.database.db import MIGRATIONS, Database, sqlite_files
from bot.database.tables import TurnRow, UserRow
from bot.errors import BuildError, DatabaseError, EncoderError, KnowledgeError
from bot.knowledge import builds
from bot.knowledge.builds import Manifest
from bot.knowledge.documents import read_knowledge
from bot.language import embedder, encoders, heads
from bot.orders.embedding import FOLDER as ORDER_VECTORS
from bot.settings import Settings
from bot.tickets import first_password
from bot.types import now

DISTRIBUTION = "deskhand"
PYTHON = (3, 11)
_MEGABYTE = 1024 * 1024
_DISK_LOW, _DISK_FULL = 1000, 200  # MB free
_NAMED = 3  # files that a finding names before it only counts


def run(settings: Settings) -> list[Finding]:
    """All findings, in the order in which a fresh machine is set up."""
    return [finding for check in CHECKS for finding in check(settings)]


def python(_: Settings) -> Iterator[Finding]:
    """The interpreter and every package that pyproject.toml asks for."""
    have = ".".join(map(str, sys.version_info[:3]))
    enough = sys.version_info[:2] >= PYTHON
    need = ".".join(map(str, PYTHON))
    yield Finding.of("python", enough, "python_old", have=have, need=need)
    try:
        wanted = [Requirement(line) for line in requires(DISTRIBUTION) or []]
    except PackageNotFoundError:
        yield Finding("packages", "warning", "packages_unknown")
        return
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [line for one in wanted if (line := _unmet(one))]
    found = {"list": ", ".join(wrong), "count": len(wanted)}
    yield Finding.of("packages", not wrong, "packages_wrong", **found)


def _unmet(wanted: Requirement) -> str:
    """What is wrong with an installed package, "" for nothing."""
    try:
        have = version(wanted.name)
    except PackageNotFoundError:
        return wanted.name
    fits = wanted.specifier.contains(have, prereleases=True)
    return "" if fits else f"{wanted.name} {have} ({wanted.specifier})"


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether this user may read the knowledge, and write what is made from it."""
    knowledge = settings.bot_knowledge_dir
    readable = knowledge.is_dir() and os.access(knowledge, os.R_OK | os.X_OK)
    yield _folder("folder_knowledge", knowledge, readable)
    yield _folder("folder_index", settings.bot_index_dir, _writable(settings.bot_index_dir))
    if (data := _database_file(settings)) is not None:
        yield _folder("folder_data", data.parent, _writable(data.parent))


def _folder(key: str, folder: Path, fine: bool) -> Finding:
    broken = "folder_unreadable" if key == "folder_knowledge" else "folder_unwritable"
    return Finding(
        key, "ok" if fine else "error", "folder_ok" if fine else broken, {"folder": folder}
    )


def _writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or the folder itself, which is made when needed."""
    existing = _existing(folder)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def knowledge(settings: Settings) -> Iterator[Finding]:
    """What is in the knowledge folder, and how much of it cannot be used."""
    try:
        found = read_knowledge(settings.bot_knowledge_dir, _today())
    except KnowledgeError as error:
        yield Finding("knowledge", "error", error)
        return
    problems = [problem for problem in found.problems if problem.severity != "info"]
    wrong = [problem for problem in problems if problem.severity == "error"]
    params: dict[str, object] = {
        "entries": len(found.entries),
        "files": len(found.files),
        "problems": len(problems),
        "first": _some([problem.where for problem in wrong or problems]),
    }
    if not found.entries:
        yield Finding("knowledge", "error", "knowledge_empty", params)
    elif problems:
        yield Finding("knowledge", "warning", "knowledge_problems", params)
    else:
        yield Finding("knowledge", "ok", "knowledge_ok", params)


def index(settings: Settings) -> Iterator[Finding]:
    """The current build: there, intact, its encoder intact, made from today's knowledge."""
    folder = settings.bot_index_dir
    current = builds.current_id(folder)
    if current is None:
        yield Finding("index", "error", "index_none")
        return
    try:
        manifest = builds.verify(folder, current)
    except BuildError as error:
        yield Finding("index", "error", error)
        return
    params: dict[str, object] = {
        "build": current,
        "entries": sum(manifest.entries.values()),
        "passages": sum(manifest.passages.values()),
    }
    yield Finding("index", "ok", "index_ok", params)
    yield _freshness(settings, manifest)
    try:
        name = encoders.check(folder / builds.ENCODERS, manifest.encoder)
    except EncoderError as error:
        yield Finding("encoder", "error", error)
        return
    yield _encoder(settings.bot_embedding_model, name)
    yield _heads(name)


def _encoder(setting: str, name: str) -> Finding:
    """Whether the index has the encoders that are set and that this machine can have."""
    had = encoders.installed(setting, embedder.installed)
    if name != had:
        return Finding("encoder", "warning", "encoder_other", {"have": name, "want": had})
    if had != setting:
        return Finding("encoder", "warning", "encoder_fewer", {"have": had, "want": setting})
    return Finding("encoder", "ok", "encoder_ok", {"model": name})


def _heads(encoders_there: str) -> Finding:
    """Whether heads were fitted for each of the encoders."""
    try:
        for model in encoders.models_of(encoders_there):
            missing = [name for name in heads.NAMES if name not in heads.load(model)]
            if missing:
                params: dict[str, object] = {"model": model, "heads": ", ".join(missing)}
                return Finding("heads", "warning", "heads_missing", params)
    except EncoderError as error:
        return Finding("heads", "error", error)
    params = {"model": encoders_there, "heads": ", ".join(heads.NAMES)}
    return Finding("heads", "ok", "heads_ok", params)


def _freshness(settings: Settings, manifest: Manifest) -> Finding:
    """Which knowledge files came, went or changed since the build."""
    folder = settings.bot_knowledge_dir
    try:
        there = read_knowledge(folder, _today()).files
    except KnowledgeError:
        there = {}
    names = sorted(there.keys() | manifest.knowledge.keys())
    changed = [name for name in names if there.get(name) != manifest.knowledge.get(name)]
    if not changed:
        return Finding("index_age", "ok", "index_fresh", {"created": manifest.created})
    params: dict[str, object] = {"count": len(changed), "first": _some(changed)}
    return Finding("index_age", "warning", "index_stale", params)


def database(settings: Settings) -> Iterator[Finding]:
    """The database and what only it can tell: schema, users, what was given up, its clock."""
    file = _database_file(settings)
    if file is not None and not file.exists():
        yield Finding("database", "warning", "database_new", {"file": file})
        return
    try:
        db = Database(settings.bot_database_url)
    except DatabaseError as error:
        yield Finding("database", "error", error)
        return
    try:
        db.ping()
        yield Finding(
            "database", "ok", "database_ok", {"kind": "SQLite" if db.sqlite else "PostgreSQL"}
        )
        if db.sqlite:
            yield _journal(db)
        schema = _schema(db)
        yield schema
        if schema.severity == "ok":
            with db.read() as session:
                yield from (_users(session), _given_up(session), _clock(session, db.sqlite))
    except DatabaseError as error:
        yield Finding("database", "error", error)
    finally:
        db.close()


def _journal(db: Database) -> Finding:
    """Network drives refuse WAL; without it a crash can lose what was accepted."""
    with db.read() as session:
        mode = session.connection().execute(text("PRAGMA journal_mode")).scalar_one()
    return Finding.of("journal", mode == "wal", "journal_other", mode=str(mode).upper())


def _schema(db: Database) -> Finding:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with db.read() as session:
        found = set(MigrationContext.configure(session.connection()).get_current_heads())
    current = found == set(scripts.get_heads())
    if not current and found <= {script.revision for script in scripts.walk_revisions()}:
        return Finding("schema", "warning", "schema_old")
    return Finding.of("schema", current, "schema_newer", found=", ".join(sorted(found)))


def _users(session: Session) -> Finding:
    query = select(UserRow.role, func.count()).group_by(UserRow.role)
    roles = dict(session.exec(query).all())
    params: dict[str, object] = {"admins": roles.get("admin", 0), "agents": roles.get("agent", 0)}
    if not roles.get("admin"):
        return Finding("users", "warning", "users_none", params)
    return Finding("users", "ok", "users_ok", params)


def _given_up(session: Session) -> Finding:
    """Messages and replies that were tried too often; at most 100 of each are counted."""
    messages, replies = len(inbox.dead(session)), len(outbox.dead(session))
    if not messages and not replies:
        return Finding("dead", "ok", "dead_none")
    return Finding("dead", "warning", "dead_some", {"messages": messages, "replies": replies})


def _clock(session: Session, sqlite: bool) -> Finding:
    """This machine's clock against the newest turn, which cannot be from the future, and against
    PostgreSQL's own."""
    at = now()
    newest = session.exec(select(func.max(TurnRow.at))).one()
    off = max(timedelta(0), newest - at) if newest is not None else timedelta(0)
    if not sqlite:
        theirs: datetime = (
            session.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
        )
        off = max(off, abs(theirs - at))
    shown, seconds = at.strftime("%Y-%m-%d %H:%M UTC"), int(off.total_seconds())
    return Finding.of("clock", off <= CLOCK_OFF, "clock_off", now=shown, seconds=seconds)


def disk(settings: Settings) -> Iterator[Finding]:
    """Room where the index and the database are."""
    places = [settings.bot_index_dir]
    if (file := _database_file(settings)) is not None:
        places.append(file.parent)
    free = min(shutil.disk_usage(_existing(place)).free for place in places) // _MEGABYTE
    severity: Severity = "error" if free < _DISK_FULL else "warning" if free < _DISK_LOW else "ok"
    yield Finding("disk", severity, "disk_ok" if severity == "ok" else "disk_low", {"free": free})


def port(settings: Settings) -> Iterator[Finding]:
    """Whether `bot serve` could listen; a bot that runs already is the usual reason it can't."""
    params: dict[str, object] = {"host": settings.bot_host, "port": settings.bot_port}
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.bot_host, settings.bot_port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        yield Finding("port", "warning", "port_taken", {**params, "reason": error.strerror or ""})
    else:
        yield Finding("port", "ok", "port_free", params)


def secrets(settings: Settings) -> Iterator[Finding]:
    """What protects shoppers and keys. Placeholders never come this far: settings refuse them."""
    wrong: list[Finding] = []
    if settings.bot_llm.startswith("openai:") and keyless(settings):
        wrong.append(Finding("secrets", "error", "secrets_no_key", {"llm": settings.bot_llm}))
    local = settings.bot_host in ("127.0.0.1", "::1", "localhost")
    if not local and not settings.secure:
        wrong.append(Finding("secrets", "warning", "secrets_no_https"))
    if open_to_others := [str(path) for path in _secret(settings) if private.exposed(path)]:
        files = " ".join(open_to_others)
        wrong.append(Finding("secrets", "warning", "secrets_readable", {"files": files}))
    yield from wrong or [Finding("secrets", "ok", "secrets_ok")]


def front(settings: Settings) -> Iterator[Finding]:
    """Whether shoppers can be told apart by their addresses behind the proxy that brings https."""
    hidden = settings.bot_public_url and not settings.bot_trusted_proxies
    yield (
        Finding("front", "warning", "front_no_proxy")
        if hidden
        else Finding("front", "ok", "front_ok")
    )


def _secret(settings: Settings) -> Iterator[Path]:
    """What nobody else on this machine should read: keys, passwords, orders, conversations."""
    yield Path(".env")
    database = _database_file(settings)
    if database is not None:
        yield from sqlite_files(database)
    yield (database.parent if database else Path("data")) / first_password.NAME
    yield settings.bot_index_dir / ORDER_VECTORS


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    python,
    folders,
    disk,
    knowledge,
    index,
    database,
    orders,
    letters,
    secrets,
    front,
    model,
    telegram,
    port,
)


def _database_file(settings: Settings) -> Path | None:
    """SQLite's file, None for PostgreSQL."""
    try:
        url = make_url(settings.bot_database_url)
    except ArgumentError:
        return None  # the check of the database says so
    sqlite = url.get_backend_name() == "sqlite"
    return Path(url.database) if sqlite and url.database else None


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest folder above it that is there."""
    absolute = folder.absolute()
    return next(path for path in (absolute, *absolute.parents) if path.exists())


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown}, …" if len(names) > _NAMED else shown


def _today() -> date:
    return now().date()
