"""One schema on SQLite and PostgreSQL, and what is kept in it for everybody.

Start at `db`: the engine, and transactions that are retried. `transaction` has what those know of
their process and tell it. `tables` and the others called so are the schema, `migrations/` its
history, `group_commit` joins small writes, `upsert` makes what is missing, `leases` says who works
on what, `runner` works on what is claimed (messages, deliveries, letters, files), `keys` derives
every key from one secret. Where several processes serve, `duty` is what one of them does at a time,
and `signals` tells the others at once what one has committed.
"""
