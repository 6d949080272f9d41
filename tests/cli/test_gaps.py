"""`bot gaps` names what was not answered; an entry that fills it answers from the next build on.
`bot health` and `bot recalls` say what is wrong with the knowledge, and with what was told."""

import json
from pathlib import Path

from bot.knowledge import filed
from tests.cli.test_gate import FAQ, bot, knowledge  # noqa: F401


def test_a_gap_is_listed_and_answered_once_it_is_filled(knowledge: Path) -> None:  # noqa: F811
    assert bot("index").exit_code == 0
    assert "Every question had an answer" in bot("gaps").output
    for question in ("Is there a warranty on the lamps?", "Do you have a warranty?"):
        told = json.loads(bot("ask", question, "--json").stdout)
        assert told["action"] != "reply"
    [gap] = json.loads(bot("gaps", "--json").stdout)
    assert (gap["count"], gap["language"]) == (2, "en")
    assert "warranty" in gap["draft"]["question"]
    assert "warranty" in bot("gaps").output
    entry = {**gap["draft"], "answer": "Yes, two years on every lamp."}
    filed.put(knowledge, "warranty", "en", json.dumps([entry]))
    told = json.loads(bot("ask", "How long does delivery take?", "--json").stdout)
    assert told["action"] == "reply"
    changed = FAQ.replace("3 to 6 business days", "2 to 4 business days")
    (knowledge / "faq.md").write_text(changed, encoding="utf-8")
    assert bot("index").exit_code == 0
    told = json.loads(bot("ask", "what warranty do you give on lamps", "--json").stdout)
    assert (told["action"], told["sources"][0]["id"]) == ("reply", gap["draft"]["id"])
    [recall] = json.loads(bot("recalls", "--json").stdout)
    assert (recall["id"], recall["told"]) == ("faq#how-long-does-delivery-take", 1)
    assert "delivery" in bot("recalls").output

    again = "# Delivery times\n\nOrders arrive within 9 business days.\n"
    (knowledge / "more.md").write_text(again, encoding="utf-8")
    kinds = {each["kind"] for each in json.loads(bot("health", "--json").stdout)}
    assert "contradiction" in kinds
    assert "Contradict each other" in bot("health").output
