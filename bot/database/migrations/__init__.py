"""Alembic's environment and the schema's versions; run by `Database.migrate`, never by hand."""
