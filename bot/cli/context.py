"""What every command needs first: settings, logging, an open database."""

from bot import log
from bot.database.db import Database
from bot.settings import Settings, settings


def configured(*, quiet: bool = True) -> Settings:
    """The settings, with logging set up; `quiet` keeps a command's own output readable."""
    found = settings()
    level = "error" if quiet and found.bot_log_level != "debug" else found.bot_log_level
    log.configure(level, found.bot_log_format)
    return found


def open_database() -> Database:
    """The configured database, migrated."""
    found = configured()
    db = Database(found.bot_database_url, secret_key=found.bot_secret_key)
    db.migrate()
    return db
