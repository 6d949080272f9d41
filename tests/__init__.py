"""The tests of `bot`, beside it by name; helpers are in `support`.

A password is slow to compare on purpose: 64 MB and a tenth of a second. Here argon2's own defaults
are less, before anything reads them; `tests/tickets/test_users.py` looks at the real ones.
"""

from argon2 import PasswordHasher

_time, _memory, _lanes, *_rest = PasswordHasher.__init__.__defaults__ or ()
PasswordHasher.__init__.__defaults__ = (1, 1024, 1, *_rest)
