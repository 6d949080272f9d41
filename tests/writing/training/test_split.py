"""What is held out: the same every time, and nothing that was nearly learned from."""

import random

import pytest

from bot.errors import InputError
from bot.writing.training.dialogues import Dialogue, Said, read
from bot.writing.training.split import split
from tests.support.paths import DATA

OWN = DATA / "dialogues.jsonl"
SUBJECTS = ("kettle", "linen robe", "oak stool", "gift card", "blue vase", "parcel", "invoice")
WISHES = ("has not come", "is broken", "was charged twice", "is too small", "smells of smoke")
ANSWERS = (
    "We send another one today, and you may keep the first.",
    "Please photograph it; the workshop decides within two days.",
    "The bank releases that by itself, usually before the weekend.",
    "Choose another size on the returns page, it costs you nothing.",
    "Our Rotterdam colleagues will collect whatever you no longer want.",
)


def asked(question: str, answer: str) -> Dialogue:
    return Dialogue((Said("shopper", question), Said("agent", answer)))


def many() -> list[Dialogue]:
    """35 dialogues that have little in common."""
    return [
        asked(f"My {subject} {wish}", f"{subject.title()}: {answer[at:]}{answer[:at]}")
        for at, subject in enumerate(SUBJECTS)
        for wish, answer in zip(WISHES, ANSWERS, strict=True)
    ]


def test_about_the_share_is_held_out_and_nothing_is_lost() -> None:
    dialogues = read(OWN)
    learn, held = split(dialogues, 0.2, 1)
    assert len(held) == round(0.2 * len(dialogues))
    assert {one.key for one in [*learn, *held]} == {one.key for one in dialogues}
    assert len(learn) + len(held) == len(dialogues)


def test_the_order_of_the_file_does_not_matter_and_the_seed_does() -> None:
    dialogues = read(OWN)
    shuffled = random.Random(5).sample(dialogues, len(dialogues))
    held = {one.key for one in split(dialogues, 0.2, 1)[1]}
    assert {one.key for one in split(shuffled, 0.2, 1)[1]} == held
    assert {one.key for one in split(dialogues, 0.2, 2)[1]} != held


@pytest.mark.parametrize("seed", range(8))
def test_near_duplicates_never_straddle(seed: int) -> None:
    dialogues = []
    for at, one in enumerate(many()):
        question, answer = one.said[0].text, one.said[1].text
        dialogues.append(one)
        dialogues.append(asked(f"{question.lower()}!!", f"{answer} Kind regards, Ann"))
        dialogues.append(asked(f"{question}, order {4711 + at}", answer))
    learn, held = split(dialogues, 0.2, seed)
    learned = {one.said[0].text.lower().split(",")[0].strip("!") for one in learn}
    kept = {one.said[0].text.lower().split(",")[0].strip("!") for one in held}
    assert learned & kept == set()
    assert len(held) == 21


def test_the_same_question_with_other_numbers_and_another_answer_stays_together() -> None:
    pair = [
        asked("Where is order 4711?", "It left our warehouse this morning."),
        asked("where is order 20934", "With customs; they ask for an invoice, which I have sent."),
    ]
    for seed in range(8):
        learn, held = split([*many(), *pair], 0.3, seed)
        sides = [one in held for one in pair]
        assert sides in ([True, True], [False, False])
        assert learn


def test_a_large_group_of_near_duplicates_is_rather_learned_from() -> None:
    alike = [asked(f"Where is order {at}?", f"On its way, parcel {at}.") for at in range(30)]
    learn, held = split([*alike, *many()[:6]], 0.1, 1)
    assert len(held) == 4
    assert all(one in learn for one in alike)


def test_only_near_duplicates_cannot_be_split() -> None:
    with pytest.raises(InputError, match="near-duplicates"):
        split([asked(f"Where is order {at}?", "On its way.") for at in range(9)], 0.1, 1)
