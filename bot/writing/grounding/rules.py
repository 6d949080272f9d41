"""The rules by which statements of a passage do not support a sentence; the first that fits counts.

Facts must agree and belong to the same thing, what is denied must be denied, conditions may not be
dropped or turned around, and no promise may grow. Pure functions over `evidence`; whether the rest
of the words are support is for `support` to say.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from bot.writing.grounding.evidence import Clause, Part, Said, Window
from bot.writing.grounding.facts import Fact
from bot.writing.grounding.words import Source, negations, share

_CARRIES = 0.6  # share of a condition's words that must be there for it not to be dropped
_WHOLE = 0.8  # share of all words that make it the same statement
_SAME = 0.6  # share of a clause's words that make it the same clause
_ABOUT = 0.5  # share of a statement's words that make a sentence one about the same
_LIMITS = ("min", "max", "upto")
_PERIODS = ("duration", "date", "time")  # a period set beside a promise limits it, too


class Rejection(StrEnum):
    """Why a sentence was not sent. `EMPTY` has nothing in it, or nothing that was not said yet."""

    EMPTY = "empty"
    IMAGE = "image"
    MARKUP = "markup"
    LINK = "link"
    LANGUAGE = "language"
    PROMPT = "prompt"
    META = "meta"
    ACT = "act"
    MONEY = "money"
    DATE = "date"
    NUMBER = "number"
    OTHER_SUBJECT = "other_subject"
    PROMISE = "promise"
    NEGATION = "negation"
    CONDITION = "condition"
    ANSWER = "answer"
    LEANS = "leans"
    UNSUPPORTED = "unsupported"


_OF_KIND = {
    **dict.fromkeys(("money", "free", "percent"), Rejection.MONEY),
    **dict.fromkeys(("date", "time", "duration"), Rejection.DATE),
}


def fails(said: Said, window: Window, question: str, before: str) -> Rejection | None:
    """Why these statements do not support the sentence; None when no rule says so.

    A condition that the `question` names, or an earlier sentence (`before`), need not be repeated.
    """
    for fact in said.facts:
        if not any(fact.agrees(other) for other in window.facts):
            return _OF_KIND.get(fact.kind, Rejection.NUMBER)
    if not window.source.has_all(said.strong):
        return Rejection.PROMISE
    if any(act not in window.folded for act in said.acts):
        return Rejection.ACT
    if said.opener and said.opener != window.opener:
        return Rejection.ANSWER
    if said.claims and not window.in_context.has_all(said.words):
        return Rejection.UNSUPPORTED
    if not window.in_context.has_all(said.names):
        return Rejection.UNSUPPORTED
    used: list[tuple[Part, int]] = []
    for clause in said.clauses:
        part = _home(clause, said, window)
        if part is None:
            return Rejection.OTHER_SUBJECT
        at, reason = _nearest(clause, part, said.source)
        if reason is not None:
            return reason
        if clause.words or clause.facts:
            used.append((part, at))
    if any(_denies_otherwise(said, part) for part, _ in used):
        return Rejection.NEGATION
    carried = Source(said.text, question, before)
    return _out_of_scope(said, used, carried) or _dropped(said, used, carried)


def _home(clause: Clause, said: Said, window: Window) -> Part | None:
    """The statement that a clause stands on; None when it mixes statements.

    A statement that has all the sentence's facts must have all its words, too: "Sale items have 30
    days" is not true because one statement speaks of sale items and its neighbour of 30 days.
    """
    whole = [part for part in window.parts if _holds(part.facts, said.facts)] if said.facts else []
    holding = whole or [part for part in window.parts if _holds(part.facts, clause.facts)]
    words = said.words if whole else clause.words
    for part in sorted(holding, key=lambda each: -share(clause.words, each.in_context)):
        if not clause.facts and not whole:
            if share(words, part.in_context) >= share(words, window.in_context):
                return part
        elif part.in_context.has_all(words):
            return part
    return None


def _holds(theirs: Sequence[Fact], mine: Iterable[Fact]) -> bool:
    return all(any(fact.agrees(other) for other in theirs) for fact in mine)


def _nearest(clause: Clause, part: Part, said: Source) -> tuple[int, Rejection | None]:
    """Where in `part` the clause that is most like this one stands, and how it contradicts it."""
    alike = [_likeness(clause, each) for each in part.clauses]
    at = max(range(len(alike)), key=alike.__getitem__)
    if clause.facts and _is_anothers(clause, part):
        return at, Rejection.OTHER_SUBJECT
    if clause.people and part.people and not clause.people <= part.people:
        return at, Rejection.OTHER_SUBJECT
    for denies, words in ((True, clause.denied), (False, clause.stated)):
        if any(_contradicts(word, alike, part, denies=denies) for word in words):
            return at, Rejection.NEGATION
    for denies, stated in ((True, clause.denied_facts), (False, clause.stated_facts)):
        for fact in stated:
            with_it = [c for c in part.clauses if _holds(c.facts, [fact])]
            if not any(
                _holds(c.denied_facts if denies else c.stated_facts, [fact]) for c in with_it
            ):
                return at, Rejection.NEGATION
    # 「没拆封的可退」 and 「没拆封的不可退」 both begin with a denial.
    other = part.clauses[at]
    same = clause.denied and other.denied and share(other.words, said) >= _SAME
    if same and negations(clause.text) != negations(other.text):
        return at, Rejection.NEGATION
    # A word that only the title has is denied or not as the statement is that stands below it.
    only_titled = part.source.lacks(clause.words)
    if only_titled and bool(other.denied) != bool(clause.denied):
        return at, Rejection.NEGATION
    if only_titled and share(part.subject, said) < _ABOUT:
        return at, Rejection.OTHER_SUBJECT  # the statement has a subject of its own
    return at, None


def _likeness(clause: Clause, other: Clause) -> int:
    words = set(clause.words)
    return len(words - set(other.source.lacks(words))) + 10 * sum(
        _holds(other.facts, [fact]) for fact in clause.facts
    )


def _contradicts(word: str, alike: Sequence[int], part: Part, *, denies: bool) -> bool:
    """Whether the clause that is most like the written one says the opposite with `word`."""
    with_it = [at for at, each in enumerate(part.clauses) if each.source.has(word)]
    if not with_it:
        return False
    most = max(alike[at] for at in with_it)
    nearest = [part.clauses[at] for at in with_it if alike[at] == most]
    return not any((each.no if denies else each.yes).has(word) for each in nearest)


def _is_anothers(clause: Clause, part: Part) -> bool:
    """Whether a clause gives its facts to what has other facts of the same kind in `part`."""
    whole = [each for each in part.clauses if _holds(each.facts, clause.facts)]
    some = whole or [
        each for each in part.clauses if any(_holds(each.facts, [fact]) for fact in clause.facts)
    ]
    kinds = frozenset[str](fact.kind for fact in clause.facts)
    if not whole and any(_has_rival(each, clause, kinds) for each in some):
        return True  # its facts are paired otherwise there
    others = [each for each in part.clauses if each not in some and _has_rival(each, clause, kinds)]
    held = Source(part.context, *(each.text for each in part.clauses if each not in others))
    elsewhere = Source(*(each.text for each in others))
    return any(elsewhere.has(word) and not held.has(word) for word in clause.words)


def _has_rival(other: Clause, clause: Clause, kinds: frozenset[str]) -> bool:
    """Whether `other` has a fact of the same kind that the written clause has not."""
    return any(fact.kind in kinds and not _holds(clause.facts, [fact]) for fact in other.facts)


def _denies_otherwise(said: Said, part: Part) -> bool:
    """Whether it is the same statement, and only its "not" is gone or new."""
    same = min(share(part.words, said.source), share(said.words, part.source)) >= _WHOLE
    whole = sum(negations(each.text) for each in part.clauses)
    return same and whole != sum(negations(each.text) for each in said.clauses)


def _out_of_scope(
    said: Said, used: Sequence[tuple[Part, int]], carried: Source
) -> Rejection | None:
    """A fact that its statement gives for certain places must be given for one of them."""
    if not said.facts:
        return None
    for part, at in used:
        clause = part.clauses[at]
        kinds = frozenset[str](fact.kind for fact in clause.facts)
        near = [
            each
            for each in part.clauses
            if each is clause or not any(fact.kind in kinds for fact in each.facts)
        ]
        places = frozenset[str]().union(*(each.places for each in near))
        if clause.facts and places and not places & carried.places:
            return Rejection.CONDITION
    return None


def _dropped(said: Said, used: Sequence[tuple[Part, int]], carried: Source) -> Rejection | None:
    """A promise may not be made without its conditions, nor a condition be turned around."""
    kinds = frozenset[str]().union(*(_bearing(said, part) for part, _ in used))
    if "except" in said.conditions ^ kinds or "only" in said.conditions - kinds:
        return Rejection.CONDITION
    if "until" in said.conditions ^ kinds and said.conditions & {"if", "until"}:
        return Rejection.CONDITION
    if said.conditions & {"hedge"} and not kinds & {"hedge"}:
        return Rejection.UNSUPPORTED
    for part, at in used:
        for place, clause in enumerate(part.clauses):
            for limit in clause.facts if abs(place - at) <= 1 else ():
                # "You may exchange it within 14 days" limits that, not what is denied after it.
                bears = place == at or (limit.kind in _PERIODS and not part.clauses[at].denied)
                if bears and limit.bound in _LIMITS and not _carries_fact(said, limit, carried):
                    return Rejection.CONDITION
            if reason := _dropped_clause(said, clause, place - at, part, carried):
                return reason
    return None


def _bearing(said: Said, part: Part) -> frozenset[str]:
    """The conditions of a statement; an exception counts beside what the sentence took from it."""
    touched = [at for at, each in enumerate(part.clauses) if any(map(each.source.has, said.words))]
    excepted = [at for at, each in enumerate(part.clauses) if "except" in each.conditions]
    if any(abs(at - other) <= 1 for at in excepted for other in touched):
        return part.conditions
    return part.conditions - {"except"}


def _carries_fact(said: Said, limit: Fact, carried: Source) -> bool:
    return limit.key in said.keys or any(limit.key == fact.key for fact in carried.facts)


def _dropped_clause(
    said: Said, clause: Clause, distance: int, part: Part, carried: Source
) -> Rejection | None:
    """Whether the sentence leaves out a condition that bears on what it took from `part`.

    `distance` counts clauses from the used one to this: 0 itself, -1 the one before it.
    """
    kinds = clause.conditions
    bears = "except" in kinds and "except" in _bearing(said, part)
    bears |= "must" in kinds and abs(distance) <= 1
    # "We pay if it is faulty", but 「如果有质量问题，我们承担」: in Chinese, and in English at the
    # beginning, a condition stands before what it belongs to.
    if kinds & {"if", "until"}:
        leads = clause.is_chinese or clause is part.clauses[0]
        trails = clause is part.clauses[-1] or not leads
        bears |= distance == 0 or (distance < 0 and leads) or (abs(distance) == 1 and trails)
    if bears and distance != 0 and share(clause.words, carried) < _CARRIES:
        return Rejection.CONDITION
    needs = kinds & {"if", "until"}
    if distance == 0 and needs and not said.conditions & {"if", "until", "must"}:
        return Rejection.CONDITION
    if "only" in kinds and abs(distance) <= 1 and "only" not in said.conditions:
        return Rejection.CONDITION
    if "hedge" in kinds and distance == 0 and "hedge" not in said.conditions:
        return Rejection.CONDITION
    return None
