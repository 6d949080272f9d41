"""Wishes that change an order: begun, collected, filed for an agent, and taken back.

Only a part that speaks such a wish, or that may answer a question of its dialogue, costs a query.
Nothing is changed here: `tickets/requests.py` files what the shopper agreed to.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from pydantic import BaseModel

from bot.catalogue.calls import Tool
from bot.database.db import Database
from bot.dialogue import followup
from bot.dialogue.decide import Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import change_answers, change_reading, change_words, proofs
from bot.dialogue.skills.change_reading import Wanted
from bot.dialogue.skills.order_words import SURE_RULE, beside_rule
from bot.dialogue.skills.withdrawals import taken_back
from bot.dialogue.view import Part
from bot.errors import BuildError, EncoderError
from bot.knowledge.retriever import ShopRetriever
from bot.language import exact
from bot.language.detect import detect_language
from bot.language.wording import fold
from bot.orders import change_rules, store
from bot.orders.change_rules import Change, Rules
from bot.orders.record import called
from bot.orders.request_dialogue import Shop, Wish
from bot.texts import t
from bot.tickets import requests
from bot.tickets.requests import Pending
from bot.types import Claim, Nobody, OneOrder, Say, now


class ChangeOrder(Tool):
    """An order of their own is to be changed; a question on the rule is none."""

    change: Change


class Changes:
    """Takes the parts that have to do with a wish. `zone` says what day it is."""

    def __init__(
        self,
        db: Database,
        retriever: ShopRetriever,
        rules: Rules,
        zone: tzinfo,
        *,
        mail: bool,
    ) -> None:
        self._db = db
        self._retriever = retriever
        self._rules = rules
        self._zone = zone
        self._mail = mail

    def read(self, part: Part) -> Wanted | None:
        """The wish in the part, or what it may answer in a wish's dialogue."""
        return change_reading.read(part, self._retriever.judge)

    def tools(self, part: Part) -> tuple[type[BaseModel], ...]:
        """What a model may call, where no dialogue is going on."""
        return (ChangeOrder,) if part.view.claim.dialogue is None else ()

    def called(self, call: BaseModel, part: Part) -> Wanted | None:
        """The wish, where the shopper's words may well mean it; a yes is still asked for."""
        if not isinstance(call, ChangeOrder) or part.view.claim.dialogue is not None:
            return None
        borne = change_rules.bears(part.text, call.change, self._retriever.judge)
        return Wanted(part.text, change=call.change) if borne else None

    def carry_out(self, act: Wanted, part: Part) -> Outcome | None:
        """What the bot says of the wish; None when it is about something else."""
        claim, scope = part.view.claim, part.view.scope
        if act.off:
            return self._off(act, part)
        if isinstance(scope, Nobody):
            with self._db.read() as session:
                if not store.any_at_all(session):
                    return None  # a shop that keeps its orders elsewhere
            language = detect_language(act.text, claim.language)
            then = claim.dialogue if act.wish else None
            asked = proofs.ask(claim, language, part.view.numbers, mail=self._mail, then=then)
            return _named("Prove", asked)
        act = replace(
            act,
            told=part.view.past.orders,
            leans=bool(part.view.pressed or exact.kinds(act.text)) or followup.leans(act.text),
            numbers=part.view.numbers,
            single=isinstance(scope, OneOrder),
        )
        with self._db.read() as session:
            known = store.orders(session, scope)
            pending = requests.pending(session, scope)
        day = Shop(self._rules, now().astimezone(self._zone).date(), self._zone)
        language = part.view.language if act.change else claim.language
        outcome = change_answers.answer(act, known, pending, day, language, self._retriever.judge)
        if outcome is None:
            return None
        if rule := change_words.rule_asked(outcome):
            outcome = self._beside_rule(outcome, rule)
        return _named("Change", self._instead(outcome, act, claim))

    def _off(self, act: Wanted, part: Part) -> Outcome | None:
        """Nothing is to be changed after all: what was begun is dropped, what was filed comes back
        from the agents."""
        claim, language = part.view.claim, part.view.language
        begun = act.wish or self._behind_proof(claim)
        if begun is not None:
            text = t(f"requests.stopped_{begun.change}", language)
            say = Say(text, language, dialogue={})
            return _named("Withdraw", Outcome(Reply(), say, request="stopped"))
        with self._db.read() as session:
            filed = requests.newest(session, claim.conversation_id)
        meant = [each for each in filed if not act.denied or each.change in act.denied]
        said = part.view.numbers.found(fold(act.text))
        meant = [one for one in meant if any(called(one.order_id, n) for n in said)] or meant
        if not meant:
            if not act.denied or change_rules.without_denied(act.text) or not part.alone:
                return None
            say = Say(t("requests.nothing", language), language)
            return _named("Withdraw", Outcome(Reply(), say, request="nothing"))
        return _named("Withdraw", taken_back(_still(meant), language))

    def _behind_proof(self, claim: Claim) -> Wish | None:
        """The wish for which a proof is being asked, in words or in the middle of its dialogue."""
        behind = proofs.behind(claim)
        if behind is None:
            return None
        wished = change_rules.spoken(behind.text, self._retriever.judge).wished
        return behind.wish or (Wish(wished) if wished else None)

    def _instead(self, outcome: Outcome, act: Wanted, claim: Claim) -> Outcome:
        """With what is denied beside the new wish taken back, where it had been filed."""
        if not act.denied:
            return outcome
        with self._db.read() as session:
            filed = requests.newest(session, claim.conversation_id)
        denied = [each for each in filed if each.change in act.denied]
        if not denied:
            return outcome
        before = taken_back(_still(denied), outcome.say.language)
        if not before.withdraws:
            return before  # it is approved already: a person has to sort both out
        text = f"{before.say.text}\n\n{outcome.say.text}"
        return replace(outcome, say=replace(outcome.say, text=text), withdraws=before.withdraws)

    def _beside_rule(self, outcome: Outcome, question: str) -> Outcome:
        """A refusal with the knowledge's rule below it, where the knowledge has one."""
        try:
            rule = self._retriever.rule(question, SURE_RULE)
        except (BuildError, EncoderError):
            return outcome  # without an index the record alone has to do
        say = beside_rule(outcome.say, rule, question) if rule else outcome.say
        return replace(outcome, say=say)


def _still(filed: Sequence[Pending]) -> Sequence[Pending]:
    """Those that can be taken back; where there is none, the newest, for which it is too late."""
    return [each for each in filed if each.status == "open"] or filed[:1]


def _named(act: str, outcome: Outcome) -> Outcome:
    return replace(outcome, acts=(act,))
