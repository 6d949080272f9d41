"""Advertisement, social post, e-mail, FAQ, reply to a review: facts with words around them.

The words are in `copy.<language>.yaml`, by tone; they claim nothing. Parts have lines of their own,
named as the reader's language names them, so that one field of a form can hold the whole.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import InputError
from bot.language import money
from bot.language.wording import fold
from bot.studio.brief import Brief
from bot.studio.item import Item
from bot.studio.realise import chinese, describe, english
from bot.studio.realise.facts import Fact, facts_of
from bot.studio.realise.variety import Chooser
from bot.texts import t
from bot.types import Language
from bot.writing.grounding.words import content

_FOLDER = Path(__file__).parent.parent
_GOOD, _BAD = 4, 2  # stars
_HASHTAGS = 3


@cache
def words(language: Language) -> dict[str, Any]:
    """What surrounds facts, as its file has it."""
    text = (_FOLDER / f"copy.{language}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


class Copy:
    """Writes the texts of one product for one brief."""

    def __init__(self, item: Item, brief: Brief, choose: Chooser) -> None:
        self.item = item
        self.brief = brief
        self.choose = choose
        self.words = words(item.language)
        self.several = item.language == "en" and english.plural(item)

    def opened(self, text: str) -> str:
        """A description with the opening of its tone."""
        opener = self._toned("opener")
        return f"{opener}{self.gap}{text}" if opener else text

    def ad(self) -> str:
        """Headlines and lines, each within the platform's length."""
        headline, line = self.brief.limit("headline"), self.brief.limit("line")
        points = [each[2:] for each in describe.bullets(self.item, self.choose).splitlines()]
        heads = [self.item.name, *points]
        tell = chinese.told if self.item.language == "zh" else english.told
        told_apart = [tell(self.item, [fact], self.choose)[0] for fact in facts_of(self.item)]
        whole = describe.sentences_of(self.item, self.choose)[:1]
        fits = whole and (not line or len(whole[0]) <= line)
        lines = [*(whole if fits else told_apart[:2]), self._toned(self._call())]
        kept = [each.rstrip(".。") for each in heads if len(each) <= headline or not headline]
        kept = kept or [describe.cut(self.item.name, headline)]
        fitting = [each for each in lines if not line or len(each) <= line]
        return "\n".join([*dict.fromkeys(kept[:3]), "", *fitting[:3]])

    def social(self) -> str:
        """A post with an opening, facts and hashtags, within the platform's length."""
        longest = self.brief.limit("text")
        opener, call = self._toned("social"), self._toned(self._call())
        tags = self._hashtags()
        head = self._occasion()
        frame = [each for each in (head, opener, call, tags) if each]
        room = longest - sum(map(len, frame)) - 2 * len(frame) if longest else 0
        facts = describe.short(self.item, self.choose, max(room, 40) if longest else 0)
        parts = [each for each in (head, opener, facts, call) if each]
        text = self.gap.join(parts)
        text = f"{text}\n\n{tags}" if tags else text
        return text if not longest or len(text) <= longest else self.gap.join([opener, call])

    def email(self) -> str:
        """Subject, then the letter."""
        data = self.words["email"]
        subject = describe.cut(
            self._fill(self.choose("subject line", data["subject"])).rstrip(".。"),
            self.brief.limit("subject") or 60,
        )
        tone = self.brief.tone
        colon, comma = ("：", "：") if self.item.language == "zh" else (": ", ",")
        body = [self._fill(self.choose("intro", data["intro"]))]
        if occasion := self._occasion():
            body.insert(0, occasion)
        body.append(describe.description(self.item, self.choose))
        if price := self.price():
            body.append(self._fill(self.choose("price", data["price"]), price=price))
        shop = self.brief.shop
        lines = [
            f"{t('drafts.part_subject', self.item.language)}{colon}{english.capital(subject)}",
            "",
            f"{data['greeting'][tone]}{comma}",
            "",
            "\n\n".join(each for each in (self.gap.join(body[:-2]), *body[-2:]) if each),
            "",
            self._toned(self._call()),
            "",
            f"{data['sign'][tone]}{'' if self.item.language == 'zh' else ','}",
            shop,
        ]
        return "\n".join(lines).strip()

    def faq(self) -> str:
        """A question and an answer for each attribute and the price."""
        data = self.words["faq"]
        asked = data["question_several"] if self.several else data["question"]
        tell = chinese.told if self.item.language == "zh" else english.told
        found = []
        for fact in facts_of(self.item):
            question = asked.get(fact.measure) or self.choose("question", data["other"])
            answer = self.gap.join(tell(self.item, [fact], self.choose))
            found.append((self._fill(question, label=fact.name), answer))
        if price := self.price():
            question = self._fill(asked.get("price") or data["question"]["price"])
            answer = self._fill(self.choose("price", self.words["price"]), price=price)
            found.append((question, answer))
        letters = ("问：", "答：") if self.item.language == "zh" else ("Q: ", "A: ")
        return "\n\n".join(f"{letters[0]}{q}\n{letters[1]}{a}" for q, a in found)

    def reply(self) -> str:
        """An answer to a review, with the facts that it speaks of. It promises nothing."""
        data = self.words["reply"]
        stars = self.brief.stars or 3
        mood = "good" if stars >= _GOOD else "bad" if stars <= _BAD else "mixed"
        ways = [each for each in data[mood] if self.brief.stars or "{stars}" not in each]
        body = [self._fill(self.choose("thanks", ways), stars=stars)]
        tell = chinese.told if self.item.language == "zh" else english.told
        for fact in self._about(self.brief.review)[:2]:
            told = self.gap.join(tell(self.item, [fact], self.choose))
            said = self.choose("about", data["about"])
            body.append(self._fill(said, label=fact.name, fact=told))
        if mood != "good":
            body.append(self.choose("contact", data["contact"]))
        end = data["end"]["plain" if self.brief.shop else "nobody"]
        return f"{self.gap.join(body)}\n\n{self._fill(end)}"

    def price(self) -> str:
        """The price as the language writes it; "" where none is known."""
        amount = self.item.price and money.minor(self.item.price, self.item.currency)
        if amount is None or amount == "":
            return ""
        return money.shown(int(amount), self.item.currency, self.item.language)

    @property
    def gap(self) -> str:
        return "" if self.item.language == "zh" else " "

    def _about(self, review: str) -> list[Fact]:
        """The facts that a review speaks of, by their labels and values."""
        said = fold(review[:2000])
        spoken = frozenset(content(review[:2000]))
        return [
            fact
            for fact in facts_of(self.item)
            if fold(fact.name) in said or spoken & frozenset(content(f"{fact.name} {fact.measure}"))
        ]

    def _call(self) -> str:
        return "call_several" if self.several and self.brief.tone == "plain" else "call"

    def _occasion(self) -> str:
        if not self.brief.occasion:
            return ""
        way = self.choose("occasion", self.words["campaign"]["occasion_line"])
        return english.capital(self._fill(way, occasion=self.brief.occasion))

    def _toned(self, what: str) -> str:
        ways = self.words[what].get(self.brief.tone) or self.words[what]["plain"]
        return self._fill(self.choose(what, ways))

    def _fill(self, way: str, **more: object) -> str:
        subject = english.subject_of(self.item) if self.item.language == "en" else self.item.name
        name = english.name_of(self.item) if self.item.language == "en" else self.item.name
        values: Mapping[str, object] = {
            "subject": subject,
            "name": name,
            "shop": self.brief.shop,
            **more,
        }
        return english.capital(way.format(**values)) if way else ""

    def _hashtags(self) -> str:
        tags = [each for each in self.item.tags if _in(each, self.item.language)]
        tags = tags or [self.item.category] * bool(self.item.category)
        joined = ["".join(each.title().split()) for each in tags[:_HASHTAGS]]
        if self.item.language == "zh":
            closing = "#" if self.brief.platform == "weibo" else ""
            return " ".join(f"#{each}{closing}" for each in joined)
        return " ".join(f"#{each}" for each in joined)


def _in(tag: str, language: Language) -> bool:
    return tag.isascii() == (language == "en")


def realised(item: Item, brief: Brief, choose: Chooser) -> str:
    """The text of one kind; a campaign is `campaign.plan`'s."""
    copy = Copy(item, brief, choose)
    longest = brief.limit("text")
    match brief.kind:
        case "description":
            text = describe.description(item, choose)
            return describe.short(item, choose, longest) if longest else copy.opened(text)
        case "short":
            return describe.short(item, choose, longest)
        case "bullets":
            return describe.bullets(item, choose)
        case "title":
            return describe.title(item, longest)
        case "ad":
            return copy.ad()
        case "social":
            return copy.social()
        case "email":
            return copy.email()
        case "faq":
            return copy.faq()
        case "reply":
            return copy.reply()
    raise InputError("drafts.no_kind", kind=brief.kind, known="")
