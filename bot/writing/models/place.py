"""Where a `local:` model is, without loading it or what loads it."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelError
from bot.writing import extra


@dataclass(frozen=True)
class Place:
    """What `from_pretrained` is called with; `hub` when it may have to be fetched."""

    name: str
    gguf: str | None = None
    hub: bool = False


def place(setting: str) -> Place:
    """Where "local:<hub id or path>" is; `ModelError` for a path with nothing there, and for a GGUF
    file without the packages that read one."""
    name = setting.removeprefix("local:")
    path = Path(name).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return _gguf(setting, path)
    if path.is_dir():
        weights = sorted(path.glob("*.gguf"))
        if (path / "config.json").is_file() or len(weights) != 1:
            return Place(str(path))
        return _gguf(setting, weights[0])
    if path.is_absolute() or name.startswith((".", "~")) or path.suffix == ".gguf":
        raise ModelError("no_such_path", model=setting, path=path)
    return Place(name, hub=True)


def _gguf(setting: str, file: Path) -> Place:
    if lacking := extra.missing(extra.GGUF):
        raise ModelError("no_extra", model=setting, packages=lacking)
    return Place(str(file.parent), file.name)
