"""The knowledge folder as a whole: which files count, what expires, what is there twice."""

import os
from datetime import date
from pathlib import Path

import pytest

from bot.errors import KnowledgeError
from bot.knowledge.entry import Knowledge
from bot.texts import catalogue
from tests.support.reading import read_knowledge

TODAY = date(2026, 11, 22)
ROW = '{"id": "hours", "question": "When?", "answer": "Monday to Saturday."}'


def write(folder: Path, **files: str | bytes) -> Path:
    """Files by name; "__" stands for "/" and "_" before the extension for "."."""
    for name, content in files.items():
        path = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def keys(knowledge: Knowledge) -> list[tuple[str, str, str]]:
    return [(p.severity, p.where, p.key.removeprefix("knowledge.")) for p in knowledge.problems]


def test_missing_and_useless_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no knowledge folder"):
        read_knowledge(tmp_path / "nowhere", TODAY)
    with pytest.raises(KnowledgeError, match="holds no file"):
        read_knowledge(write(tmp_path, README_md="# Read me", photo_jpg=b"\xff"), TODAY)


def test_broken_files_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_jsonl=ROW + "\nnot json\n",
        b_yaml="- id: x\n  answer: [",
        c_md=b"# Title\n\nCaf\x81 hours",
        d_pdf=b"%PDF-1.4 nothing",
        e_docx=b"not a zip",
        f_csv='id,answer\nq,"open\n',
        g_txt="",
        h_jpg=b"\xff",
        i_txt="Our studio is in Rotterdam.",
        j_xls=b"\xd0\xcf\x11\xe0",
    )
    knowledge = read_knowledge(tmp_path, TODAY)
    assert [entry.id for entry in knowledge.entries] == ["hours", "i"]
    assert keys(knowledge) == [
        ("error", "a.jsonl:2", "not_json"),
        ("error", "b.yaml:2", "not_yaml"),
        ("error", "c.md:3", "undecodable"),
        ("error", "d.pdf", "pdf_damaged"),
        ("error", "e.docx", "docx_damaged"),
        ("error", "f.csv:2", "not_csv"),
        ("warning", "g.txt", "empty_file"),
        ("warning", "h.jpg", "unknown_format"),
        ("error", "j.xls", "save_as"),
    ]
    assert "byte 12 (line 3)" in knowledge.problems[2].message("en")
    assert "第 12 字节" in knowledge.problems[2].message("zh")


def test_bad_byte_is_counted_with_the_mark_that_some_editors_write(tmp_path: Path) -> None:
    knowledge = read_knowledge(write(tmp_path, a_txt=b"\xef\xbb\xbfa\n\xff"), TODAY)
    assert dict(knowledge.problems[0].params) == {"line": 2, "offset": 5}


def test_folder_with_only_broken_files_still_tells_what_is_broken(tmp_path: Path) -> None:
    knowledge = read_knowledge(write(tmp_path, a_jsonl="{"), TODAY)
    assert knowledge.entries == ()
    assert keys(knowledge) == [("error", "a.jsonl:1", "not_json")]


def test_hidden_backup_readme_and_order_files_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, faq_jsonl=ROW, README_md="x", orders_csv="number,e-mail\n", orders__a_txt="x")
    write(tmp_path, **{"faq__.git__x_md": "x", "faq__a.md_tmp": "x", "sub__README_md": "Hello"})
    (tmp_path / "faq.jsonl~").write_text("x")
    (tmp_path / ".faq.jsonl.swp").write_text("x")
    knowledge = read_knowledge(tmp_path, TODAY)
    assert list(knowledge.files) == ["faq.jsonl", "sub/README.md"]
    assert knowledge.problems == ()


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", secret_txt="secret")
    folder = write(tmp_path / "knowledge", faq_jsonl=ROW)
    (folder / "b.txt").symlink_to(outside / "secret.txt")
    (folder / "c").symlink_to(outside)
    (folder / "d.txt").symlink_to(folder / "gone.txt")
    knowledge = read_knowledge(folder, TODAY)
    assert [entry.id for entry in knowledge.entries] == ["hours"]
    assert sorted(keys(knowledge)) == [
        ("error", "b.txt", "link_leaves"),
        ("error", "c", "link_leaves"),
        ("error", "d.txt", "unreadable"),
    ]


def test_pipes_and_huge_files_are_named_and_not_opened(tmp_path: Path) -> None:
    write(tmp_path, faq_jsonl=ROW)
    os.mkfifo(tmp_path / "pipe.txt")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    assert keys(read_knowledge(tmp_path, TODAY)) == [
        ("error", "huge.txt", "too_large"),
        ("error", "pipe.txt", "unreadable"),
    ]


def test_entry_holds_through_its_last_day_and_not_longer(tmp_path: Path) -> None:
    rows = "id,answer,valid_until\npast,x,2026-11-21\nlast,x,2026/11/22\nnext,x,2027-1-5\n"
    knowledge = read_knowledge(write(tmp_path, a_csv=rows), TODAY)
    assert [entry.id for entry in knowledge.entries] == ["last", "next"]
    assert keys(knowledge) == [("warning", "a.csv:2", "expired")]


def test_second_entry_of_the_same_id_and_language_is_an_error_naming_both(tmp_path: Path) -> None:
    chinese = '{"id": "hours", "question": "几点？", "answer": "周一至周六。"}'
    other = ROW.replace("Monday", "Tuesday")
    knowledge = read_knowledge(write(tmp_path, a_jsonl=f"{ROW}\n{chinese}", b_jsonl=other), TODAY)
    assert [(entry.id, entry.lang) for entry in knowledge.entries] == [
        ("hours", "en"),
        ("hours", "zh"),
    ]
    assert knowledge.entries[0].answer == "Monday to Saturday."
    assert keys(knowledge) == [("error", "b.jsonl:1", "duplicate")]
    assert "a.jsonl:1" in knowledge.problems[0].message("en")


def test_language_comes_from_the_row_then_the_file_name_then_the_letters(tmp_path: Path) -> None:
    row = '{"id": "a", "question": "支付宝?", "answer": "x", "lang": "zh-CN"}'
    write(
        tmp_path,
        **{"x.en_jsonl": row, "y.zh_csv": "id,answer\nb,OK\n", "z_csv": "id,answer\nc,好\n"},
    )
    languages = {entry.id: entry.lang for entry in read_knowledge(tmp_path, TODAY).entries}
    assert languages == {"a": "zh", "b": "zh", "c": "zh"}


def test_every_text_about_knowledge_exists_in_both_languages() -> None:
    def area(language: str) -> set[str]:
        return {key for key in catalogue(language) if key.startswith("knowledge.")}

    assert area("en") == area("zh")
