"""What a message does not want is left out of what is found."""

import pytest

from bot.catalogue.acts import FindProducts
from tests.support import plants
from tests.support.toys import answer, asked


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("kites without plastic", ("KT-2",)),
        ("non-plastic kites", ("KT-2",)),
        ("a kite, not plastic please", ("KT-2",)),
        ("kites that aren't waterproof", ("KT-2",)),
        ("anything but red kites", ("KT-2",)),
        ("不要塑料的风筝", ("KT-2",)),
        ("除了红色的风筝", ("KT-2",)),
        ("红色以外的风筝", ("KT-2",)),
    ],
)
def test_what_is_denied_is_not_listed(text: str, skus: tuple[str, ...]) -> None:
    act = asked(text)
    assert isinstance(act, FindProducts)
    assert act.skus == skus


def test_what_a_text_says_to_be_free_from_goes_before_what_is_silent() -> None:
    act = asked("games with no nuts")
    assert isinstance(act, FindProducts)
    assert act.skus == ("GM-1",)


def test_a_denial_alone_is_of_what_was_told() -> None:
    act = asked("not the red one", "KT-1", "KT-2")
    assert isinstance(act, FindProducts)
    assert act.skus == ("KT-2",)


def test_the_answer_says_what_was_left_out() -> None:
    assert "Kites without “plastic”" in answer("kites without plastic")


@pytest.mark.parametrize("text", ["I don't want a kite", "my kite does not fly", "是不是红色的"])
def test_a_sentence_on_something_else_denies_no_product(text: str) -> None:
    assert not isinstance(asked(text), FindProducts)


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("pet food without grain, fish or chicken", ("PL-10",)),
        ("pet food without grain", ("PL-8", "PL-10")),
        ("不含鸡肉的宠物粮", ("PL-10",)),
        ("what pet food do you have for a sensitive dog, no chicken", ("PL-10",)),
        ("houseplants, nothing toxic to pets", ("PL-2",)),
        ("houseplants that aren't toxic to pets", ("PL-2",)),
        ("有什么对宠物没有毒的室内植物", ("PL-2",)),
        ("对宠物无毒的室内植物", ("PL-2",)),
    ],
)
def test_lists_and_labels_are_denied_as_they_are_said(text: str, skus: tuple[str, ...]) -> None:
    act = plants.asked(text)
    assert isinstance(act, FindProducts)
    assert act.skus == skus


def test_what_one_clause_says_to_be_there_is_not_denied_by_another() -> None:
    act = plants.asked("pet food without milk")
    assert isinstance(act, FindProducts)
    assert "PL-11" not in act.skus


def test_what_somebody_must_not_eat_is_not_recommended() -> None:
    act = plants.asked("狗对鸡肉过敏吃什么好")
    assert act is None or "PL-9" not in act.skus
