"""The measures against cases small enough to count by hand, and files with mistakes in them."""

import json
import math
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.knowledge.evaluate import Asked, Run, metrics, read, run, write_runs


def asked(*expected: str | list[str] | None) -> list[Asked]:
    return [Asked(question=f"question {n}?", expect=each) for n, each in enumerate(expected)]


def ran(*found: tuple[str, float]) -> list[Run]:
    """Runs from "a b c" and a confidence each."""
    return [Run(tuple(top.split()), sure, "reply") for top, sure in found]


def test_all_right() -> None:
    measured = metrics(asked("a", ["b", "c"]), ran(("a x", 0.9), ("c b", 0.8)))
    assert measured == {
        "questions": 2,
        "answerable": 2,
        "hit@1": 1.0,
        "hit@3": 1.0,
        "mrr": 1.0,
        "auroc_right": pytest.approx(math.nan, nan_ok=True),  # nothing to tell right from
        "ece": pytest.approx(0.15),
        "resolved_at_5pct_wrong": 1.0,
        "answered_at_5pct_wrong": 1.0,
    }


def test_ranks_count_the_first_acceptable_entry() -> None:
    measured = metrics(
        asked("a", ["b", "c"], "d", "e", None),
        ran(("a", 0.9), ("x c b", 0.5), ("x y z d", 0.4), ("x", 0.3), ("a", 0.2)),
    )
    assert (measured["questions"], measured["answerable"]) == (5, 4)
    assert measured["hit@1"] == 1 / 4
    assert measured["hit@3"] == 2 / 4
    assert measured["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 4 + 0) / 4)


def test_confidence_that_tells_right_from_wrong_has_an_area_of_one_and_ties_count_half() -> None:
    four = asked("a", "a", "a", None)
    perfect = ran(("a", 0.9), ("a", 0.8), ("x", 0.2), ("a", 0.1))
    assert metrics(four, perfect)["auroc_right"] == 1.0
    upside_down = ran(("a", 0.1), ("a", 0.2), ("x", 0.8), ("a", 0.9))
    assert metrics(four, upside_down)["auroc_right"] == 0.0
    tied = ran(("a", 0.5), ("a", 0.5), ("x", 0.5), ("a", 0.5))
    assert metrics(four, tied)["auroc_right"] == 0.5
    # Pairs: .9 beats both wrong ones, .5 ties with one and beats the other: 3.5 of 4.
    mixed = ran(("a", 0.9), ("a", 0.5), ("x", 0.5), ("a", 0.1))
    assert metrics(four, mixed)["auroc_right"] == 3.5 / 4


def test_nothing_answerable_is_never_right() -> None:
    measured = metrics(asked(None, None), ran(("a", 0.9), ("b", 0.1)))
    assert measured["answerable"] == 0
    assert measured["answered_at_5pct_wrong"] == 0.0
    for undefined in ("hit@1", "hit@3", "mrr", "auroc_right", "resolved_at_5pct_wrong"):
        assert math.isnan(measured[undefined]), undefined


def test_nothing_found_is_not_right() -> None:
    measured = metrics(asked("a", None), ran(("", 0.0), ("", 0.0)))
    assert (measured["hit@1"], measured["mrr"]) == (0.0, 0.0)
    assert measured["resolved_at_5pct_wrong"] == 0.0


def test_the_five_percent_run_goes_on_past_a_mistake_that_later_right_ones_pay_for() -> None:
    # 19 right, 1 wrong in tenth place, then 1 right: 1 of 20 is 5 %, and so the run is all 21.
    found = [("a", 1 - n / 100) for n in range(21)]
    found[9] = ("x", found[9][1])
    measured = metrics(asked(*["a"] * 21), ran(*found))
    assert measured["answered_at_5pct_wrong"] == 1.0
    assert measured["resolved_at_5pct_wrong"] == 20 / 21


def test_the_five_percent_run_stops_where_too_much_is_wrong() -> None:
    # The third is wrong: 1 of at most 19 is more than 5 %, so the run is the first two.
    found = [("a", 1 - n / 100) for n in range(19)]
    found[2] = ("x", found[2][1])
    questions = asked(*["a"] * 19)
    assert metrics(questions, ran(*found))["answered_at_5pct_wrong"] == 2 / 19
    assert metrics(questions, ran(*found))["resolved_at_5pct_wrong"] == 2 / 19
    # An unanswerable one that was answered surely is a mistake, too.
    first = asked(None, "a")
    assert metrics(first, ran(("a", 0.9), ("a", 0.8)))["answered_at_5pct_wrong"] == 0.0


def test_the_order_of_the_file_parts_equal_confidences() -> None:
    both = ran(("a", 0.5), ("x", 0.5))
    assert metrics(asked("a", "a"), both)["answered_at_5pct_wrong"] == 0.5
    assert metrics(asked("a", "a"), both[::-1])["answered_at_5pct_wrong"] == 0.0


def test_a_questions_file_may_hold_lists_nulls_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(
        '\ufeff{"question": "怎么退货", "expect": ["a", "b"], "lang": "zh"}\n\n'
        '{"question": "weather?", "expect": null}\n{"question": "gift", "expect": "c"}\n',
        encoding="utf-8",
    )
    assert [each.expected for each in read(path)] == [{"a", "b"}, set(), {"c"}]


@pytest.mark.parametrize(
    "bad", ["{", "[]", '{"question": "a"}', '{"expect": "a"}', '{"question": 1, "expect": null}']
)
def test_a_bad_line_is_named(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"question": "a", "expect": null}}\n\n{bad}\n', encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read(path)
    for language in ("en", "zh"):
        assert "questions.jsonl" in raised.value.message(language)
        assert "3" in raised.value.message(language)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.jsonl", tmp_path / "latin.jsonl"
    empty.write_text("\n", encoding="utf-8")
    binary.write_bytes(b'{"question": "\xe9", "expect": null}')
    for path in (empty, binary, tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(InputError, match=path.name):
            read(path)


def test_questions_are_asked_one_by_one_and_the_runs_written_in_order(tmp_path: Path) -> None:
    heard: list[str] = []

    def ask(question: str) -> Run:
        heard.append(question)
        return Run(("退货",), 0.25, "clarify")

    asking = run(asked("a", "b"), ask)
    next(asking)
    assert heard == ["question 0?"]
    path = tmp_path / "runs.jsonl"
    write_runs(path, [Run(("a", "b"), 0.5, "reply"), *asking])
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"top": ["a", "b"], "confidence": 0.5, "action": "reply"}
    assert lines[1]["top"] == ["退货"]


def test_the_calibration_error_is_the_gap_between_what_was_stated_and_what_was_right() -> None:
    questions = [Asked(question=str(n), expect="a") for n in range(4)]
    honest = [Run(("a",), 0.75, "reply")] * 3 + [Run(("b",), 0.75, "reply")]
    assert metrics(questions, honest)["ece"] == pytest.approx(0)
    boastful = [Run(("b",), 1.0, "reply")] * 2 + [Run(("a",), 0.5, "reply")] * 2
    assert metrics(questions, boastful)["ece"] == pytest.approx((2 * 1.0 + 2 * 0.5) / 4)
