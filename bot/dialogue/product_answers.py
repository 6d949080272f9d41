"""Answers on the shop's products: from the burst's words to acts, and what the catalogue says.

`look` is what the flow asks of every message that is not about the shopper's own orders. It gives
way to the knowledge where that is sure of another answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.catalogue import query, reading
from bot.catalogue.acts import Act, AskProduct, FindProducts
from bot.catalogue.current import Catalogue
from bot.catalogue.describe import describe, says_nothing
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.dialogue import followup
from bot.dialogue.compose import source as cited
from bot.dialogue.compose import worded
from bot.dialogue.decide import Clarify, Decision, Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.understand import Understanding
from bot.texts import t
from bot.types import Candidate, Claim, Language, Say, Source

SURE, LIKELY = 0.95, 0.8  # confidence of an act that is sure of itself, and of one that is not
_LIKELY_SHARE = 0.75  # of the confidence for a reply, from which an entry may be meant
_LITERAL = 0.9  # confidence of an entry that was written for this very question
_RULE_AT = 0.5  # confidence from which the knowledge's rule is put beside "sold out"


@dataclass(frozen=True)
class _Part:
    """One question of the burst: its words, and what is asked of the catalogue, if anything."""

    read: reading.Reading
    act: Act | None


class ProductAnswers:
    """Answers from the catalogue of whatever index is current."""

    def __init__(
        self, catalogue: Catalogue, rule: Callable[[str, float], Candidate | None]
    ) -> None:
        """`rule` finds the knowledge's entry for a question of ours, when it is so sure of it."""
        self._catalogue = catalogue
        self._rule = rule

    def look(self, claim: Claim, understood: Understanding, reply_at: float) -> Outcome | None:
        """What to say if this is about products; None when it is about something else."""
        evidence = understood.evidence
        if evidence.chosen or evidence.small_talk or any(each.choice for each in claim.messages):
            return None
        texts = [each.text for each in claim.messages if each.text.strip()]
        questions = followup.questions(texts) if texts else []
        table = self._catalogue.table()
        focus = _focus(claim, understood)
        parts = self._parts(questions, table, focus)
        acts = [each.act for each in parts if each.act is not None]
        if not acts or (len(parts) == 1 and self._gives_way(acts[0], understood, reply_at)):
            return None
        answer = self._answer(parts, table, focus, understood.language, reply_at)
        if answer is not None and len(parts) == 1 and not acts[0].sure:
            return self._with_rule(answer, acts[0], table, understood, reply_at)
        return answer

    def _with_rule(
        self,
        answer: Outcome,
        act: Act,
        table: Table,
        understood: Understanding,
        reply_at: float,
    ) -> Outcome:
        """What the knowledge probably says where the catalogue is silent."""
        evidence = understood.evidence
        first = next(iter(evidence.candidates), None)
        if not isinstance(act, AskProduct) or not act.missed or first is None:
            return answer
        if first.kind == "product" or evidence.confidence < _LIKELY_SHARE * reply_at:
            return answer
        language = answer.say.language
        text = says_nothing(act, table, language)
        said = worded(first, understood.question, language)
        sources = (cited(first), *answer.say.sources)
        return replace(answer, say=Say(f"{text}\n\n{said}", language, sources=sources))

    def _parts(self, questions: list[str], table: Table, focus: Focus) -> list[_Part]:
        """Each question in view of those before it."""
        parts: list[_Part] = []
        for question in questions:
            read = reading.read(question, table)
            act = query.understand(read, table, focus)
            parts.append(_Part(read, act))
            if act is not None:
                focus = focus.after(_told(act))
        return parts

    def _gives_way(self, act: Act, understood: Understanding, reply_at: float) -> bool:
        """Whether the knowledge has the better answer."""
        evidence = understood.evidence
        first = next(iter(evidence.candidates), None)
        unclear = isinstance(act, AskProduct) and not act.skus
        if unclear or (isinstance(act, FindProducts) and act.unknown):
            # "Do you sell laptops": the knowledge may still know of something called so.
            likely = evidence.confidence >= _LIKELY_SHARE * reply_at
            return first is not None and first.kind != "product" and likely
        if first is None or first.kind == "product":
            return False
        return evidence.confidence >= (_LITERAL if act.sure else reply_at)

    def _answer(
        self,
        parts: list[_Part],
        table: Table,
        focus: Focus,
        language: Language,
        reply_at: float,
    ) -> Outcome | None:
        """The answers to all parts; None where one of several has none that is sure."""
        texts: list[str] = []
        sources: dict[str, Source] = {}
        skus: dict[str, None] = {}
        acts: list[str] = []
        sure = SURE
        for part in parts:
            if part.act is None:
                found = self._rule(part.read.text, reply_at)
                if found is None:
                    return None
                texts.append(worded(found, part.read.text, language))
                sources[found.entry_id] = cited(found)
                acts.append("Ask")
                continue
            text = describe(part.act, part.read, table, language)
            rule = self._restock(part.act, table, language)
            if rule is not None:
                text = f"{text}\n\n{worded(rule, text, language)}"
            texts.append(text)
            told = _shown(part.act)
            sources |= {sku: _source(table, sku, language) for sku in told}
            if rule is not None:
                sources[rule.entry_id] = cited(rule)
            skus |= dict.fromkeys(told)
            acts.append(type(part.act).__name__)
            # "Nothing cheaper" tells of no product, and leaves what it was compared with in mind.
            told_now = _told(part.act)
            focus = told_now if told_now.skus else replace(focus, age=0)
            sure = min(sure, SURE if part.act.sure else LIKELY)
        unclear = all(isinstance(each.act, AskProduct) and not each.act.skus for each in parts)
        decision: Decision = Clarify() if unclear else Reply(about_product=True)
        return Outcome(
            decision,
            Say("\n\n".join(texts), language, sources=tuple(sources.values())),
            sure,
            about="products",
            acts=tuple(acts),
            products=tuple(skus),
            focus=focus,
        )

    def _restock(self, act: Act, table: Table, language: Language) -> Candidate | None:
        """What the knowledge says of things that are sold out, where that is asked."""
        if not isinstance(act, AskProduct) or not act.back:
            return None
        if any(table.products[table.places[sku]].stock != 0 for sku in act.skus):
            return None
        return self._rule(t("products.back_rule", language), _RULE_AT)


def _focus(claim: Claim, understood: Understanding) -> Focus:
    """What was told last, or by the very message that the shopper replies to."""
    if not claim.quote:
        return Focus.of(claim.focus)
    turns = understood.past.turns
    return Focus.of_sources(turns[-1].sources if turns else ())


def _shown(act: Act) -> tuple[str, ...]:
    """The products that an answer names."""
    if isinstance(act, FindProducts):
        return act.skus[: act.limit] or act.near
    return act.skus


def _told(act: Act) -> Focus:
    """What to keep in mind of an act."""
    measures = act.measures if isinstance(act, AskProduct) else ()
    return Focus(_shown(act), measures)


def _source(table: Table, sku: str, language: Language) -> Source:
    entry = table.products[table.places[sku]].entry(language)
    return Source(entry.id, entry.source, 1.0, entry.title, entry.url)
