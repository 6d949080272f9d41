"""Entries written or edited at the desk: `edited.jsonl` in the knowledge folder, a line each.

A file that an entry came from stays as it is; the edit goes before it (`documents`) and says what
it stands in for, so that a later change of the file is seen.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.errors import InputError, NotFoundError
from bot.knowledge import folder as folders
from bot.knowledge.documents import EDITED
from bot.knowledge.entry import Replaced
from bot.types import Language

Key = tuple[str, Language]


@dataclass(frozen=True)
class Edit:
    """An entry's fields, as a row of any FAQ file has them. `valid_until` is an ISO day or ""."""

    id: str
    lang: Language
    question: str
    answer: str
    variants: tuple[str, ...] = ()
    url: str = ""
    tags: tuple[str, ...] = ()
    valid_until: str = ""
    edit_of: Replaced | None = None

    @property
    def key(self) -> Key:
        return self.id, self.lang


_EDIT = TypeAdapter(Edit)


def read(folder: Path) -> dict[Key, Edit]:
    """All edits, in the order of the file; `InputError` names a line that is none."""
    return _parsed(_content(folder) or b"")


def changed(
    folder: Path, put: Iterable[Edit], drop: Iterable[Key] = ()
) -> tuple[bytes | None, str]:
    """The file's content with some edits more and some less, and the digest of the present one."""
    present = _content(folder)
    known = _parsed(present or b"")
    known |= {edit.key: edit for edit in put}
    for key in drop:
        known.pop(key, None)
    lines = (json.dumps(_plain(edit), ensure_ascii=False) + "\n" for edit in known.values())
    return "".join(lines).encode() or None, folders.digest(present)


def _content(folder: Path) -> bytes | None:
    try:
        return folders.content(folder, EDITED)
    except NotFoundError:
        return None


def _parsed(data: bytes) -> dict[Key, Edit]:
    found: dict[Key, Edit] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            edit = _EDIT.validate_json(line)
        except ValidationError as error:
            raise InputError("feed.bad_edit", name=EDITED, line=number) from error
        found[edit.key] = edit
    return found


def _plain(edit: Edit) -> dict[str, object]:
    return {name: value for name, value in asdict(edit).items() if value not in ("", (), None)}
