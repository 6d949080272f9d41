"""A rehearsal: which golden answers a build loses, and what is answered otherwise than before."""

from collections.abc import Mapping

import pytest

from bot.app import App
from bot.dialogue import rehearsal
from bot.dialogue.outcome import Action
from bot.dialogue.rehearsal import Ask, Told
from bot.knowledge.evaluate import Asked

ASKED = "How long does shipping take?"


def told(text: str, *entries: str, action: Action = "reply") -> Told:
    return Told(action, entries, text)


def knows(answers: Mapping[str, Told]) -> Ask:
    return lambda question: answers.get(question, told("A colleague will …", action="escalate"))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (told("30 days", "a"), told("Sorry", action="escalate"), "lost"),
        (told("30 days", "a"), told("Which?", action="clarify"), "lost"),
        (told("Sorry", action="escalate"), told("30 days", "a"), "gained"),
        (told("30 days", "a"), told("30 days", "b"), "elsewhere"),
        (told("Within 30 days.", "a"), told("Within 14 days.", "a"), "figures"),
        (told("Costs 4.50", "a"), told("It costs 4.50", "a"), "words"),
    ],
)
def test_each_change_has_a_kind(before: Told, after: Told, kind: str) -> None:
    steps: list[tuple[int, int]] = []
    found = rehearsal.review(
        [], [ASKED], knows({ASKED: before}), knows({ASKED: after}), lambda *at: steps.append(at)
    )
    assert [change.kind for change in found.changes] == [kind]
    assert steps[-1] == (1, 1)


@pytest.mark.parametrize(
    "same", [told("30 days", "a"), told("Sorry", action="escalate"), told("?", action="clarify")]
)
def test_the_same_answer_is_no_change(same: Told) -> None:
    ask = knows({ASKED: same})
    assert rehearsal.review([], [ASKED], ask, ask, lambda *_: None).changes == ()


def test_golden_questions_are_met_lost_or_still_missed() -> None:
    golden = [
        Asked(question="met", expect="a"),
        Asked(question="lost", expect=["a", "b"]),
        Asked(question="missed", expect="c"),
        Asked(question="for a person", expect=None),
        Asked(question="for a person no more", expect=None),
    ]
    before = knows({"met": told("x", "z"), "lost": told("x", "b")})
    after = knows({"met": told("x", "a", "z"), "for a person no more": told("x", "a")})
    found = rehearsal.review(golden, [], before, after, lambda *_: None)
    assert (found.golden, found.met) == (5, 2)
    assert found.lost == ("lost", "for a person no more")
    assert found.missed == ("missed",)
    first = rehearsal.review(golden, ["asked"], None, after, lambda *_: None)
    assert (first.lost, first.changes) == ((), ())


def test_a_question_goes_the_whole_way_to_the_answer(demo_app: App) -> None:
    ask = rehearsal.asker(demo_app.flow._answers, "en")
    policy, product = ask(ASKED), ask("how much is the harbor kettle")
    assert policy.action == product.action == "reply"
    assert product.entries[0].startswith("product/")
    assert ask("I want to talk to a person").action == "escalate"
