"""The first admin's one-time password, where no terminal can show it: a file beside the database.

It is never logged. The file goes as soon as the admin has a password of their own.
"""

from pathlib import Path

from bot.database import private
from bot.database.db import Database
from bot.tickets.users import FIRST_ADMIN, name_key

NAME = "first-password"


def place(db: Database) -> Path:
    """Where the file is: beside SQLite's own, or in `data`."""
    return (db.folder or Path("data")) / NAME


def keep(db: Database, password: str) -> Path:
    """Write it for this user's eyes alone; the file. `OSError` when that cannot be done."""
    file = place(db)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private.write(file, password + "\n")
    return file.absolute()


def forget(db: Database, name: str) -> None:
    """The password of `name` is another now; if the file has theirs, it opens nothing any more."""
    if name_key(name) == name_key(FIRST_ADMIN):
        place(db).unlink(missing_ok=True)
