"""Chinese sentences from facts: clauses of one group joined by commas, the product named once."""

from collections.abc import Sequence

from bot.studio.item import Item
from bot.studio.realise.facts import Fact
from bot.studio.realise.variety import Chooser

_COMPLEX = "；，"


def told(item: Item, facts: Sequence[Fact], choose: Chooser) -> list[str]:
    """Sentences that say all of `facts`, in their order."""
    found: list[str] = []
    rest = list(facts)
    subject = subject_of(item, choose)
    while rest:
        taken, rest = _taken(rest, choose)
        clauses = [_clause(fact, choose) for fact in taken]
        if not found:
            found.append(f"{subject}{clauses[0]}{''.join(f'，{each}' for each in clauses[1:])}。")
        else:
            found.append(f"{'，'.join(clauses)}。")
    return found


def subject_of(item: Item, choose: Chooser) -> str:
    """How a text first speaks of the product."""
    return choose("subject", (f"{item.name}", f"这款{item.name}", f"{item.name}，"))


def _clause(fact: Fact, choose: Chooser) -> str:
    form = next(each for each in ("vp", "clause", "bullet") if fact.ways(each))
    return choose(f"{form}:{fact.measure}", fact.ways(form)).rstrip("。")


def _taken(facts: list[Fact], choose: Chooser) -> tuple[list[Fact], list[Fact]]:
    most = choose("size", (2, 3, 3))
    found = [facts[0]]
    for fact in facts[1:most]:
        if fact.long or found[-1].long:
            break
        found.append(fact)
    return found, facts[len(found) :]
