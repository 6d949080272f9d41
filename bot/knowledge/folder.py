"""Changing files of the knowledge folder: each change is one step, noted, and can be taken back.

What is noted, and what files said before, is in the folder `.room` of the knowledge folder, which
no reader enters. Names are checked here; what a file says is `documents`' matter.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from bot.database.disk import sync
from bot.errors import ConflictError, InputError, NotFoundError
from bot.knowledge import pages
from bot.knowledge.documents import is_apart
from bot.knowledge.readers import READERS, SAVE_AS

Act = Literal["added", "changed", "removed"]

ROOM = ".room"
MOST_BYTES = 10 * 1024 * 1024
KEPT = 300  # changes that can be looked at, and taken back
_LOG = "changes.jsonl"
_DEPTH, _LONGEST = 4, 200  # folders, and characters of a name
_STAGED = 24 * 3600  # seconds for which a file that was looked at waits to be saved
_PATIENCE = 5.0  # seconds that a writer waits for another one
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2060-\u2069]')
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Change:
    """Who changed which file, when. `before` and `after` are SHA-256 of its content, "" for none;
    `undoes` is the change that this one took back."""

    id: int
    name: str
    act: Act
    by: str
    at: str
    before: str
    after: str
    undoes: int | None = None


_CHANGE = TypeAdapter(Change)


def place(folder: Path, name: str) -> Path:
    """Where a file of this name lies, or would; `InputError` for a name that is none of ours or
    leads elsewhere."""
    name = unicodedata.normalize("NFC", name)
    parts = name.split("/")
    well_formed = (
        len(name) <= _LONGEST
        and len(parts) <= _DEPTH
        and not _FORBIDDEN.search(name)
        and all(part == part.strip() and part and part[0] not in ".~" for part in parts)
        and not any(part.endswith((".", "~")) for part in parts)
    )
    if not well_formed:
        raise InputError("feed.bad_name", name=name[:_LONGEST])
    extension = Path(name).suffix.lower()
    if better := SAVE_AS.get(extension):
        raise InputError("knowledge.save_as", extension=extension, better=better)
    if extension not in READERS:
        known = " ".join(sorted(READERS))
        raise InputError("feed.bad_kind", name=name, known=known)
    if is_apart(Path(name)) and name != pages.LIST:
        raise InputError("feed.name_taken", name=name)
    path = folder
    for part in parts:
        path /= part
        if path.is_symlink() or (path.exists() and path.is_dir() == (part == parts[-1])):
            raise InputError("feed.bad_name", name=name)
    return path


def content(folder: Path, name: str) -> bytes:
    """A file's bytes; `NotFoundError`."""
    path = place(folder, name)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise NotFoundError("feed.no_file", name=name)
            return file.read()
    except FileNotFoundError as error:
        raise NotFoundError("feed.no_file", name=name) from error
    except OSError as error:
        raise InputError("feed.unreadable", name=name, reason=error.strerror) from error


def digest(data: bytes | None) -> str:
    """What a content is known by; "" for none."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def put(
    folder: Path, name: str, data: bytes | None, *, by: str, seen: str | None = None
) -> Change | None:
    """Write a file, or remove it where `data` is None; None when nothing is different.

    `seen` is the digest of what the writer has seen of it: `ConflictError` when that is no longer
    so.
    """
    if data is not None and not 0 < len(data) <= MOST_BYTES:
        raise InputError("feed.size", limit=MOST_BYTES // 1024 // 1024)
    with _writing(folder):
        return _put(folder, name, data, by, seen)


def undo(folder: Path, change_id: int, *, by: str) -> Change:
    """Give a file back what it said before a change; `ConflictError` when it has changed since."""
    with _writing(folder):
        change = next((each for each in changes(folder) if each.id == change_id), None)
        if change is None:
            raise NotFoundError("feed.no_change")
        data = _kept(folder, change.before) if change.before else None
        undone = _put(folder, change.name, data, by, change.after, undoes=change.id)
        if undone is None:
            raise ConflictError("feed.changed_since", name=change.name)
        return undone


def changes(folder: Path) -> list[Change]:
    """The changes that are kept, newest first."""
    found = []
    with suppress(FileNotFoundError):
        for line in (folder / ROOM / _LOG).read_text(encoding="utf-8").splitlines():
            with suppress(ValidationError):  # a line that was not written to its end
                found.append(_CHANGE.validate_json(line))
    return found[::-1]


def stage(folder: Path, name: str, data: bytes) -> str:
    """Lay a file aside to be looked at; the token by which it is found again."""
    place(folder, name)
    if not 0 < len(data) <= MOST_BYTES:
        raise InputError("feed.size", limit=MOST_BYTES // 1024 // 1024)
    with _translated(folder):
        aside = _room(folder) / "staged"
        aside.mkdir(exist_ok=True)
        for old in aside.iterdir():
            if old.stat().st_mtime < time.time() - _STAGED:
                shutil.rmtree(old, ignore_errors=True)
        token = secrets.token_hex(16)
        (aside / token).mkdir()
        (aside / token / "name").write_text(name, encoding="utf-8")
        (aside / token / f"file{Path(name).suffix.lower()}").write_bytes(data)
        return token


def staged(folder: Path, token: str) -> tuple[str, Path]:
    """The name of a file that was laid aside, and where it lies; `NotFoundError`."""
    aside = folder / ROOM / "staged" / token
    if not (_TOKEN.fullmatch(token) and aside.is_dir()):
        raise NotFoundError("feed.gone")
    name = (aside / "name").read_text(encoding="utf-8")
    return name, aside / f"file{Path(name).suffix.lower()}"


def unstage(folder: Path, token: str) -> None:
    """Forget a file that was laid aside."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(folder / ROOM / "staged" / token, ignore_errors=True)


def remember(folder: Path, name: str, data: bytes) -> None:
    """Keep a note of the desk's own beside the changes."""
    with _writing(folder):
        _write(_room(folder) / name, data)


def _put(
    folder: Path,
    name: str,
    data: bytes | None,
    by: str,
    seen: str | None,
    undoes: int | None = None,
) -> Change | None:
    path = place(folder, name)
    old = content(folder, name) if path.exists() else None
    before, after = digest(old), digest(data)
    if seen is not None and seen != before:
        raise ConflictError("feed.changed_since", name=name)
    if before == after:
        return None
    act: Act = "added" if old is None else "removed" if data is None else "changed"
    known = changes(folder)
    change = Change(
        id=known[0].id + 1 if known else 1,
        name=name,
        act=act,
        by=by,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        before=before,
        after=after,
        undoes=undoes,
    )
    for each in (old, data):
        if each is not None:
            _keep(folder, each)
    # Noted before it is done: a change that was not done cannot be undone, and harms nobody.
    _note(folder, [change, *known])
    if data is None:
        path.unlink()
        sync(path.parent)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data)
    return change


def _note(folder: Path, every: list[Change]) -> None:
    """Write down the newest changes, and forget what only older ones need."""
    room, kept = _room(folder), every[:KEPT]
    lines = "".join(f"{json.dumps(asdict(each), ensure_ascii=False)}\n" for each in kept[::-1])
    _write(room / _LOG, lines.encode())
    if len(every) > KEPT:
        needed = {hash_ for each in kept for hash_ in (each.before, each.after)}
        for path in (room / "kept").iterdir():
            if path.name not in needed:
                path.unlink(missing_ok=True)


def _keep(folder: Path, data: bytes) -> None:
    path = _room(folder) / "kept" / digest(data)
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        _write(path, data)


def _kept(folder: Path, hash_: str) -> bytes:
    try:
        data = (folder / ROOM / "kept" / hash_).read_bytes()
    except FileNotFoundError:
        data = b""
    if digest(data) != hash_:
        raise NotFoundError("feed.no_change")
    return data


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads meanwhile sees it before or after."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def _room(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError("golden.no_folder", folder=folder)
    room = folder / ROOM
    room.mkdir(exist_ok=True)
    return room


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """One writer at a time."""
    with _translated(folder), FileLock(_room(folder) / "lock", timeout=_PATIENCE):
        yield


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, Timeout) as error:
        raise InputError("feed.cannot_write", folder=folder, reason=error) from error
