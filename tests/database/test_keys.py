"""Keys: made once, the setting's where there is one, different for each purpose."""

from pydantic import SecretStr

from bot.database import keys
from bot.database.db import Database


def test_a_key_is_made_once_and_differs_by_purpose(database: Database) -> None:
    with database.begin() as session:
        first = keys.key(session, "link")
        assert first != keys.key(session, "code")
    with database.begin() as session:
        assert keys.key(session, "link") == first


def test_the_settings_key_goes_before_the_databases(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        kept = keys.key(session, "link")
    url = sqlite_database.url.render_as_string(hide_password=False)
    given = Database(url, secret_key=SecretStr("a" * 40))
    with given.begin() as session:
        assert keys.master(session) == "a" * 40
        assert keys.key(session, "link") != kept
    given.close()


def test_a_keyed_hash_tells_its_parts_apart(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        assert keys.mac(session, "code", "12", "3") != keys.mac(session, "code", "1", "23")
        assert keys.mac(session, "code", "1") == keys.mac(session, "code", "1")
