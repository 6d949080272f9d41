"""The shop's golden questions, which must be answered from certain entries whatever else changes.

They stand in `golden.jsonl` at the root of the knowledge folder, in lines as `bot eval` reads them:
`{"question": …, "expect": id, list of ids, or null where a person should answer}`. A build that
answers fewer of them than the one before does not go live by itself.
"""

import json
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from bot.database.disk import sync
from bot.errors import InputError
from bot.knowledge.evaluate import Asked, read_lines

FILE = "golden.jsonl"
MOST = 2000  # questions
_LONGEST = 500  # characters of a question
_PATIENCE = 5.0  # seconds that a writer waits for another one


def read(folder: Path) -> list[Asked]:
    """The golden questions of a knowledge folder; `InputError` names the first bad line."""
    path = folder / FILE
    try:
        if not path.is_file() or not path.read_bytes().strip():
            return []
    except OSError as error:
        raise InputError("cli.eval_unreadable", path=path, reason=error) from error
    return read_lines(path, Asked, "eval_bad_line", "eval_empty")


def keep(folder: Path, question: str, expect: str | list[str] | None) -> None:
    """Add a question, or say anew from where it must be answered."""
    asked = " ".join(question.split())
    if not asked or len(asked) > _LONGEST:
        raise InputError("golden.length", most=_LONGEST)
    kept = Asked(question=asked, expect=expect)
    _change(folder, lambda known: [*(each for each in known if each.question != asked), kept])


def remove(folder: Path, question: str) -> None:
    """Forget a question; one that is not there is no error."""
    _change(folder, lambda known: [each for each in known if each.question != question])


def _change(folder: Path, change: Callable[[list[Asked]], list[Asked]]) -> None:
    """Write the file anew in one step: whoever reads meanwhile sees it before or after."""
    path, temporary = folder / FILE, folder / f".{FILE}.tmp"
    if not folder.is_dir():
        raise InputError("golden.no_folder", folder=folder)
    try:
        with FileLock(folder / f".{FILE}.lock", timeout=_PATIENCE):
            asked = change(read(folder))
            if len(asked) > MOST:
                raise InputError("golden.too_many", most=MOST)
            lines = (json.dumps(each.model_dump(), ensure_ascii=False) for each in asked)
            temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            sync(temporary)
            temporary.replace(path)
    except (OSError, Timeout) as error:
        raise InputError("golden.cannot_write", path=path, reason=error) from error
