"""A model's text is held to the records; without one worth keeping the attributes' own counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.database.db import Database
from bot.errors import InputError
from bot.studio.brief import Brief, Voice, checked
from bot.studio.gate import Gate
from bot.studio.voice import read_voice
from tests.support.studio_shop import KETTLE, StandIn, studio


@dataclass(frozen=True)
class Claim:
    """As `bot/studio/claims` finds them."""

    start: int
    end: int
    rule: str = "absolute"
    key: str = "claims.absolute"
    law: tuple[str, ...] = ("cn-ad-9",)

    def why(self, language: str) -> str:
        return "Say it without the absolute word."

    def laws(self, language: str) -> tuple[str, ...]:
        return ("Advertising Law, article 9",)


def claims(text: str, language: str) -> Sequence[Claim]:
    at = text.find("finest")
    return [Claim(at, at + 6)] if at >= 0 else []


async def test_what_a_model_invents_is_marked(sqlite_database: Database) -> None:
    made = studio(sqlite_database, writes=StandIn("The {name} is FDA approved."))
    found = await made.draft(KETTLE, Brief(), "en")
    assert found.written.model == "stand-in"
    assert found.report.risk == "high"
    assert found.written.cost == 0.01


@pytest.mark.parametrize("text", ["I cannot help with that.", "Here is your description:", ""])
async def test_a_refusal_is_replaced_by_the_attributes_own_text(
    sqlite_database: Database, text: str
) -> None:
    found = await studio(sqlite_database, writes=StandIn(text)).draft(KETTLE, Brief(), "en")
    assert found.written.model == ""
    assert "stainless steel" in found.written.text
    assert found.report.risk == "none"


async def test_claims_are_one_more_checker(sqlite_database: Database) -> None:
    made = studio(sqlite_database, writes=StandIn("Kettle finest."), checkers=[claims])
    found = await made.draft(KETTLE, Brief(), "en")
    mark = next(each for each in found.report.marks if each.id == "absolute:finest")
    assert mark.laws == ("Advertising Law, article 9",)
    assert mark.blocks
    assert mark.signable


async def test_the_voice_of_the_shop_chooses_words(sqlite_database: Database) -> None:
    voice = Voice(avoid=("comes", "available", "Pours"), use={"stainless steel": "steel"})
    found = await studio(sqlite_database, voice=voice).draft(KETTLE, Brief(), "en")
    assert "comes" not in found.written.text
    assert "stainless" not in found.written.text


def test_the_voice_is_read_from_the_shops_file(tmp_path: Path) -> None:
    assert read_voice(tmp_path, "en") == Voice()
    file = tmp_path / "shop.yaml"
    file.write_text(
        "tone: {en: Calm.}\nstudio:\n  tone: warm\n  avoid: {en: [cheap], zh: [亲]}\n"
        "  use: {en: {buy: pick up}}\n",
        encoding="utf-8",
    )
    english, chinese = read_voice(tmp_path, "en"), read_voice(tmp_path, "zh")
    assert (english.tone, english.avoid, english.use) == ("warm", ("cheap",), {"buy": "pick up"})
    assert (english.sentence, chinese.avoid, chinese.use) == ("Calm.", ("亲",), {})
    for wrong in ("studio: 3", "studio: {tone: loud}", "studio: {avoid: x}", "studio: {x: 1}"):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(InputError):
            read_voice(tmp_path, "en")


@pytest.mark.parametrize(
    "brief",
    [
        Brief(kind="poem"),  # type: ignore[arg-type]
        Brief(tone="loud"),  # type: ignore[arg-type]
        Brief(platform="myspace"),
        Brief(kind="reply"),
        Brief(kind="campaign"),
        Brief(stars=9),
    ],
)
def test_an_order_that_no_text_can_be_made_of_is_refused(brief: Brief) -> None:
    with pytest.raises(InputError):
        checked(brief)
    assert Brief.from_stored(brief.stored()) == brief


def test_a_gate_without_anything_still_looks_for_facts() -> None:
    assert Gate().look("It holds 5 l.", KETTLE, Brief(), "zh").risk == "high"
