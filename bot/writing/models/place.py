"""Where a `local:` model is, without loading it or what loads it."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelError


@dataclass(frozen=True)
class Place:
    """What `from_pretrained` is called with; `hub` when it may have to be fetched."""

    name: str
    gguf: str | None = None
    hub: bool = False


def place(setting: str) -> Place:
    """Where "local:<hub id or path>" is; `ModelError` for a path with nothing there."""
    name = setting.removeprefix("local:")
    path = Path(name).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return Place(str(path.parent), path.name)
    if path.is_dir():
        weights = sorted(path.glob("*.gguf"))
        if (path / "config.json").is_file() or len(weights) != 1:
            return Place(str(path))
        return Place(str(path), weights[0].name)
    if path.is_absolute() or name.startswith((".", "~")) or path.suffix == ".gguf":
        raise ModelError("no_such_path", model=setting, path=path)
    return Place(name, hub=True)
