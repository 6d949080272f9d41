"""A job of drafts is killed again and again: `python -m tests.proofs.drafts [COUNT] [KILLS]`.

Each draft must be there exactly once, none lost, none made by two. Processes are killed with
SIGKILL in the midst of their work; the next one goes on. Ten thousand drafts and ten kills unless
other numbers are given.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlmodel import select

from bot.database.db import Database
from bot.database.studio_tables import DraftRow, DraftVersionRow, TaskRow
from bot.studio import jobs
from bot.studio.brief import Brief
from bot.studio.item import Item
from tests.support.studio_shop import studio

_MOST = 1200.0  # seconds for one process
COLOURS = ("blue", "white", "sand", "moss", "charcoal")


def items(count: int) -> list[Item]:
    """Mugs that differ."""
    chosen = random.Random(5)
    return [
        Item(
            f"M-{at}",
            f"Mug {at}",
            attributes=(
                ("Capacity", f"{chosen.randrange(20, 60) * 10} ml"),
                ("Material", chosen.choice(("stoneware", "porcelain", "glass"))),
                ("Colours", ", ".join(chosen.sample(COLOURS, 2))),
                ("Height", f"{chosen.randrange(7, 13)} cm"),
            ),
        )
        for at in range(count)
    ]


def work(url: str, count: int) -> None:
    """One process that goes on with the job."""
    db = Database(url)
    made = studio(db, items(count))
    asyncio.run(made.resume("en"))
    db.close()


def prove(count: int, kills: int, folder: Path) -> dict[str, object]:
    """What was found after the job was done in spite of the kills."""
    url = f"sqlite:///{folder / 'drafts.db'}"
    db = Database(url)
    db.migrate()
    made = studio(db, items(count))
    job = asyncio.run(made.start(made.items("en"), Brief(), cap=0, by="proof"))
    chosen = random.Random(11)
    killed = runs = 0
    began = time.monotonic()
    while _state(db, job) == "running" and runs < kills + 5:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.drafts", "--work", url, str(count)],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        runs += 1
        if killed < kills:
            _wait_for(
                db, job, _done(db, job) + chosen.randint(1, max(1, count // (2 * kills))), process
            )
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                killed += 1
        process.wait(_MOST)
    with db.read() as session:
        places = Counter(session.exec(select(DraftRow.position)))
        worded = len(list(session.exec(select(DraftVersionRow.draft_id))))
        left = len(list(session.exec(select(TaskRow.position).where(TaskRow.state != "done"))))
        found = jobs.progress(session, job)
    db.close()
    return {
        "state": found.row.state,
        "drafts": sum(places.values()),
        "twice": sum(n - 1 for n in places.values()),
        "lost": count - len(places),
        "without words": sum(places.values()) - worded,
        "left": left,
        "killed": killed,
        "seconds": round(time.monotonic() - began, 1),
    }


def holds(found: dict[str, object], count: int, kills: int) -> bool:
    """Whether each draft is there exactly once, after as many kills as were wanted."""
    wrong = ("twice", "lost", "without words", "left")
    whole = found["drafts"] == count and found["state"] == "done" and found["killed"] == kills
    return whole and not any(found[each] for each in wrong)


def _state(db: Database, job: int) -> str:
    with db.read() as session:
        return jobs.progress(session, job).row.state


def _done(db: Database, job: int) -> int:
    with db.read() as session:
        return jobs.progress(session, job).done


def _wait_for(db: Database, job: int, count: int, process: "subprocess.Popen[bytes]") -> None:
    """Until so many are done, or the process has ended."""
    until = time.monotonic() + _MOST
    while _done(db, job) < count and process.poll() is None and time.monotonic() < until:
        time.sleep(0.2)


def main() -> None:
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]))
        return
    count, kills = (int(each) for each in (*sys.argv[1:], *("10000", "10")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        found = prove(count, kills, Path(folder))
    print(found)
    sys.exit(0 if holds(found, count, kills) else 1)


if __name__ == "__main__":
    main()
