"""Learning how sure to be: never a weight against evidence, and the same from the same seed."""

from pathlib import Path

import numpy as np
import pytest

from bot.errors import InputError
from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.builds import ENCODERS
from bot.knowledge.calibrate import RATES, ROUNDS, Case, cases, fit, set_thresholds
from bot.knowledge.index import Index
from bot.settings import DEFAULT_MODEL
from bot.types import Candidate
from tests.support.demo import TODAY

SHOP = {
    "returns": ["return", "send back", "give back"],
    "shipping": ["shipping", "delivery", "postage"],
    "warranty": ["warranty", "guarantee", "repair"],
    "gift-card": ["gift card", "voucher", "gift certificate"],
    "payment": ["pay", "payment", "credit card"],
    "sizes": ["size", "size chart", "how large"],
}
ASKED = ["How does a {} work?", "tell me about {}", "{} please", "question on {}"]


@pytest.fixture(scope="module")
def small_shop(tmp_path_factory: pytest.TempPathFactory, demo_index_dir: Path) -> Index:
    """Six entries with twelve phrasings each, in English alone."""
    folder = tmp_path_factory.mktemp("small")
    knowledge, index_dir = folder / "knowledge", folder / "index"
    knowledge.mkdir()
    index_dir.mkdir()
    (index_dir / ENCODERS).symlink_to(demo_index_dir / ENCODERS)  # exported once is enough
    lines = []
    for entry, words in SHOP.items():
        first, *others = [asked.format(word) for word in words for asked in ASKED]
        lines += [f"- id: {entry}", "  lang: en", f"  question: {first}", "  variants:"]
        lines += [f"    - {other}" for other in others]
        lines += [f"  answer: All about {entry}."]
    (knowledge / "faq.yaml").write_text("\n".join(lines), encoding="utf-8")
    build_index(knowledge, index_dir, DEFAULT_MODEL, today=TODAY)
    return Index.load_current(index_dir)


@pytest.fixture(scope="module")
def thinned(small_shop: Index) -> list[Case]:
    return cases(small_shop, "english", confidence.load(), seed=7)


def test_every_phrasing_is_asked_and_never_finds_itself(
    small_shop: Index, thinned: list[Case]
) -> None:
    assert len(thinned) == ROUNDS * len(SHOP) * 12
    served = cases(small_shop, "english", confidence.load(), seed=7, thinned=False)
    assert max(case.found[0].dense for case in served if case.found) < 0.9999
    for case in served:
        if case.expect is None:
            continue
        assert case.expect in SHOP
    unanswerable = sum(case.expect is None for case in thinned) / len(thinned)
    assert 0.2 < unanswerable < 0.4


def test_no_evidence_counts_against_and_sure_means_right(thinned: list[Case]) -> None:
    start = confidence.load()["english"]
    learned = fit(thinned, start)
    assert min(learned.confidence.values()) >= 0
    assert learned.rank == start.rank
    assert learned.thresholds == start.thresholds
    right = [case.found[0].entry_id == case.expect for case in thinned if case.found]
    sure = np.array([learned.probability(case.found) for case in thinned if case.found])
    assert sure[np.array(right)].mean() > sure[~np.array(right)].mean() + 0.1
    assert abs(sure.mean() - np.mean(right)) < 0.05  # a probability, not only an order


def test_the_same_seed_learns_the_same(small_shop: Index, thinned: list[Case]) -> None:
    again = cases(small_shop, "english", confidence.load(), seed=7)
    other = cases(small_shop, "english", confidence.load(), seed=8)
    start = confidence.load()["english"]
    assert again == thinned
    assert fit(again, start) == fit(thinned, start)
    assert [case.expect for case in other] != [case.expect for case in thinned]


def test_progress_is_told(small_shop: Index) -> None:
    told: list[tuple[int, int]] = []
    total = ROUNDS * len(SHOP) * 12
    cases(
        small_shop,
        "english",
        confidence.load(),
        seed=1,
        on_progress=lambda done, of: told.append((done, of)),
    )
    assert told == [(n, total) for n in range(1, total + 1)]


def test_too_few_phrasings_are_a_clear_error(small_shop: Index) -> None:
    with pytest.raises(InputError) as raised:
        cases(small_shop, "multilingual", confidence.load(), seed=1)
    assert '0 FAQ phrasings that are read as "multilingual"' in raised.value.message("en")
    assert "60" in raised.value.message("zh")


def case(sure: float, *, right: bool) -> Case:
    """A case whose confidence grows with `sure`."""
    found = Candidate(
        entry_id="a",
        language="en",
        title="",
        text="",
        source="",
        kind="faq",
        dense=sure,
        dense_mean=sure,
        lexical=sure,
        overlap=sure,
        coverage=sure,
        score=sure,
    )
    return Case((found,), "a" if right else None)


def test_thresholds_fall_as_more_may_be_wrong(thinned: list[Case]) -> None:
    learned = set_thresholds(thinned, fit(thinned, confidence.load()["english"]))
    limits = [learned.thresholds[str(rate)] for rate in RATES]
    assert limits == sorted(limits, reverse=True)
    assert 0 < limits[-1] <= limits[0] <= 1


def test_a_threshold_is_the_lowest_confidence_that_keeps_its_promise() -> None:
    weights = confidence.load()["english"]
    served = [case(n / 100, right=n != 81) for n in range(80, 100)] + [case(0.1, right=False)]
    limits = set_thresholds(served, weights).thresholds
    assert limits["0.05"] == round(weights.probability(served[0].found), 4)  # 1 of 20
    assert limits["0.01"] == round(weights.probability(served[2].found), 4)  # before the first


def test_equal_confidences_are_let_in_together_or_not_at_all() -> None:
    weights = confidence.load()["english"]
    served = [case(0.9, right=True), case(0.5, right=True), case(0.5, right=False)]
    limits = set_thresholds(served, weights).thresholds
    assert limits["0.3"] == round(weights.probability(served[0].found), 4)


def test_where_nothing_keeps_the_promise_the_bot_never_replies() -> None:
    limits = set_thresholds([case(0.9, right=False)], confidence.load()["english"]).thresholds
    assert set(limits.values()) == {1.0}
