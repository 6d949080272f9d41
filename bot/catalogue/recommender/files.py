"""The model and the sums that it was made of, as files: arrays with checksums, no pickle.

    index/recommender/CURRENT         the name of the folder that is served
    index/recommender/<name>/         card.json and the arrays that it names with their SHA-256
    index/recommender/shards/7f.npz   a shard's sums; card.json has its mark and its SHA-256

A folder appears by one rename and is served by another, as builds of the index are. A shard's file
that is not what the card says is made anew; a damaged model is refused.
"""

import hashlib
import io
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from bot.catalogue.recommender.likeness import Rows
from bot.catalogue.recommender.model import Model
from bot.catalogue.recommender.transitions import Sums
from bot.database import private
from bot.database.disk import sync, sync_tree
from bot.errors import BuildError

FOLDER = "recommender"  # in the index folder
FORMAT = 1
_CURRENT, _CARD, _SHARDS = "CURRENT", "card.json", "shards"
_ARRAYS = ("next_starts", "next_columns", "next_weights", "people")
_LIKE = ("like_starts", "like_columns", "like_weights")
_WAIT = 120.0  # seconds for another process that is fitting


@dataclass(frozen=True)
class Card:
    """`skus` are the products by number. `shards` maps a shard's name to its mark and the SHA-256
    of its file; `said` stands for what the products' likeness was read from; `files` maps the
    arrays to their SHA-256."""

    skus: tuple[str, ...] = ()
    shards: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    said: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """One process at a time fits; the others wait. `BuildError` where the folder is not ours."""
    try:
        private.folder(folder)
        with FileLock(folder / ".lock", timeout=_WAIT):
            yield
    except Timeout as error:
        raise BuildError("suggest.locked", folder=folder) from error
    except OSError as error:
        raise BuildError("index.cannot_write", folder=folder, cause=error) from error


def stamp(folder: Path) -> tuple[int, ...]:
    """Changes whenever another model is served; empty while there is none."""
    try:
        status = (folder / _CURRENT).stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_ino, status.st_size


def card(folder: Path) -> Card | None:
    """The card of the model that is served; None where there is none that can be read."""
    try:
        name = (folder / _CURRENT).read_text(encoding="utf-8").strip()
        read = json.loads((folder / name / _CARD).read_text(encoding="utf-8"))
        if read["format"] != FORMAT:
            return None
        shards = {each: (mark, digest) for each, (mark, digest) in read["shards"].items()}
        return Card(tuple(map(str, read["skus"])), shards, str(read["said"]), dict(read["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def load(folder: Path) -> Model | None:
    """The model that is served; None while there is none, `BuildError` for a damaged one."""
    if not stamp(folder):
        return None
    found = card(folder)
    name = (folder / _CURRENT).read_text(encoding="utf-8").strip()
    if found is None:
        raise BuildError("suggest.damaged", folder=folder, file=_CARD)
    arrays = {each: _array(folder / name, each, found.files) for each in (*_ARRAYS, *_LIKE)}
    rows = Rows(*(arrays[each] for each in _ARRAYS[:3]))
    like = Rows(*(arrays[each] for each in _LIKE))
    return Model(found.skus, rows, arrays["people"], like)


def shard(folder: Path, name: str, digest: str) -> Sums | None:
    """The sums of a shard; None where its file is not the one that was written."""
    try:
        data = (folder / _SHARDS / f"{name}.npz").read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            return None
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return Sums(arrays["keys"], arrays["weights"], arrays["people"])
    except (OSError, ValueError, KeyError):
        return None


def keep_shard(folder: Path, name: str, sums: Sums) -> str:
    """Write a shard's sums anew; the SHA-256 of its file."""
    private.folder(folder / _SHARDS)
    file = io.BytesIO()
    np.savez(file, keys=sums.keys, weights=sums.weights, people=sums.people)
    temporary = folder / _SHARDS / f".{name}.tmp"
    temporary.write_bytes(file.getvalue())
    sync(temporary)
    temporary.replace(folder / _SHARDS / f"{name}.npz")
    return hashlib.sha256(file.getvalue()).hexdigest()


def keep(folder: Path, made: Model, shards: Mapping[str, tuple[str, str]], said: str) -> None:
    """Write a model and serve it from now on; the one before goes. The caller holds the lock."""
    name = secrets.token_hex(8)
    place = folder / f".{name}"
    private.folder(place)
    rows = (made.next.starts, made.next.columns, made.next.weights, made.people)
    like = (made.like.starts, made.like.columns, made.like.weights)
    files = {}
    arrays: tuple[npt.NDArray[Any], ...] = (*rows, *like)
    for array, values in zip((*_ARRAYS, *_LIKE), arrays, strict=True):
        file = io.BytesIO()
        np.save(file, values, allow_pickle=False)
        (place / f"{array}.npy").write_bytes(file.getvalue())
        files[array] = hashlib.sha256(file.getvalue()).hexdigest()
    written = json.dumps(asdict(Card(made.skus, shards, said, files)), ensure_ascii=False)
    (place / _CARD).write_text(written, encoding="utf-8")
    sync_tree(place)
    place.rename(folder / name)
    temporary = folder / f".{_CURRENT}.tmp"
    temporary.write_text(name + "\n", encoding="utf-8")
    sync(temporary)
    temporary.replace(folder / _CURRENT)
    sync(folder)
    for other in folder.iterdir():
        if other.is_dir() and other.name not in (name, _SHARDS):
            shutil.rmtree(other, ignore_errors=True)


def _array(folder: Path, name: str, files: Mapping[str, str]) -> Any:
    """An array, as it was written."""
    try:
        data = (folder / f"{name}.npy").read_bytes()
        if hashlib.sha256(data).hexdigest() != files[name]:
            raise ValueError("another checksum")
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (OSError, ValueError, KeyError) as error:
        raise BuildError("suggest.damaged", folder=folder, file=f"{name}.npy") from error
