"""The agents' and admins' pages under /desk: server-rendered, live by server-sent events.

`routes.py` lists the pages, `guard.py` decides who may see one, `security.py` keeps logins,
`tickets.py` and `account.py` are the pages, `events.py` says when to look again, `pages.py`
renders. What an agent *does* is in `bot/tickets/assignment.py`; nothing here writes a conversation by itself.
"""
