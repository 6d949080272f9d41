"""The browser of the tests that look at pages: one for each module that asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium, without a page."""
    from tests.support.browser import chromium  # most workers never look at a page

    with chromium() as opened:
        yield opened
