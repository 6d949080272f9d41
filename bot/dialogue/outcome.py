"""The result of a turn: what was decided, what is said, and the record that is kept of both.

The parts of the dialogue read the fields of an `Outcome`. Its `audit` is written at the very end,
for people who look into what the bot did; no code decides by it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bot.catalogue.focus import Focus
from bot.dialogue.compose import source
from bot.dialogue.decide import UNSURE, Clarify, Decision, Escalate, Reply
from bot.dialogue.hearing import Heard
from bot.dialogue.satisfaction import Judged
from bot.insights.experiments.running import Shown
from bot.orders.change_rules import Change
from bot.texts import shorten, t
from bot.types import Candidate, Language, Reason, Say

Action = Literal["reply", "clarify", "escalate"]
_KEPT = 400  # characters of a candidate's text that are kept with the turn
_MOST_KEPT = 3  # candidates
SURE = 0.95  # confidence of an answer from the catalogue that is sure of itself
LIKELY = 0.8  # of one that is not


@dataclass(frozen=True)
class Wording:
    """How the models fared with an answer. `model` wrote it, or is "none" where the entry's own
    text stayed because of `own_text`. `prompt` is the last prompt's version, `rejected` are the
    sentences that were held back; `standalone`: a model had reworded the question."""

    model: str = "none"
    own_text: str = ""
    prompt: str = ""
    rejected: tuple[Mapping[str, Any], ...] = ()
    standalone: bool = False


@dataclass(frozen=True)
class Outcome:
    """`confidence` (0..1) is that of the decision, `heard` what the burst told of the shopper.

    Of an answer from the knowledge: `found` is what it was made from in which `build` of the index,
    `question` what was searched, `reworded` by a model or not; `subject` the entry that a model may
    put into words, `more` the answers to further questions of the burst.

    The other fields say which part of the dialogue has spoken. `about` is "orders" for an answer
    from the shopper's own orders, "products" for one from the catalogue, which was asked for by
    `acts` and told of `products` (SKUs), to be kept in mind as `focus`; `proof` how a proof went
    ("asked" where it is asked for), `request` the step of a wish to change an order and `rule` the
    change whose rule in the knowledge is why it is refused, `withdraws` the requests that are taken
    back with it, `speaks` the language that the shopper asks for from now on, `canned` the command
    or media with a fixed reply; `judged` what the shopper says of a person's help; `by_calls`: a
    model has read the burst; `yields_to`: what a later skill tells with that confidence goes first;
    `refuses` suggestions from their orders, or (False) takes that back; `exposed` are the variants
    of experiments that are shown with it.
    """

    decision: Decision
    say: Say
    confidence: float = 1.0
    heard: Heard | None = None
    question: str = ""
    found: tuple[Candidate, ...] = ()
    subject: Candidate | None = None
    more: tuple[Candidate, ...] = ()
    build: str = ""
    reworded: bool = False
    about: Literal["", "orders", "products"] = ""
    proof: str = ""
    request: str = ""
    rule: Change | None = None
    canned: str = ""
    acts: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    focus: Focus | None = None
    withdraws: tuple[int, ...] = ()
    speaks: Language | None = None
    wording: Wording | None = None
    judged: Judged | None = None
    by_calls: bool = False
    yields_to: float = 2.0
    refuses: bool | None = None
    exposed: tuple[Shown, ...] = ()

    @property
    def action(self) -> Action:
        if isinstance(self.decision, Escalate):
            return "escalate"
        return "clarify" if isinstance(self.decision, Clarify) else "reply"

    @property
    def exact(self) -> bool:
        """Whether a rule, a record or a dialogue has spoken: no other reading counts."""
        if isinstance(self.decision, Escalate):
            return self.decision.reason not in UNSURE
        if self.proof or self.request or self.about == "orders":
            return True
        bare = isinstance(self.decision, Reply) and self.decision.candidate is None
        return bare and self.about != "products" and not self.found

    @property
    def sure(self) -> bool:
        """Whether it answers what is hardly meant otherwise."""
        if not isinstance(self.decision, Reply) or self.decision.assumed:
            return False
        return self.about != "products" or self.confidence >= SURE

    def tells(self, least: float) -> bool:
        """Whether it tells something, so sure at the least."""
        replies = isinstance(self.decision, Reply) and not self.decision.assumed
        return replies and self.confidence >= least

    def instead_of(self, before: "Outcome") -> "Outcome":
        """The outcome of a second reading; that `before` where it told something and this one
        tells nothing, or not what it was sure of."""
        told = {each.id for each in self.say.sources}
        known = {each.id for each in before.say.sources} if before.sure else set()
        lost = isinstance(before.decision, Reply) and (not told or not known <= told)
        return before if lost else self

    @property
    def reason(self) -> Reason | None:
        """Why a person is called; None where none is."""
        return self.decision.reason if isinstance(self.decision, Escalate) else None

    def audit(self) -> dict[str, Any]:
        """The record that is kept with the turn, as JSON."""
        parts = {
            "reason": self.reason,
            "about": self.about,
            "proof": self.proof,
            "request": self.request,
            "rule": self.rule,
            "canned": self.canned,
            "acts": list(self.acts),
            "products": list(self.products),
            "by_calls": self.by_calls,
            "build": self.build,
            # What the bot had in hand, for the agent who takes over and for whoever audits.
            "candidates": [
                {**asdict(source(each)), "text": shorten(each.text, _KEPT)}
                for each in self.found[:_MOST_KEPT]
            ],
            **(asdict(self.wording) if self.wording else {}),
        }
        said = {name: value for name, value in parts.items() if value}
        return {"action": self.action, "confidence": round(self.confidence, 4), **said}


def joined(outcomes: list[Outcome]) -> Outcome | None:
    """Several answers as one, that which asks for something last. None where two are the same,
    unless all are: then one text of the knowledge answers every question."""
    told = [tuple(source.id for source in each.say.sources) or each.say.text for each in outcomes]
    if len(set(told)) < len(told):
        one = len(set(told)) == 1 and all(each.subject for each in outcomes)
        return max(outcomes, key=lambda each: len(each.say.text)) if one else None
    outcomes.sort(key=lambda each: each.say.dialogue is not None)
    last, says = outcomes[-1], [each.say for each in outcomes]
    subjects = [each.subject for each in outcomes if each.subject]
    of_knowledge = len(subjects) == len(outcomes)
    dialogues = [say.dialogue for say in says if say.dialogue is not None]
    say = replace(
        last.say,
        text="\n\n".join(say.text for say in says),
        buttons=tuple(dict.fromkeys(button for say in says for button in say.buttons)),
        sources=tuple({source.id: source for say in says for source in say.sources}.values()),
        dialogue=dialogues[-1] if dialogues else None,
    )
    acting = [each for each in outcomes if isinstance(each.decision, Escalate)]
    decision = acting[-1].decision if acting else Reply(subjects[0] if of_knowledge else None, True)
    return replace(
        last,
        decision=decision,
        say=say,
        confidence=min(each.confidence for each in outcomes),
        question=" ".join(each.question for each in outcomes if each.question),
        found=tuple(each for one in outcomes for each in one.found[:1]),
        subject=subjects[0] if of_knowledge else None,
        more=tuple(subjects[1:]) if of_knowledge else (),
        build=next((each.build for each in outcomes if each.build), ""),
        about=next((each.about for each in outcomes if each.about), ""),
        proof=next((each.proof for each in outcomes if each.proof), ""),
        request=next((each.request for each in outcomes if each.request), ""),
        acts=tuple(act for each in outcomes for act in each.acts),
        products=tuple(dict.fromkeys(sku for each in outcomes for sku in each.products)),
        focus=next((each.focus for each in reversed(outcomes) if each.focus), None),
        withdraws=tuple(each for one in outcomes for each in one.withdraws),
        exposed=tuple(each for one in outcomes for each in one.exposed),
    )


def called_off(spoken: Outcome) -> Outcome:
    """The answer, after a word that the colleague is called off; of a courtesy the word alone."""
    lead = t("chat.withdrawn", spoken.say.language)
    text = lead if spoken.acts == ("SmallTalk",) else f"{lead}\n\n{spoken.say.text}"
    decision = Reply(spoken=True, withdrawn=True)
    return replace(spoken, decision=decision, say=replace(spoken.say, text=text))
