"""Proof, second half of `builds`: whatever becomes of a build's bytes is noticed before it serves.

Each file of the current build, of its encoders and CURRENT itself is cut into regions. In each
region one bit is flipped, at a place and in a way chosen at random; each file is also cut short,
emptied, removed, and put in place of the other build's file. After each of these a server that
starts, or one that runs, is asked what it would serve: the build before, unharmed, or nothing, with
a clear refusal. The folder that is harmed is a copy.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.database import seals
from bot.errors import BuildError, EncoderError
from bot.knowledge import builds
from bot.knowledge.builds import ENCODERS
from bot.knowledge.index import Index
from bot.language import encoders
from bot.language.encoder import Card, Encoder

REGIONS = 4096  # of each file of the build, a byte each where it is smaller
ENCODER_REGIONS = 4  # of each file of an encoder: the largest has 110 MB and is read each time


@dataclass
class Caught:
    """How many kinds of damage were `tried` and caught: `refused` build with another one served,
    or none at all (`nothing`). `harmless` are those of a seal or of CURRENT that left the right
    build served; `missed` names each that was served harmed."""

    tried: int = 0
    files: int = 0
    refused: int = 0
    nothing: int = 0
    harmless: int = 0
    missed: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def harm(
    index_dir: Path, seed: int, progress: Callable[[str, int], None], regions: int = REGIONS
) -> Caught:
    """Damage the current build of `index_dir`, which has one before, in every region."""
    rng, found = random.Random(seed), Caught()
    current = builds.current_id(index_dir)
    if current is None:
        raise RuntimeError("no build is current")
    manifest = builds.verify(index_dir, current)
    loaded = encoders.load(index_dir / ENCODERS, manifest.encoder, quick=True)
    before = max(each for each in builds.build_ids(index_dir) if each < current)
    for path in _files(index_dir / current):
        found.files += 1
        other = index_dir / before / path.relative_to(index_dir / current)
        for kind, data in _damaged(path, other, rng, regions):
            if path.name == builds.REVIEW:
                _try(path, kind, data, found, lambda: _score_told(index_dir, current))
            else:
                _try(path, kind, data, found, lambda: _build_served(index_dir, current, loaded))
            progress("damages", found.tried)
        if path.name == builds.REVIEW:
            continue
        # A server that starts reads the encoder as well, so this is tried once a file.
        flipped = _flipped(path.read_bytes(), 0, regions, rng)
        _try(path, "flipped, at the start", flipped, found, lambda: _started(index_dir, current))
    for name in encoders.hashes_of(manifest.encoder):
        for path in _files(index_dir / ENCODERS / name):
            found.files += 1
            for kind, data in _damaged(path, None, rng, ENCODER_REGIONS):
                _try(path, kind, data, found, partial(_encoder_read, path.parent))
                progress("damages", found.tried)
    pointer = index_dir / builds.CURRENT
    for kind, data in _damaged(pointer, None, rng, pointer.stat().st_size):
        _try(pointer, kind, data, found, lambda: _started(index_dir, current))
        progress("damages", found.tried)
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _damaged(
    path: Path, other: Path | None, rng: random.Random, regions: int
) -> Iterator[tuple[str, bytes | None]]:
    """What the file may become, None where it is gone."""
    data = path.read_bytes()
    step = max(1, len(data) // regions)
    for start in range(0, len(data), step):
        yield "flipped", _flipped(data, start, step, rng)
    yield "cut short", data[: rng.randrange(len(data))]
    yield "longer", data + b"\0"
    yield "empty", b""
    yield "gone", None
    if other is not None and other.exists() and other.read_bytes() != data:
        yield "the other build's", other.read_bytes()


def _flipped(data: bytes, start: int, step: int, rng: random.Random) -> bytes:
    at = rng.randrange(start, min(start + step, len(data)))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _try(
    path: Path, kind: str, data: bytes | None, found: Caught, served: Callable[[], str | None]
) -> None:
    """Put `data` into the file, look what is served, and put the file back."""
    whole = path.with_name(path.name + ".whole")
    path.rename(whole)
    try:
        if data is not None:
            path.write_bytes(data)
        answer = served()
    finally:
        whole.replace(path)
    found.tried += 1
    found.kinds[kind] += 1
    if answer is None:
        found.nothing += 1
    elif answer == "refused":
        found.refused += 1
    elif path.name.endswith(seals.SUFFIX) or path.name == builds.CURRENT:
        found.harmless += 1  # the build that is served is the right one, and it is whole
    else:
        found.missed.append(f"{path.name}: {kind}")


def _build_served(index_dir: Path, build: str, loaded: tuple[Encoder, ...]) -> str | None:
    """What a running server does that is told to serve the build: "refused", or "served"."""
    try:
        Index.load(index_dir, build, before=loaded)
    except BuildError:
        return "refused"
    return "served"


def _started(index_dir: Path, build: str) -> str | None:
    """What a server that starts serves: the build ("served"), one before it ("refused"), None."""
    try:
        return "served" if Index.load_current(index_dir).build_id == build else "refused"
    except (BuildError, EncoderError):
        return None


def _score_told(index_dir: Path, build: str) -> str | None:
    """Whether the list of builds shows how the build fared."""
    score = next(each.score for each in builds.list_builds(index_dir) if each.id == build)
    return "refused" if score is None else "served"


def _encoder_read(folder: Path) -> str | None:
    """Whether `bot index`, a rollback or a start would use the encoder."""
    try:
        Card.read(folder)
    except EncoderError:
        return "refused"
    return "served"


def copy(index_dir: Path, folder: Path) -> Path:
    """A folder with the same builds that may be harmed."""
    return Path(shutil.copytree(index_dir, folder / "harmed"))
