"""What is said: every value as the catalogue has it, and what it lacks said as lacking."""

import pytest

from tests.support.outfitter import answer, demo_table, outfitter


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("how much is the harbor kettle", "Harbor gooseneck kettle: $64.00."),
        ("how tall is the mast lamp", "Mast floor lamp: Height: 152 cm."),
        ("is the electric kettle in stock?", "Fjord electric kettle: sold out right now."),
        (
            "does the tideline mug come in green?",
            "I don't see “green” for Tideline stoneware mug. Colours: sand, sea blue, charcoal.",
        ),
        ("马克杯多少钱", "潮线炻器马克杯：16.00 美元。"),
        ("潮线马克杯有红色的吗", "潮线炻器马克杯没有“红色”。颜色：沙色、海蓝、炭黑。"),
        ("mug under 30", "Mug under 30, one fits:\n- Tideline stoneware mug: $16.00"),
    ],
)
def test_answers_in_full(text: str, said: str) -> None:
    assert answer(demo_table(), text) == said


def test_a_list_says_what_was_applied_and_what_is_sold_out() -> None:
    said = answer(outfitter(), "backpacks under 150 euros")
    assert said.splitlines() == [
        "Backpacks under 150 euros, 2 of them:",
        "- Daybreak 22 daypack: €69.00, sold out right now",
        "- Ridgeline 45 trekking backpack: €139.00",
    ]


def test_what_the_catalogue_is_silent_on_is_said_and_not_denied() -> None:
    said = answer(outfitter(), "is the rain jacket waterproof")
    assert said.startswith("The catalogue says nothing of “waterproof” about Drizzle rain jacket.")
    assert "20000 mm" in said


def test_an_attribute_that_is_missing_brings_what_there_is() -> None:
    said = answer(demo_table(), "how tall is the harbor kettle")
    assert said.startswith("The catalogue does not say that about Harbor gooseneck kettle.")
    assert "Capacity: 0.9 l" in said


def test_a_sentence_of_the_description_answers_whether() -> None:
    said = answer(demo_table(), "does the harbor kettle work on induction")
    assert said == "Harbor gooseneck kettle: Works on gas, ceramic and induction."


def test_a_comparison_is_a_table() -> None:
    lines = answer(outfitter(), "compare the two tents").splitlines()
    assert lines[2] == "|   | Aurora 2 tent | Basecamp 4 family tent |"
    assert "| Weight | 2.3 kg | 7.8 kg |" in lines


def test_unknown_things_are_said_to_be_unknown_with_what_there_is() -> None:
    said = answer(outfitter(), "do you sell bicycles")
    assert said == (
        "Sorry, I find no “bicycles” in our catalogue. "
        "What we have: Packs, Tents, Shoes, Jackets, Cooking, Light."
    )


def test_nothing_cheaper_is_said() -> None:
    said = answer(outfitter(), "anything cheaper?", "TE-01")
    assert said == "I find nothing cheaper of that kind."


def test_it_of_nothing_asks_which() -> None:
    assert answer(demo_table(), "how tall is it") == "Which product do you mean?"
