"""Entries that were written at the desk, each in a file of its own below `answered/` in the
knowledge folder. A file that is there already, whosever it is, is never written over."""

import os
import re
from contextlib import suppress
from pathlib import Path

from bot.database.disk import sync
from bot.errors import ConflictError, InputError
from bot.types import Language

FOLDER = "answered"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,79}")


def put(knowledge_dir: Path, entry_id: str, language: Language, text: str) -> str:
    """Write an entry's file, whole or not at all; its path in the knowledge folder.

    `ConflictError` where there is one of that name, `InputError` where it cannot be written.
    """
    if not _ID.fullmatch(entry_id):
        raise InputError("gaps.bad_id")
    folder = knowledge_dir / FOLDER
    name = f"{entry_id}.{language}.yaml"
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    try:
        folder.mkdir(exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        sync(temporary)
        os.link(temporary, folder / name)  # unlike a rename, it fails where there is such a file
        sync(folder)
    except FileExistsError as error:
        if (folder / name).read_text(encoding="utf-8", errors="replace") == text:
            return f"{FOLDER}/{name}"  # written just before the process ended
        raise ConflictError("gaps.file_there", path=f"{FOLDER}/{name}") from error
    except OSError as error:
        raise InputError("gaps.cannot_write", path=folder / name, reason=error.strerror) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return f"{FOLDER}/{name}"
