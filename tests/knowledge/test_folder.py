"""Files of the knowledge folder are changed in one step, noted, and taken back."""

import os
from pathlib import Path

import pytest

from bot.errors import ConflictError, InputError, NotFoundError
from bot.knowledge import folder
from bot.knowledge.documents import files


def test_a_change_is_noted_and_taken_back(tmp_path: Path) -> None:
    folder.put(tmp_path, "faq/a.md", b"# One", by="Ada")
    folder.put(tmp_path, "faq/a.md", b"# Two", by="Bo")
    assert folder.put(tmp_path, "faq/a.md", b"# Two", by="Bo") is None
    second, first = folder.changes(tmp_path)
    assert (first.act, first.by, second.act, second.by) == ("added", "Ada", "changed", "Bo")
    undone = folder.undo(tmp_path, second.id, by="Ada")
    assert (undone.undoes, folder.content(tmp_path, "faq/a.md")) == (second.id, b"# One")
    with pytest.raises(ConflictError):
        folder.undo(tmp_path, second.id, by="Ada")
    folder.undo(tmp_path, undone.id, by="Ada")
    assert folder.content(tmp_path, "faq/a.md") == b"# Two"


def test_what_was_removed_comes_back_and_what_was_added_goes(tmp_path: Path) -> None:
    folder.put(tmp_path, "a.md", b"# One", by="Ada")
    folder.put(tmp_path, "a.md", None, by="Ada")
    removed, added = folder.changes(tmp_path)
    with pytest.raises(NotFoundError):
        folder.content(tmp_path, "a.md")
    back = folder.undo(tmp_path, removed.id, by="Ada")
    assert (back.act, folder.content(tmp_path, "a.md")) == ("added", b"# One")
    assert folder.undo(tmp_path, added.id, by="Ada").act == "removed"
    with pytest.raises(NotFoundError):
        folder.undo(tmp_path, 99, by="Ada")


def test_nobody_overwrites_what_they_have_not_seen(tmp_path: Path) -> None:
    folder.put(tmp_path, "a.md", b"# One", by="Ada", seen="")
    seen = folder.digest(b"# One")
    folder.put(tmp_path, "a.md", b"# Two", by="Bo", seen=seen)
    with pytest.raises(ConflictError):
        folder.put(tmp_path, "a.md", b"# Three", by="Ada", seen=seen)


NAMES = (
    *("../a.md", "/etc/a.md", "a/../b.md", "a//b.md", ".room/a.md", ".a.md", "a\\b.md", "c:a.md"),
    *("a\x00.md", "a\n.md", " a.md", "a .md /b.md", "x/" * 5 + "a.md", "a" * 300 + ".md", "a.md~"),
    *("a.exe", "a.md.bak", "a", "", "golden.jsonl", "orders/a.csv", "README.md", "a\u202e.md"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        folder.put(tmp_path, name, b"x", by="Ada")
    with pytest.raises(InputError):
        folder.stage(tmp_path, name, b"x")
    assert list(files(tmp_path)) == []


def test_no_link_is_followed(tmp_path: Path) -> None:
    shop, outside = tmp_path / "shop", tmp_path / "outside"
    shop.mkdir()
    outside.mkdir()
    (outside / "a.md").write_text("secret", encoding="utf-8")
    (shop / "linked").symlink_to(outside)
    (shop / "a.md").symlink_to(outside / "a.md")
    for name in ("linked/a.md", "linked/b.md", "a.md"):
        with pytest.raises(InputError):
            folder.put(shop, name, b"x", by="Ada")
        with pytest.raises(InputError):
            folder.content(shop, name)
    assert (outside / "a.md").read_text(encoding="utf-8") == "secret"
    assert sorted(path.name for path in outside.iterdir()) == ["a.md"]
    os.mkfifo(shop / "pipe.md")
    with pytest.raises(InputError):
        folder.content(shop, "pipe.md")


def test_a_folder_is_no_file_and_a_file_no_folder(tmp_path: Path) -> None:
    folder.put(tmp_path, "a.md", b"x", by="Ada")
    (tmp_path / "b.md").mkdir()
    for name in ("a.md/c.md", "b.md"):
        with pytest.raises(InputError):
            folder.put(tmp_path, name, b"x", by="Ada")


def test_sizes_are_limited(tmp_path: Path) -> None:
    for data in (b"", b"x" * (folder.MOST_BYTES + 1)):
        with pytest.raises(InputError):
            folder.put(tmp_path, "a.md", data, by="Ada")
        with pytest.raises(InputError):
            folder.stage(tmp_path, "a.md", data)


def test_what_is_laid_aside_is_no_knowledge_and_is_found_by_its_token(tmp_path: Path) -> None:
    token = folder.stage(tmp_path, "a.md", b"# One")
    name, path = folder.staged(tmp_path, token)
    assert (name, path.read_bytes(), list(files(tmp_path))) == ("a.md", b"# One", [])
    folder.unstage(tmp_path, token)
    for gone in (token, "../../x", ""):
        with pytest.raises(NotFoundError):
            folder.staged(tmp_path, gone)


def test_old_changes_are_forgotten_with_what_they_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "KEPT", 2)
    for text in (b"1", b"2", b"3", b"4"):
        folder.put(tmp_path, "a.md", text, by="Ada")
    assert [change.id for change in folder.changes(tmp_path)] == [4, 3]
    assert len(list((tmp_path / folder.ROOM / "kept").iterdir())) == 3


def test_a_line_that_was_not_written_to_its_end_is_left_out(tmp_path: Path) -> None:
    folder.put(tmp_path, "a.md", b"1", by="Ada")
    log = tmp_path / folder.ROOM / "changes.jsonl"
    log.write_text(log.read_text(encoding="utf-8") + '{"id": 2, "na', encoding="utf-8")
    assert [change.id for change in folder.changes(tmp_path)] == [1]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        folder.put(tmp_path / "none", "a.md", b"x", by="Ada")
