"""What goes with it, in a whole chat of the demo shop: asked, pressed, from one's own orders, and
refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from bot.catalogue.recommender import files
from bot.catalogue.recommender.fit import fit
from bot.customers import identity
from bot.insights.experiments import store
from bot.insights.experiments.running import SUGGESTIONS
from bot.insights.experiments.store import Draft
from bot.insights.experiments.verdict import verdict
from bot.types import Language, OneCustomer, now
from tests.support.baskets import ordered
from tests.support.demo import shop_on
from tests.support.talk import Talk

KETTLE, MUG, COVER = "JT-KET-01", "JT-MUG-01", "JT-DUV-01"


@pytest.fixture(scope="module")
def app(demo_index_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The demo shop, in which four customers bought a mug with the kettle."""
    folder = tmp_path_factory.mktemp("goes-with")
    index = folder / "index"
    index.mkdir()
    for each in demo_index_dir.iterdir():
        (index / each.name).symlink_to(each)
    app = shop_on(f"sqlite:///{folder / 'deskhand.db'}", index)
    for number in range(4):
        ordered(app.db, f"buyer{number}", [KETTLE, MUG])
    fit(app.db, app.catalogue.table(), index / files.FOLDER)
    yield app
    app.db.close()


@pytest.fixture
def talk(app: App) -> Talk:
    return Talk(app.db, app.flow)


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("what goes with the gooseneck kettle?", "en", "often bought with Harbor gooseneck kettle"),
        ("买了海港细嘴手冲壶的人还买什么", "zh", "常与海港细嘴手冲壶一起购买"),
    ],
)
async def test_what_goes_with_a_product_is_told_with_its_reason(
    talk: Talk, text: str, language: Language, reason: str
) -> None:
    said = await talk.says(text, language=language)
    assert reason in said
    assert talk.said is not None
    assert f"product/{MUG}" in [each["id"] for each in talk.said.sources]


async def test_the_product_in_mind_is_gone_on_from_in_words_and_by_the_button(talk: Talk) -> None:
    await talk.says("How much is the gooseneck kettle?")
    assert talk.labels == ["What goes with it?"]
    assert "often bought with" in await talk.presses("What goes")
    other = Talk(talk.db, talk.flow)
    await other.says("How much is the gooseneck kettle?")
    assert "Tideline stoneware mug" in await other.says("and what would you pair it with")


async def test_own_orders_are_gone_by_once_proven_and_not_after_a_refusal(talk: Talk) -> None:
    assert "who you are" in await talk.says("recommend me something based on what I bought")
    ordered(talk.db, "ines", [KETTLE])
    assert talk.said is not None
    chat = talk.said.conversation_id
    with talk.db.begin() as session:
        identity.bind(session, chat, OneCustomer("ines"), "link", at=now())
    said = await talk.says("what else would you recommend to me?")
    assert said.startswith("Going by what you have bought")
    assert "Tideline stoneware mug" in said
    assert "- Harbor gooseneck kettle" not in said  # they have it
    privacy = await talk.says("/privacy", "command:privacy")
    assert "at least 3 customers" in privacy
    assert "any more" in await talk.presses("No suggestions")
    asked = "recommend me something based on what I bought"
    assert "asked us not to" in await talk.says(asked)
    await talk.says("/privacy", "command:suggestions:on")
    assert "Tideline stoneware mug" in await talk.says(asked)


async def test_a_button_that_is_tried_is_there_for_half_and_counted(app: App, talk: Talk) -> None:
    with talk.db.begin() as session:
        draft = Draft("No button", SUGGESTIONS, "pressed", 0.1, {})
        store.start(session, draft, "Ada", at=now())
    app.trials.forget()
    shown = []
    for _ in range(12):
        each = Talk(talk.db, talk.flow)
        await each.says("How much is the gooseneck kettle?")
        shown.append(each.labels == ["What goes with it?"])
    assert set(shown) == {True, False}
    with talk.db.begin() as session:
        row = store.stop(session, "No button", "Ada", at=now())
        found = verdict(session, row, at=now())
    assert (found.first.count, found.second.count) == (sum(shown), 12 - sum(shown))
