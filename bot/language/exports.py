"""Exported encoders: made once for a user, and copied into each index that needs one.

Exporting loads torch and takes half a minute. So an export is kept in the user's cache folder,
named with the hash of its source, and every index folder gets a copy of its own, which nobody
changes from outside. Each file of a copy is checked against its SHA-256. How a model is exported is
`embedder`'s task.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from bot.database.disk import sync_tree
from bot.errors import EncoderError, first_line
from bot.language import embedder, encoders
from bot.language.encoder import Card

log = structlog.get_logger()

_UNFINISHED = ".export-"
_LEFT = 3600  # seconds after which an unfinished folder was left by a process that was killed


@dataclass(frozen=True)
class EncoderFiles:
    """An exported encoder's folder and its card."""

    folder: Path
    card: Card


def export_all(setting: str, encoders_dir: Path) -> str:
    """Export each encoder that `setting` names and this machine has; their hashes, as a build
    keeps them."""
    models = encoders.models_of(encoders.installed(setting, embedder.installed))
    return encoders.joined(export(model, encoders_dir).card.hash for model in models)


def export(model_name: str, encoders_dir: Path) -> EncoderFiles:
    """The encoder of `model_name` as `encoders_dir/<hash>/`: what is there intact, else a copy from
    the user's cache, else exported anew and kept in that cache.

    `model_name` and errors are those of `embedder.write`; a hub model is fetched once and from then
    on its copies are used.
    """
    key = embedder.key_of(model_name)
    folder = encoders_dir / key
    card = _intact(folder) or _from_cache(key, folder)
    if card is None:
        with _workplace(folder) as empty:
            card = embedder.write(model_name, key, empty)
        _into_cache(key, folder)
    if card.name != model_name:  # the same model, which was in another folder when it was exported
        card = replace(card, name=model_name)
        card.write(folder)
    return EncoderFiles(folder, card)


def cache_folder() -> Path:
    """Where a user's exports are kept: `$XDG_CACHE_HOME/deskhand/encoders`, else below `~/.cache`.
    `OSError` for a user without a home."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        home = named if named.is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:
        raise OSError(first_line(error)) from error
    return home / "deskhand" / "encoders"


def _intact(folder: Path) -> Card | None:
    """The card of the encoder in `folder`, which is removed when it is damaged."""
    if not folder.exists():
        return None
    try:
        return Card.read(folder)
    except EncoderError:
        shutil.rmtree(folder)
        return None


def _from_cache(key: str, folder: Path) -> Card | None:
    """The card of the copy that is in `folder` now; None when the cache has no intact one."""
    try:
        kept = cache_folder() / key
        with _workplace(folder) as empty:
            shutil.copytree(kept, empty, dirs_exist_ok=True)
            try:
                return Card.read(empty)
            except EncoderError:
                shutil.rmtree(kept, ignore_errors=True)  # a new one takes its place
                raise
    except (OSError, EncoderError):
        return None


def _into_cache(key: str, folder: Path) -> None:
    """Keep a copy for the user's next index folder, where the cache can be written."""
    try:
        with _workplace(cache_folder() / key) as empty:
            shutil.copytree(folder, empty, dirs_exist_ok=True)
    except OSError as error:
        log.warning("encoder.not_cached", cause=first_line(error))


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """An empty folder, which is called `folder` once what was written into it is on the disk."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{_UNFINISHED}*"):
        if left.stat().st_mtime < time.time() - _LEFT:
            shutil.rmtree(left, ignore_errors=True)
    empty = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        yield empty
        sync_tree(empty)
        empty.rename(folder)
    finally:
        shutil.rmtree(empty, ignore_errors=True)
