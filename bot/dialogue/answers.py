"""From a burst to what is done and said: each part of it to the skill that takes it, else to the
knowledge; then the decision, in words.

Runs on a worker thread and writes nothing. The order of the rules is here: a person before all,
then what a dialogue under way asks for, then the skills in the order of their table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from pydantic import BaseModel

from bot.catalogue.focus import Focus
from bot.dialogue import commands, followup, parts, satisfaction, tools
from bot.dialogue.away import Away
from bot.dialogue.compose import compose
from bot.dialogue.decide import Clarify, Decision, Escalate, Evidence, Policy, Reply, decide
from bot.dialogue.followup import Past
from bot.dialogue.hearing import PERSON, hear
from bot.dialogue.outcome import Outcome, called_off, joined
from bot.dialogue.person import may_want_person, wants_person
from bot.dialogue.skills import HasTools, Skill, change_words, proofs
from bot.dialogue.skills.languages import spoken_in
from bot.dialogue.starting import Start
from bot.dialogue.tools import Ask, Offer, Person, Read
from bot.dialogue.view import Part, View
from bot.errors import BuildError, EncoderError
from bot.insights.experiments.running import Tried, nothing
from bot.knowledge import instructions
from bot.knowledge.confidence import Reading
from bot.knowledge.retriever import ShopRetriever
from bot.language.readable import readable_claim
from bot.orders import change_rules
from bot.orders.numbers import USUAL, Numbers
from bot.types import Candidate, Claim, Reason, Scope

log = structlog.get_logger()
_ENTRY = "entry:"
_COMPLAIN = "Complain"
_THERE = Away()
_UNREAD = Read()


class Answers:
    """Answers bursts. `skills` are asked in their order; `mail` says whether codes can be sent,
    `retention_days` how long conversations are kept (0: until somebody wants them gone). `numbers`
    gives what finds the shop's order numbers in a text, `named` the products in a question and an
    answer of the knowledge, `tried` what an experiment shows a chat."""

    def __init__(
        self,
        retriever: ShopRetriever,
        policies: Mapping[Reading, Policy],
        skills: Sequence[Skill[Any]],
        *,
        shop: str = "",
        retention_days: int = 0,
        mail: bool = False,
        away: Away = _THERE,
        numbers: Callable[[str], Numbers] = lambda _: USUAL,
        named: Callable[[str, str], Focus | None] = lambda _asked, _told: None,
        tried: Tried = nothing,
    ) -> None:
        self._retriever = retriever
        self._policies = policies
        self._skills = skills
        self._mail = mail
        self._away = away
        self._numbers = numbers
        self._named = named
        self._start = Start(retriever, shop, retention_days, tried)

    def proven(self, claim: Claim, scope: Scope) -> tuple[Claim | None, Outcome | None]:
        """What of the burst is left to answer, as much of it as is read, after a proof in it; and
        what is said of the proof first, None without one."""
        read = readable_claim(claim)
        resumed = proofs.resume(
            read, scope, mail=self._mail, judge=self._retriever.judge, numbers=self._numbers
        )
        return (resumed.claim, resumed.before) if resumed else (read, None)

    def asked(self, claim: Claim) -> Claim | None:
        """The burst without commands and media, which have fixed replies; None if nothing is left.

        The caption of a picture is a message like any other, and /orders a question.
        """
        messages = tuple(
            commands.as_question(each, claim.language)
            for each in claim.messages
            if not commands.is_canned(each.choice)
        )
        return replace(claim, messages=messages) if messages else None

    def answer(
        self,
        claim: Claim,
        scope: Scope,
        waiting_for: Reason | None = None,
        read: Read = _UNREAD,
    ) -> Outcome:
        """What to do and say. Without an index there is still a person to bring in.

        `waiting_for` is the open ticket's reason; `read` how a model reads the burst.
        """
        asked, judged = self.asked(claim), satisfaction.read(claim)
        try:
            if judged and not (judged.word and wants_person(judged.word, self._retriever.judge)):
                say = satisfaction.thanks(judged, claim.language)
                return Outcome(Reply(), say, judged=judged)
            if asked is None:
                choice = claim.messages[-1].choice or ""
                return self._start.reply(choice, claim)
            outcome = self._answered(asked, scope, waiting_for, read)
            outcome = replace(outcome, judged=judged)
        except (BuildError, EncoderError) as error:
            log.error("flow.no_index", conversation=claim.conversation_id, cause=str(error))
            return self.failed(claim, again=waiting_for is not None)
        return outcome if outcome.request else change_words.beside(claim, outcome)

    def offer(self, claim: Claim, scope: Scope, outcome: Outcome) -> Offer | None:
        """What a model is to be asked about the burst, whose `outcome` so far that is; None where
        another reading counts for nothing, and where it gives orders to models."""
        texts = _texts(claim)
        pieces = parts.pieces(texts)
        if outcome.exact or not pieces or (outcome.sure and len(pieces) == 1):
            return None
        if any(map(instructions.orders, texts)):
            return None
        try:
            view = self._view(claim, scope)
            whole = Part(parts.question(texts, self._retriever.judge), view)
            skills = (each for each in self._skills if isinstance(each, HasTools))
            found = [tool for skill in skills for tool in skill.tools(whole)]
        except (BuildError, EncoderError):
            return None
        return tools.offer(pieces, found, view.language)

    def read(self, calls: Sequence[tuple[str, Mapping[str, Any]]], offer: Offer) -> Read:
        """A model's calls, as far as they are what it was offered."""
        return Read(tools.taken(calls, offer, self._retriever.judge))

    def failed(self, claim: Claim, *, again: bool = False) -> Outcome:
        """A person, since the bot cannot."""
        decision = Escalate(Reason.BOT_FAILED, again)
        say = compose(decision, "", claim.language, away=self._away.until() is not None)
        return Outcome(decision, say, confidence=0.0)

    def _answered(
        self, claim: Claim, scope: Scope, waiting_for: Reason | None, read: Read
    ) -> Outcome:
        claim, language = spoken_in(claim)
        view = self._view(claim, scope)
        left = self._away.left(claim, waiting_for, view.language)
        outcome = left or self._decided(view, waiting_for, read)
        return replace(outcome, heard=view.heard, speaks=language or outcome.speaks)

    def _view(self, claim: Claim, scope: Scope) -> View:
        last, past = claim.messages[-1], Past.of(claim)
        pressed = followup.pressed(last.text, last.choice, past.turns) or ""
        heard = hear(claim, pressed, self._retriever)
        focus = Focus.of(claim.focus)
        if claim.quote:  # what was told by the very message that the shopper replies to
            focus = Focus.of_sources(past.turns[-1].sources if past.turns else ())
        texts = " ".join(each.text for each in claim.messages)
        policy = self.policy(texts)
        retriever, numbers = self._retriever, self._numbers(texts)
        return View(claim, scope, heard, policy, past, pressed, focus, retriever, numbers)

    def policy(self, text: str) -> Policy:
        """The thresholds for who reads the text, whichever language it is answered in."""
        return self._policies[self._retriever.reading(text)]

    def _decided(self, view: View, waiting_for: Reason | None, read: Read) -> Outcome:
        texts = _texts(view.claim)
        if view.pressed.startswith(commands.ASK):  # in words, as "the second one"
            texts = [view.pressed.removeprefix(commands.ASK)]
            view = replace(view, pressed="")
        whole = Part(parts.question(texts, self._retriever.judge) if texts else "", view)
        whole = self._worded(whole, read)
        heard, spoken = whole.view.heard, None
        if not (heard.wants_person or heard.angry):
            spoken = self._called(read, whole) or self._parts(texts, whole) or self._skilled(whole)
        if spoken is not None and spoken.request:
            return spoken  # a dialogue goes on, whoever is waited for
        evidence = self._evidence(whole, waiting_for, spoken is not None)
        decision = decide(evidence, view.policy)
        if spoken is not None and isinstance(decision, Reply) and decision.spoken:
            return called_off(spoken) if decision.withdrawn else spoken
        found = self._of_knowledge(decision, evidence, whole)
        if (
            isinstance(decision, Reply)
            and decision.assumed
            and followup.said(view.claim, found.say)
        ):
            return self._of_knowledge(Escalate(Reason.REPEATED_FAILURE), evidence, whole)
        return found

    def _evidence(self, whole: Part, waiting_for: Reason | None, spoken: bool) -> Evidence:
        view, heard = whole.view, whole.view.heard
        chosen = self._chosen(view)
        candidates: tuple[Candidate, ...] = ()
        confidence = 1.0 if chosen or spoken else 0.0
        if whole.text and not (chosen or spoken or view.pressed == PERSON):
            candidates, confidence = whole.found.candidates, self._confidence(whole)
        return Evidence(
            status=view.claim.status,
            waiting_for=waiting_for,
            wants_person=heard.wants_person,
            declines_person=heard.declines_person,
            spoken=spoken,
            bare=parts.bare(whole.text),
            chosen=chosen,
            language=view.language,
            candidates=candidates,
            confidence=confidence,
            negative=heard.negative,
            angry=heard.angry,
            trend=heard.trend,
            moods_read=heard.moods_read,
            clarified=followup.clarifications(view.claim.history),
        )

    def _chosen(self, view: View) -> Candidate | None:
        if not view.pressed.startswith(_ENTRY):
            return None
        return self._retriever.entry(view.pressed.removeprefix(_ENTRY), view.language)

    def _worded(self, whole: Part, read: Read) -> Part:
        """The burst as a model has worded its question, or with the wish for a person that it has
        heard, where that may well be."""
        calls = [each.call for each in read.calls]
        if len(calls) != 1:
            return replace(whole, standalone=read.standalone)
        if isinstance(calls[0], Ask):
            return replace(whole, standalone=calls[0].question)
        view = whole.view
        if isinstance(calls[0], Person) and may_want_person(whole.text, self._retriever.judge):
            return replace(whole, view=replace(view, heard=replace(view.heard, wants_person=True)))
        return whole

    def _called(self, read: Read, whole: Part) -> Outcome | None:
        """The answers to what a model has called, as one; None where any is not borne by the
        shopper's words, and for a question alone, which is decided on like any other."""
        outcomes: list[Outcome] = []
        part = whole
        for each in read.calls:
            if each.text:
                part = Part(each.text, part.view, alone=False, before=part.text if outcomes else "")
            outcome = self._carried_out(each.call, part)
            if outcome is None or (outcomes and (outcome.proof or outcome.request)):
                return None
            outcomes.append(outcome)
            view = replace(part.view, focus=part.view.focus.after(outcome.focus))
            part = replace(part, view=view)
        together = joined(outcomes) if outcomes else None
        return replace(together, by_calls=True) if together else None

    def _carried_out(self, call: BaseModel, part: Part) -> Outcome | None:
        if isinstance(call, Ask):
            return None if part.alone else self._sure(replace(part, standalone=call.question))
        for skill in self._skills:
            act = skill.called(call, part) if isinstance(skill, HasTools) else None
            if act is not None:
                return skill.carry_out(act, part)
        return None

    def _skilled(self, part: Part) -> Outcome | None:
        """What the first skill that takes the part makes of it; where that yields to another, what
        a later one is so sure of."""
        held: Outcome | None = None
        for skill in self._skills:
            act = skill.read(part)
            outcome = skill.carry_out(act, part) if act is not None else None
            if outcome is None or (held and not outcome.tells(held.yields_to)):
                continue
            if outcome.yields_to > 1:
                return outcome
            held = outcome
        return held

    def _parts(self, texts: Sequence[str], whole: Part) -> Outcome | None:
        """The answers to the burst's parts as one, by the first way to take it apart in which each
        part has a sure answer of its own."""
        view = whole.view
        if view.pressed or view.claim.messages[-1].choice:
            return None
        if whole.standalone and whole.found.reworded:
            return None
        for way in parts.ways(texts, self._retriever.judge):
            if found := self._each(way, whole):
                return found
        return None

    def _each(self, texts: Sequence[str], whole: Part) -> Outcome | None:
        """The answers to the parts; a remark that nothing is known on ("I'm in Germany") is left
        out, where what is asked beside it is so clearer."""
        outcomes: list[Outcome] = []
        view, before = whole.view, ""
        # Where the whole is not understood, one sure part makes the others probable.
        unsure = whole.found.confidence < view.policy.assume_at
        for text in texts:
            part = Part(text, view, alone=False, before=before)
            outcome = self._skilled(part) or self._sure(part, unsure)
            if parts.is_remark(text) and (outcome is None or _probably(outcome, view.policy)):
                continue
            if outcome is None or outcome.proof or isinstance(outcome.decision, Clarify):
                return None
            if outcome.request and any(each.request for each in outcomes):
                return None  # two sentences of one answer to a dialogue's question
            if any(_COMPLAIN in each.acts for each in outcomes if _COMPLAIN in outcome.acts):
                return None  # two sentences on one trouble
            outcomes.append(outcome)
            view = replace(view, focus=view.focus.after(outcome.focus))
            before = text
        least, best = (of((each.confidence for each in outcomes), default=0.0) for of in (min, max))
        of_knowledge = all(each.subject for each in outcomes)
        if least < view.policy.assume_at and not (of_knowledge and best >= view.policy.reply_at):
            return None
        known = {each.subject.entry_id: each.confidence for each in outcomes if each.subject}
        if whole.found.better_than(known, view.policy.reply_at):
            return None
        first = whole.found.first
        told = whole.found.confidence if first and first.kind != "product" else 0.0
        if len(outcomes) < len(texts) and best <= told:
            return None
        return outcomes[0] if len(outcomes) == 1 else joined(outcomes)

    def _sure(self, part: Part, unsure: bool = False) -> Outcome | None:
        """The knowledge's answer to a part, where it is likely enough to be meant."""
        first, confidence, policy = part.found.first, self._confidence(part), part.view.policy
        least = policy.clarify_at if unsure else policy.assume_at
        if first and first.language != part.view.language:
            least = policy.reply_at
        if first is None or first.contradicts or confidence < least:
            return None
        assumed = confidence < policy.reply_at
        reply = Reply(first, assumed=assumed)
        return self._of_knowledge(reply, Evidence(confidence=confidence), part)

    def _confidence(self, part: Part) -> float:
        """How likely the first entry found answers the part. Money that was taken wrongly is for a
        person, unless the entry is about just that."""
        first, judge = part.found.first, self._retriever.judge
        wronged = change_rules.wrongly_charged
        if first and wronged(part.text, judge) and not wronged(first.title, judge):
            return 0.0
        return part.found.confidence

    def _of_knowledge(self, decision: Decision, evidence: Evidence, part: Part) -> Outcome:
        searched = evidence.chosen is None and part.searched
        question = part.found.question if searched else part.text
        away = isinstance(decision, Escalate) and self._away.until() is not None
        say = compose(decision, question, part.view.language, away=away)
        candidate = decision.candidate if isinstance(decision, Reply) else None
        free = isinstance(decision, Reply) and not (evidence.chosen or decision.withdrawn)
        told = part.view.focus
        # "It" stays what the shopper was told of just now.
        fresh = bool(told.skus) and not told.age
        focus = None if fresh else self._named(question, candidate.text if candidate else "")
        asked = candidate or isinstance(decision, Escalate)
        return Outcome(
            decision,
            say,
            evidence.confidence,
            question=question,
            found=part.found.candidates if searched else (),
            subject=candidate if free else None,
            build=self._retriever.build if candidate or searched else "",
            reworded=searched and part.found.reworded,
            acts=("Ask",) if candidate else (),
            focus=focus if asked and not (candidate and candidate.kind == "product") else None,
        )


def _probably(outcome: Outcome, policy: Policy) -> bool:
    """Whether an answer is the knowledge's, and no more than likely, or a product."""
    told = outcome.subject
    return told is not None and (outcome.confidence <= policy.reply_at or told.kind == "product")


def _texts(claim: Claim) -> list[str]:
    """What the burst says, without what is expressly not wanted, unless that is all of it."""
    said = (each.text for each in claim.messages if each.text.strip())
    return [change_rules.without_denied(text) or text for text in said]
