"""Too little memory or disk, in words."""

import errno
from pathlib import Path

import pytest
import torch

from bot.errors import TrainingError
from bot.writing.training.failures import refuse_too_small, translated


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (MemoryError(), "training.memory"),
        (torch.OutOfMemoryError("CUDA out of memory."), "training.memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "training.memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "training.disk"),
        (RuntimeError("PytorchStreamWriter failed writing file data/0"), "training.disk"),
        (PermissionError(errno.EACCES, "Permission denied"), "training.disk"),
    ],
)
def test_what_vendors_say_becomes_what_to_do(error: Exception, key: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught, translated(tmp_path / "model"):
        raise error
    assert caught.value.key == key
    assert caught.value.__cause__ is error


def test_other_errors_are_not_taken_for_a_lack_of_room(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="shapes"), translated(tmp_path / "model"):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")


def test_a_base_too_large_for_the_disk_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="GB of disk"):
        refuse_too_small(tmp_path, 10**14, "full")
    refuse_too_small(tmp_path, 1000, "full")
