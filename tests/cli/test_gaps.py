"""`bot gaps` names what was not answered; an entry that fills it answers from the next build on."""

import json
from pathlib import Path

from bot.knowledge import filed
from tests.cli.test_gate import bot, knowledge  # noqa: F401


def test_a_gap_is_listed_and_answered_once_it_is_filled(knowledge: Path) -> None:  # noqa: F811
    assert bot("index").exit_code == 0
    assert "Every question had an answer" in bot("gaps").output
    for question in ("Do you engrave rings?", "can you engrave a name into a ring"):
        told = json.loads(bot("ask", question, "--json").stdout)
        assert told["action"] != "reply"
    [gap] = json.loads(bot("gaps", "--json").stdout)
    assert (gap["count"], gap["language"]) == (2, "en")
    assert gap["draft"]["question"] in ("Do you engrave rings?", "Can you engrave a ring")
    assert "engrave" in bot("gaps").output
    entry = {**gap["draft"], "answer": "Yes, we engrave rings for 9 euros."}
    filed.put(knowledge, "engraving", "en", json.dumps([entry]))
    assert bot("index").exit_code == 0
    told = json.loads(bot("ask", "could you engrave this ring for me?", "--json").stdout)
    assert (told["action"], told["sources"][0]["id"]) == ("reply", gap["draft"]["id"])
