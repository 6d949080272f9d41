"""Files of settings that name their own SHA-256, so that a bit that flips in one is noticed.

The digest of `manifest.json` stands in `manifest.json.sha256`. When a file is written anew, its new
digest is put beside the old one first, so a kill in between leaves a file that one of them fits. A
file without digests, as older versions wrote them, is taken as it is.
"""

import hashlib
from pathlib import Path

from bot.database.disk import sync

SUFFIX = ".sha256"


def write(path: Path, text: str) -> None:
    """Write a sealed file, whole or not at all."""
    data = text.encode()
    known = [_digest(path.read_bytes())] if path.exists() else []
    _put(_seal(path), "\n".join([*known, _digest(data), ""]).encode())
    _put(path, data)


def read(path: Path) -> bytes:
    """A sealed file's bytes; `ValueError` where they are not what was written, `OSError` where it
    cannot be read."""
    data = path.read_bytes()
    try:
        digests = _seal(path).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return data
    if _digest(data) not in digests:
        raise ValueError(f"{path.name} was damaged")
    return data


def _seal(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _put(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    sync(temporary)
    temporary.replace(path)
