"""What was told last, and how it fades."""

from bot.catalogue.focus import FADED, Focus
from bot.types import Source


def test_focus_survives_its_column() -> None:
    focus = Focus(("A", "B"), ("price",), 2, ordered=True, aside=True, options=("M",))
    assert Focus.of(focus.kept()) == focus


def test_nothing_and_strange_values_are_no_focus() -> None:
    assert Focus.of(None) == Focus()
    assert Focus.of({"skus": "A"}) == Focus()
    assert Focus().kept() is None


def test_each_turn_on_something_else_makes_it_older_until_it_is_gone() -> None:
    focus = Focus(("A",))
    for age in range(1, FADED + 1):
        focus = focus.after(None)
        assert focus.age == age
    assert focus.after(None) == Focus()


def test_products_told_replace_the_ones_before() -> None:
    assert Focus(("A",), age=3).after(Focus(("B", "C"))) == Focus(("B", "C"))


def test_a_product_that_the_knowledge_answered_with_is_told_too() -> None:
    sources = (Source("return-window", "faq.yaml", 1.0), Source("product/A", "products.csv", 1.0))
    assert Focus.of_sources(sources).skus == ("A",)


def test_the_few_told_just_before_are_kept_in_mind() -> None:
    focus = Focus(("A",)).after(Focus(("B",)))
    assert (focus.skus, focus.before) == (("B",), ("A",))
    assert Focus.of(focus.kept()) == focus
    assert Focus(("A",), age=2).after(Focus(("B",))).before == ()
