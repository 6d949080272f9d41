"""The index folder: which builds there are, which one is current, and whether each is intact.

    index/CURRENT            the id of the build that is served
    index/<build>/           manifest.json and the files that it names with their SHA-256; how it
                             fared before it became current, in review.json; both are sealed
    index/<build>/<hash>/    the passages' vectors by the encoder with that hash
    index/encoders/<hash>/   exported encoders, shared between builds

A build appears by one rename and becomes current by another, both after their data is on the disk;
so a kill at any instant leaves the build before. What the files mean is up to `index` and `build`.
"""

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from bot.database import seals
from bot.database.disk import sync, sync_tree
from bot.errors import BuildError, EncoderError, NotFoundError
from bot.knowledge.entry import Voice
from bot.language import encoders
from bot.language.encoder import file_hash
from bot.types import Language

MANIFEST = "manifest.json"
REVIEW = "review.json"
CURRENT = "CURRENT"
ENCODERS = "encoders"
FORMAT = 3
_TEMPORARY = ".build-"
_ID_FORMAT = "%Y%m%d-%H%M%S"
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")


@dataclass(frozen=True)
class Manifest:
    """`manifest.json` of a build.

    `encoder` is the hash of its encoders, `model` the setting they came from; `entries` and
    `passages` count by language; `fingerprint` stands for everything that was put in, so equal
    fingerprints mean that nothing changed; `knowledge` and `files` map paths to SHA-256. `voices`
    are how the shop speaks, by language.
    """

    build: str
    created: str
    model: str
    encoder: str
    vectors: tuple[str, ...]  # of each encoder: "flat" or "hnsw"
    mean_tokens: float
    entries: dict[str, int]
    passages: dict[str, int]
    fingerprint: str
    knowledge: dict[str, str]
    files: dict[str, str]
    voices: dict[Language, Voice] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Save as `folder/manifest.json`."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        seals.write(folder / MANIFEST, text + "\n")


_MANIFEST = TypeAdapter(Manifest)


@dataclass(frozen=True)
class Score:
    """How a build fared before it became current: golden questions `met` of `golden`, those `lost`
    to it, and how many of `asked` questions by shoppers are answered otherwise, by kind."""

    golden: int
    met: int
    lost: tuple[str, ...] = ()
    asked: int = 0
    changed: dict[str, int] = field(default_factory=dict)

    def write(self, index_dir: Path, build: str) -> None:
        """Keep it beside the build's manifest."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        seals.write(index_dir / build / REVIEW, text + "\n")


_SCORE = TypeAdapter(Score)


@dataclass(frozen=True)
class Build:
    """One line of `bot index list`; `manifest` is None and `intact` false for a damaged build,
    `score` None where it was not compared with another one."""

    id: str
    manifest: Manifest | None
    current: bool
    intact: bool
    score: Score | None = None


def read_manifest(index_dir: Path, build: str) -> Manifest:
    """The manifest alone; `BuildError` when unreadable or of another format."""
    try:
        manifest = _MANIFEST.validate_json(seals.read(index_dir / build / MANIFEST))
    except (OSError, ValueError) as error:
        raise BuildError("index.damaged", build=build, file=MANIFEST) from error
    if manifest.format != FORMAT or manifest.build != build:
        raise BuildError("index.damaged", build=build, file=MANIFEST)
    return manifest


def verify(index_dir: Path, build: str) -> Manifest:
    """The manifest, with every file checked against it; `BuildError` names the damaged one."""
    manifest = read_manifest(index_dir, build)
    for name, expected in manifest.files.items():
        if file_hash(index_dir / build / name) != expected:
            raise BuildError("index.damaged", build=build, file=name)
    return manifest


def build_ids(index_dir: Path) -> list[str]:
    """The ids of all builds, newest first, damaged ones too."""
    found = (path.parent.name for path in index_dir.glob(f"*/{MANIFEST}"))
    return sorted((name for name in found if _ID.fullmatch(name)), reverse=True)


def current_id(index_dir: Path) -> str | None:
    """What CURRENT says, None when there is none; the build itself may be gone or damaged."""
    try:
        return (index_dir / CURRENT).read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError):
        return None


def list_builds(index_dir: Path) -> list[Build]:
    """All builds, newest first, each checked against its checksums."""
    current = current_id(index_dir)
    builds: list[Build] = []
    for build in build_ids(index_dir):
        try:
            manifest = verify(index_dir, build)
            builds.append(Build(build, manifest, build == current, True, _score(index_dir, build)))
        except BuildError:
            builds.append(Build(build, None, build == current, False))
    return builds


def _score(index_dir: Path, build: str) -> Score | None:
    try:
        return _SCORE.validate_json(seals.read(index_dir / build / REVIEW))
    except (OSError, ValueError):
        return None


def rollback(index_dir: Path, build: str | None = None) -> str:
    """Make `build`, or the newest intact one before the current, current; its id.

    Verified before the switch, with its encoder. `NotFoundError` when there is no such build,
    `BuildError` or `EncoderError` when the one named is damaged.
    """
    with lock(index_dir):
        known = build_ids(index_dir)
        if build is not None:
            if build not in known:
                raise NotFoundError("index.no_such_build", build=build)
            _verify_all(index_dir, build)
            switch(index_dir, build)
            return build
        current = current_id(index_dir) or ""
        for earlier in (candidate for candidate in known if candidate < current):
            try:
                _verify_all(index_dir, earlier)
            except (BuildError, EncoderError):
                continue
            switch(index_dir, earlier)
            return earlier
    raise NotFoundError("index.nothing_earlier")


def _verify_all(index_dir: Path, build: str) -> None:
    """`verify`, and the encoders that the build needs as well."""
    encoders.check(index_dir / ENCODERS, verify(index_dir, build).encoder)


@contextmanager
def lock(index_dir: Path) -> Iterator[None]:
    """Only one process at a time changes the folder; `BuildError` at once for the second.

    The operating system frees it when its holder dies, however it dies.
    """
    holder = FileLock(index_dir / ".lock")
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        holder.acquire(blocking=False)
    except Timeout as error:
        raise BuildError("index.locked") from error
    except OSError as error:
        raise BuildError("index.cannot_write", folder=index_dir, cause=error) from error
    try:
        yield
    finally:
        holder.release()


def new_id(index_dir: Path, at: datetime) -> str:
    """A sortable id, later than every other one even when the clock went back."""
    newest = next(iter(build_ids(index_dir)), "")
    stamp = at.strftime(_ID_FORMAT)
    if newest and stamp <= newest[:15]:
        after = datetime.strptime(f"{newest[:15]}Z", f"{_ID_FORMAT}%z") + timedelta(seconds=1)
        stamp = after.strftime(_ID_FORMAT)
    return f"{stamp}-{secrets.token_hex(3)}"


@contextmanager
def workplace(index_dir: Path) -> Iterator[Path]:
    """An empty folder to write a build into; gone afterwards unless `publish` renamed it.

    What a killed process left is cleared first, so the caller must hold the lock.
    """
    for left in index_dir.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = index_dir / f"{_TEMPORARY}{secrets.token_hex(4)}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def checksums(folder: Path) -> dict[str, str]:
    """Each file below `folder`, by its path with forward slashes, with its SHA-256."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in paths}


def publish(folder: Path, index_dir: Path, build: str) -> None:
    """Give a finished folder its place. It is not current yet."""
    sync_tree(folder)
    folder.rename(index_dir / build)
    sync(index_dir)


def switch(index_dir: Path, build: str) -> None:
    """Make `build` the current one, in one step."""
    temporary = index_dir / f".{CURRENT}.tmp"
    temporary.write_text(build + "\n", encoding="utf-8")
    sync(temporary)
    temporary.replace(index_dir / CURRENT)
    sync(index_dir)


def prune(index_dir: Path, keep: int) -> None:
    """Remove all builds but the newest `keep`, the current one and the one before it, and the
    encoders that none of the remaining uses."""
    known = build_ids(index_dir)
    current = current_id(index_dir) or ""
    before = next((build for build in known if build < current), "")
    kept = {*known[:keep], current, before}
    used: set[str] = set()
    for build in known:
        if build not in kept:
            shutil.rmtree(index_dir / build, ignore_errors=True)
            continue
        try:
            used.update(encoders.hashes_of(read_manifest(index_dir, build).encoder))
        except BuildError:
            return  # it is not known which encoder the damaged one needs
    for folder in (index_dir / ENCODERS).glob("*"):
        if folder.name not in used:
            shutil.rmtree(folder, ignore_errors=True)
