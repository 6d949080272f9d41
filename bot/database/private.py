"""Files and folders that only the user who runs the bot may read: the database, passwords, letters.

What is made here is private from its first moment; what an older version left open is tightened,
and the log says so. On Windows, where modes mean little, nothing is changed.
"""

import os
from pathlib import Path

import structlog

log = structlog.get_logger()
_OTHERS = 0o077  # what group and others may do


def exposed(path: Path) -> bool:
    """Whether other users of this machine may do anything with it; False when it is not there."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def folder(path: Path) -> None:
    """Make the folder, or close one that is there. `OSError` when it cannot be made."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    tighten(path)


def file(path: Path) -> None:
    """Make an empty file where there is none. `OSError` when it cannot be made or written to."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def write(path: Path, text: str) -> None:
    """Write the file anew. It is never followed to elsewhere, nor open to others for a moment."""
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as out:
        out.write(text)


def tighten(path: Path) -> None:
    """Take away what others may do. Somebody else's file stays as it is: `bot doctor` names it."""
    if not exposed(path):
        return
    try:
        path.chmod(path.stat().st_mode & ~_OTHERS)
    except OSError as error:
        log.warning("private.still_open", path=str(path), cause=error.strerror)
    else:
        log.warning("private.tightened", path=str(path))
