"""The shop's own examples of what shoppers mean, which the heads learn from with the next build.

They stand in `examples.yaml` at the root of the knowledge folder, messages by head and class:

    want:
      cancel:
      - 我要退订这个单

The shipped heads stay what they are; a build keeps its own, moved as little as these examples ask
(`teaching.adapted`). Examples that several heads learn from are the shipped ones' alone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from bot.database.disk import sync
from bot.errors import InputError, first_line
from bot.knowledge.entry import Problem
from bot.language import heads
from bot.language.embedder import ENGLISH_MODEL
from bot.language.examples import Example

FILE = "examples.yaml"
MOST = 1000  # examples
HEADS = ("want", "mood", "person", "talk")
"""What can be told of a message by itself; the others' classes depend on what was said before."""
_LONGEST = 500  # characters of one
_PATIENCE = 5.0  # seconds that a writer waits for another one
_HEAD = (
    "# What shoppers of this shop mean, by head and class. It counts from the next index on.\n"
    "# 本店顾客的话是什么意思，按类别排列；下次构建后生效。\n"
)

Examples = Mapping[str, Sequence[Example]]
_KNOWN = TypeAdapter(dict[str, dict[str, list[str]]])


def labels() -> dict[str, tuple[str, ...]]:
    """The classes of each head that examples may be given of."""
    shipped = heads.load(ENGLISH_MODEL)
    return {name: shipped[name].labels for name in HEADS if name in shipped}


def read(folder: Path) -> Examples:
    """The shop's examples by head; `InputError` says what is wrong with the file."""
    return {
        head: [Example(text, label) for label, texts in classes.items() for text in texts]
        for head, classes in _read(folder).items()
    }


def read_or_tell(folder: Path) -> tuple[Examples, list[Problem]]:
    """`read`, with what is wrong as a problem beside those of other files."""
    try:
        return read(folder), []
    except InputError as error:
        return {}, [Problem(FILE, None, error.key, error.params)]


def digest(examples: Examples) -> str:
    """Stands for all of them; "" without any."""
    rows = [(head, each.label, each.text) for head, of in examples.items() for each in of]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest() if rows else ""


def keep(folder: Path, text: str, head: str, label: str) -> None:
    """Add an example; one that was of another class of the head is of this one from now on."""
    said = " ".join(text.split())
    if not said or len(said) > _LONGEST:
        raise InputError("examples.length", most=_LONGEST)
    _check(head, label)
    if not folder.is_dir():
        raise InputError("golden.no_folder", folder=folder)
    path, temporary = folder / FILE, folder / f".{FILE}.tmp"
    try:
        with FileLock(folder / f".{FILE}.lock", timeout=_PATIENCE):
            known = _read(folder)
            classes = known.setdefault(head, {})
            for name in list(classes):
                classes[name] = [each for each in classes[name] if each != said]
            classes.setdefault(label, []).append(said)
            full = {name: {c: of for c, of in each.items() if of} for name, each in known.items()}
            _count(full)
            dumped = yaml.safe_dump(full, allow_unicode=True, sort_keys=False, width=1000)
            temporary.write_text(_HEAD + dumped, encoding="utf-8")
            sync(temporary)
            temporary.replace(path)
    except (OSError, Timeout) as error:
        raise InputError("golden.cannot_write", path=path, reason=error) from error


def _read(folder: Path) -> dict[str, dict[str, list[str]]]:
    path = folder / FILE
    try:
        if not path.is_file():
            return {}
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        known = _KNOWN.validate_python(found or {}, strict=True)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise InputError("examples.unreadable", reason=first_line(error)) from error
    for head, classes in known.items():
        for label, texts in classes.items():
            _check(head, label)
            if any(not each.strip() or len(each) > _LONGEST for each in texts):
                raise InputError("examples.length", most=_LONGEST)
    _count(known)
    return known


def _check(head: str, label: str) -> None:
    known = labels()
    if head not in known:
        raise InputError("examples.no_head", head=head[:40], known=", ".join(known))
    if label not in known[head]:
        raise InputError(
            "examples.no_class", head=head, label=label[:40], known=", ".join(known[head])
        )


def _count(known: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    if sum(len(texts) for classes in known.values() for texts in classes.values()) > MOST:
        raise InputError("examples.too_many", most=MOST)
