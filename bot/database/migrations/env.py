"""What Alembic runs to migrate: the connection comes from `Database.migrate`, already locked.

There is no alembic.ini. The caller's transaction holds all steps, so a failed migration leaves the
schema as it was, on SQLite too.
"""

from alembic import context
from sqlmodel import SQLModel

import bot.database.insight_tables
import bot.database.order_tables
import bot.database.process_tables
import bot.database.review_tables
import bot.database.studio_tables
import bot.database.tables  # noqa: F401 - all fill the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
