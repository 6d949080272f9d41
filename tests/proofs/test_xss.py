"""The proof that nothing written by others runs, in short, and that it would see it if it did."""

from playwright.sync_api import Browser

from bot.database.db import Database
from tests.proofs import xss


def test_nothing_that_others_write_runs(browser: Browser, sqlite_database: Database) -> None:
    found = xss.prove(browser, sqlite_database, xss.payloads(8))
    assert (found.runs, found.could_run) == (0, 0)
    assert found.shown > 8 * 10, "each was shown in many places"


def test_a_payload_that_is_not_escaped_is_seen(browser: Browser) -> None:
    assert len(set(xss.payloads())) == 200
    ran: list[int] = []
    with browser.new_context(bypass_csp=True) as context:
        context.expose_function("__ran", lambda *_: ran.append(1))
        page = context.new_page()
        page.set_content(f"<p>{xss.payloads()[8]}</p>")
        page.wait_for_timeout(200)
        assert ran
        assert page.evaluate(xss._COULD_RUN) > 0
