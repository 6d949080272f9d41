"""What an interrupted run goes on from: the folder `<out>.partial` beside the result.

It holds what the run is about (`run.json`), the measurement of the base, the Trainer's checkpoints
and, at the end, the result, which becomes `<out>` by one rename. A checkpoint counts only once it
was written whole; what a kill left half-written is thrown away.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bot.database import private
from bot.database.disk import sync_tree
from bot.errors import ConflictError, InputError

_RUN, _BEFORE, _LOCK, _WHOLE = "run.json", "before.json", ".lock", "whole"


class Workdir:
    """The folder of one run, while this process holds its lock."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out.with_name(out.name + ".partial")
        self.checkpoints = self.folder / "checkpoints"
        self.result = self.folder / "result"

    def begin(self, run: Mapping[str, Any], *, restart: bool) -> None:
        """Go on with the same run, or begin anew; `ConflictError` when another is unfinished."""
        if restart:
            self._clear()
        begun = self._read(_RUN)
        if begun is not None and begun != run:
            different = sorted(key for key in run if begun.get(key) != run[key])
            raise ConflictError(
                "training.other_run", folder=self.folder, different=", ".join(different)
            )
        shutil.rmtree(self.result, ignore_errors=True)
        if begun is None:
            self._clear()
            self._write(_RUN, run)

    def last_checkpoint(self) -> Path | None:
        """The newest whole checkpoint; those that are not whole are removed."""
        found = {}
        for folder in self.checkpoints.glob("checkpoint-*"):
            if (folder / _WHOLE).exists():
                found[int(folder.name.rsplit("-", 1)[1])] = folder
            else:
                shutil.rmtree(folder)
        return found[max(found)] if found else None

    def mark_whole(self, step: int) -> None:
        """The checkpoint of `step` is written: put it on the disk, then say so."""
        folder = self.checkpoints / f"checkpoint-{step}"
        sync_tree(folder)
        (folder / _WHOLE).touch()

    def before(self) -> dict[str, Any] | None:
        """How the base was measured, if that was done."""
        return self._read(_BEFORE)

    def keep_before(self, found: Mapping[str, Any]) -> None:
        """Measuring the base takes a while: once is enough."""
        self._write(_BEFORE, found)

    def finish(self) -> None:
        """The result becomes `out`, whole or not at all; the rest goes."""
        sync_tree(self.result)
        self.result.chmod(0o700)  # it has learned from what shoppers wrote
        self.result.rename(self.out)
        self._clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Nothing was begun: then nothing stays behind."""
        if [path.name for path in self.folder.glob("*")] == [_LOCK]:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != _LOCK:
                path.unlink()

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        temporary = self.folder / (name + ".new")
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
        temporary.replace(self.folder / name)


@contextmanager
def opened(out: Path) -> Iterator[Workdir]:
    """The run's folder, locked; `InputError` when `out` is taken, `ConflictError` when in use."""
    if out.exists():
        raise InputError("training.out_exists", out=out)
    work = Workdir(out.absolute())
    private.folder(work.folder)
    lock = FileLock(work.folder / _LOCK)
    try:
        with lock.acquire(timeout=0):
            try:
                yield work
            finally:
                work.tidy()
    except Timeout as error:
        raise ConflictError("training.running", out=out) from error
