"""Hints wake this process's listeners; what is spread, the other processes', too."""

from bot.conversations.live import Hint, Live, conversation_topic
from bot.types import Draft

TOPIC = conversation_topic(7)


async def test_what_is_spread_wakes_the_listeners_of_another_process() -> None:
    there = Live()

    def tell(hint: Hint) -> None:
        there.hint(hint.topic, hint.kind, hint.draft)

    here = Live(tell)
    with here.subscribe(TOPIC) as own, there.subscribe(TOPIC) as theirs:
        here.hint(TOPIC)
        here.spread(TOPIC, "typing")
        assert await own.get(0.1) == {"changed", "typing"}
        assert await theirs.get(0.1) == {"typing"}
        here.spread(TOPIC, "draft", Draft(3, "You have", "en"))
        assert await theirs.get(0.1) == {"draft"}
        assert theirs.draft == Draft(3, "You have", "en")
