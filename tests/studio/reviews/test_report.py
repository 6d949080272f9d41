"""The report counts reviews, says few as few, and leads to the quotes."""

from datetime import date

from bot.studio.reviews import report
from bot.studio.reviews.analysis import ASPECT, MISSING, SAFETY
from bot.studio.reviews.asked import WORDS, about
from bot.studio.reviews.points import chance, how_many
from bot.studio.reviews.replies import draft, wants_reply
from bot.studio.reviews.report import Report
from tests.support.reviews import WARES, kept

TODAY = date(2026, 11, 29)


def made() -> Report:
    return report.make(kept(), "KET", WARES, TODAY)


def test_both_languages_count_as_one_thing_with_all_its_quotes() -> None:
    handle = next(each for each in made().of(ASPECT) if each.name("en") == "handle")
    assert (handle.count, handle.whole, handle.complained, handle.praised) == (5, 17, 5, 0)
    assert handle.name("zh") == "把手"
    assert {each.text[each.start : each.end] for each in handle.quotes} == {"handle", "把手"}
    assert all(each.sku == "KET" for each in handle.quotes)


def test_what_few_say_is_said_as_few() -> None:
    assert [how_many(*each) for each in ((2, 4), (3, 100), (20, 100), (40, 100), (60, 100))] == [
        *("few", "few", "some", "many", "most")
    ]


def test_a_sudden_complaint_and_a_danger_raise_an_alarm() -> None:
    alarms = {each.point.kind: each for each in made().alarms}
    assert (alarms[ASPECT].lately, alarms[ASPECT].before) == (5, 0)
    assert alarms[SAFETY].point.quotes[0].text == "I burned my hand."


def test_a_product_is_held_against_its_category() -> None:
    [worse] = [each for each in made().differences if each.worse]
    assert worse.point.name("en") == "handle"
    assert (worse.point.complained, worse.other, worse.others) == (5, 0, 20)


def test_a_text_that_promises_what_reviews_deny_is_named() -> None:
    [denied] = [each for each in made().denied if "cool" in each.sentence]
    assert (denied.sku, denied.point.complained) == ("KET", 5)


def test_missing_words_and_months_are_told() -> None:
    found = made()
    assert [each.count for each in found.of(MISSING)] == [1]
    assert (found.months[-1].first, found.months[-1].bad) == (date(2026, 11, 1), 5)
    assert len(found.months) == 12
    plain = report.plain(found, "zh")
    assert isinstance(plain["aspects"], list)


def test_fishers_chance_is_that_of_the_textbook() -> None:
    # The lady tasting tea: all four cups of four right, by chance once in seventy.
    assert abs(chance(4, 4, 0, 4) - 1 / 70) < 1e-12
    assert chance(0, 0, 3, 9) == 1.0


def test_what_is_asked_is_found_by_its_name_and_by_its_words() -> None:
    of_kettle = [each for each in kept() if each.sku == "KET"]
    named = about(of_kettle, "handle hot")
    assert named is not None
    assert (named.kind, named.complained) == (ASPECT, 5)
    words = about(of_kettle, "burned")
    assert words is not None
    assert (words.kind, words.count) == (WORDS, 1)
    assert about(of_kettle, "purple elephants") is None


def test_a_drafted_reply_names_what_was_named_and_promises_nothing() -> None:
    bad = [each for each in kept() if wants_reply(each)]
    texts = {each.text: draft(each) for each in bad}
    assert "the handle did not turn out" in texts["The handle is too hot 0."]
    assert "把手没有达到您的期望" in texts["把手太烫了。"]
    assert "stop using the product" in texts["I burned my hand."]
    assert all("refund" not in each for each in texts.values())
