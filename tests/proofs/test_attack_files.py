"""The short form of the attack with files, and what a reader's process may and may not do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.confined import Confined, Limits
from bot.errors import ReadingError
from bot.knowledge.documents import file_reader
from bot.knowledge.documents import read_knowledge as read_by
from bot.orders import files
from tests.proofs import bombs
from tests.proofs.attack import Ground
from tests.proofs.attack.files import attack

TODAY = date(2026, 11, 22)
SMALL = Limits(memory=400, answer=8, seconds=2)
# A program for the child's side that does as it is told.
PROGRAM = """
import os, socket, subprocess, sys, time
from bot.confined import serve

def answer(request):
    yield str(os.getpid()).encode().ljust(request.get("width", 10))
    exec(request["do"])
    yield b"done"

serve(answer)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Confined]:
    (tmp_path / "obedient.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "secret")
    with Confined("obedient", SMALL) as started:
        yield started


def ask(child: Confined, do: str) -> list[bytes]:
    return list(child.ask({"do": do}, 2))


async def test_bad_files_end_neither_the_index_nor_the_import(
    tmp_path: Path, demo_index_dir: Path
) -> None:
    rows = await attack(Ground(tmp_path, demo_index_dir, short=True))
    assert [row for row in rows if not row.held] == []
    assert len(rows) > 50


def test_one_child_answers_again_and_again(child: Confined) -> None:
    first, again = ask(child, "pass"), ask(child, "print('not an answer')")
    assert first == again
    assert first[1] == b"done"


@pytest.mark.parametrize(
    ("do", "key"),
    [
        ("b'x' * 10**9", "files.memory"),
        ("while True: pass", "files.time"),
        ("time.sleep(1000)", "files.time"),
        ("os.kill(os.getpid(), 9)", "files.memory"),
        ("os.kill(os.getpid(), 11)", "files.crashed"),
        ("os._exit(0)", "files.crashed"),
        ("f = lambda: f(); globals()['f'] = f; f()", "files.depth"),
    ],
)
def test_a_child_that_does_not_end_is_ended_and_the_next_request_has_a_new_one(
    child: Confined, do: str, key: str
) -> None:
    (before, _) = ask(child, "pass")
    with pytest.raises(ReadingError) as caught:
        ask(child, do)
    assert caught.value.key == key
    assert all(caught.value.message(language) for language in ("en", "zh"))
    (after, _) = ask(child, "pass")
    assert after != before


@pytest.mark.parametrize(
    "do",
    [
        "socket.socket().connect(('127.0.0.1', 9))",
        "socket.getaddrinfo('localhost', 80)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "assert 'TELEGRAM_BOT_TOKEN' in os.environ",
        "open('full', 'wb').write(b'x' * 2**21)",
    ],
)
def test_a_child_has_no_network_no_programs_and_no_secrets(child: Confined, do: str) -> None:
    with pytest.raises(ReadingError, match="reader fail"):
        ask(child, do)


def test_an_answer_without_end_is_ended(child: Confined) -> None:
    with pytest.raises(ReadingError) as caught:
        list(child.ask({"do": "pass", "width": 9 * 2**20}, 2))
    assert caught.value.key == "files.answer"


def test_who_stops_listening_ends_the_child(child: Confined) -> None:
    said = child.ask({"do": "time.sleep(1000)", "width": 100_000}, 2)
    pid = int(next(said))
    del said
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_file_that_takes_too_much_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("First.")
    bombs.word("<w:p/>" * 3_000_000)(tmp_path / "b.docx")
    (tmp_path / "c.html").write_text("<!--" * 200_000)
    (tmp_path / "d.jsonl").write_text(
        "".join(f'{{"id": "{n}", "answer": "Yes."}}\n' for n in range(50))
    )
    (tmp_path / "e.txt").write_text("word " * 2_000_000)
    (tmp_path / "f.txt").write_text("Last.")
    limits = Limits(memory=500, answer=8, seconds=3, seconds_per_megabyte=0, most=20)
    with file_reader(limits) as reader:
        knowledge = read_by(tmp_path, TODAY, reader)
    told = {problem.where: problem.key for problem in knowledge.problems}
    assert told.pop("e.txt") in ("files.time", "files.answer", "files.memory")
    assert told == {
        "b.docx": "files.memory",
        "c.html": "files.time",
        "d.jsonl:21": "knowledge.too_many_entries",
    }
    assert [entry.id for entry in knowledge.entries] == ["a", *map(str, range(20)), "f"]
    assert list(knowledge.files) == ["a.txt", "b.docx", "c.html", "d.jsonl", "e.txt", "f.txt"]


def test_a_thousand_problems_are_named_and_the_others_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{\n" * 1500)
    with file_reader() as reader:
        problems = read_by(tmp_path, TODAY, reader).problems
    assert len(problems) == 1001
    assert problems[-1].params == {"count": 500}


def test_an_order_file_that_takes_too_much_is_named_and_the_others_are_imported(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.jsonl").write_text(bombs.GOOD_ORDERS["good.jsonl"])
    (tmp_path / "b.json").write_text("[" + "[]," * 20_000_000 + "[]]")
    found = files.read(tmp_path, Limits(memory=500, answer=8))
    assert [row.order["id"] for row in found.rows] == ["G1"]
    assert [(each.where, each.key) for each in found.problems] == [("b.json", "files.memory")]
    with pytest.raises(ReadingError):
        files.read(tmp_path / "b.json", Limits(memory=500, answer=8))


def test_what_reads_files_loads_no_model() -> None:
    heavy = ("torch", "faiss", "onnxruntime", "transformers", "sqlalchemy", "starlette")
    for module in ("bot.knowledge.reading", "bot.orders.reading"):
        program = f"import sys, {module}; print(*[m for m in {heavy!r} if m in sys.modules])"
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == ""
