"""Too little memory or disk: said before the run where that can be told, else when it fails.

Nothing here makes room: what the run has written so far stays, and the same command goes on.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError

from bot.errors import TrainingError, first_line
from bot.writing.training.base import Method, device

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("no space", "disk quota", "file too large", "failed writing file", "write failed")
_MEMORY_WORDS = ("out of memory", "allocate memory", "not enough memory")
_FLOAT = 4  # bytes
_MEMINFO = Path("/proc/meminfo")


@contextmanager
def translated(out: Path) -> Iterator[None]:
    """Vendors' errors for a full disk and for too little memory become `TrainingError`."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise TrainingError("training.memory") from error
    except (OSError, RuntimeError, SafetensorError) as error:
        said = str(error).lower()
        number = error.errno if isinstance(error, OSError) else None
        if number in _FULL or any(word in said for word in _FULL_WORDS):
            raise TrainingError("training.disk", out=out, cause=first_line(error)) from error
        if any(word in said for word in _MEMORY_WORDS):
            raise TrainingError("training.memory") from error
        if number is not None:  # no permission, a folder that is a file, …
            raise TrainingError("training.disk", out=out, cause=first_line(error)) from error
        raise


def refuse_too_small(folder: Path, parameters: int, method: Method) -> None:
    """`TrainingError` when memory or disk cannot hold weights, optimizer and checkpoints.

    A whole fine-tune keeps four numbers a weight in memory (weight, gradient, two of the
    optimizer) and, on the disk, at most three checkpoints of three and the result of one.
    """
    weights = _FLOAT * parameters
    memory, disk = (4 * weights, 10 * weights) if method == "full" else (weights, 2 * weights)
    free = shutil.disk_usage(folder).free
    if free < disk:
        raise TrainingError("training.disk_small", need=_gigabytes(disk), free=_gigabytes(free))
    available = _memory()
    if available is not None and available < memory:
        raise TrainingError(
            "training.memory_small", need=_gigabytes(memory), free=_gigabytes(available)
        )


def _memory() -> int | None:
    """Bytes that training could have, where the system tells: the GPU's, else the machine's."""
    if device() == "cuda":
        free, _ = torch.cuda.mem_get_info()
        return int(free)
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return 1024 * found[0] if found else None


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f}"
