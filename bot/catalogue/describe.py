"""What the catalogue says, in words: one product's facts, a list, a comparison, a recommendation.

Every value stands in the catalogue as it is told here; what it does not hold is said to be missing,
and what it holds beside that is given instead. Texts are in `locales/*/products.yaml`.
"""

from collections.abc import Sequence

from bot.catalogue.acts import Act, AskProduct, Compare, Filters, FindProducts, Recommend
from bot.catalogue.found import Word
from bot.catalogue.prices import price_of, priced_apart, shown, stock_of, together
from bot.catalogue.product import Attribute, Product, word_of
from bot.catalogue.query import LISTED
from bot.catalogue.reading import Reading
from bot.catalogue.recommend import giving
from bot.catalogue.search import of_facet
from bot.catalogue.side_by_side import side_by_side
from bot.catalogue.statements import settles, tells_contents
from bot.catalogue.table import Table
from bot.catalogue.variants import asked_by, by_option, meant, option_labels, options, says
from bot.catalogue.variants import name as variant_name
from bot.knowledge.entry import Variant
from bot.language.measures import measure_of
from bot.language.wording import has_han
from bot.texts import shorten, t
from bot.types import Language

_MOST_CATEGORIES = 8
_CARDS = 3  # products of which all is told
_VARIANTS = 8  # variants of a product that are told
_ABOUT = 140  # characters of a description in a table or a recommendation


def describe(act: Act, reading: Reading, table: Table, language: Language) -> str:
    """The act's answer as Markdown: bullets for lists, a table for a comparison."""
    count = act.count if isinstance(act, AskProduct | FindProducts) else 0
    told = _Told(reading, table, language, count)
    products = [table.products[table.places[sku]] for sku in act.skus]
    if isinstance(act, AskProduct):
        return told.asked(act, products)
    if isinstance(act, FindProducts):
        return told.found(act, products)
    if isinstance(act, Compare):
        return side_by_side(products, language)
    return told.recommended(act, products)


def says_nothing(act: AskProduct, table: Table, language: Language) -> str:
    """That the catalogue has no word of what was asked of the products."""
    names = [table.products[table.places[sku]].name(language) for sku in act.skus[:LISTED]]
    name = t("products.comma", language).join(names)
    return t("products.says_nothing", language, words=_quoted(act.missed), name=name)


class _Told:
    """The words for one answer, in one language."""

    def __init__(self, reading: Reading, table: Table, language: Language, count: int) -> None:
        self.count = count
        self.reading = reading
        self.table = table
        self.language = language

    def t(self, key: str, **params: object) -> str:
        return t(f"products.{key}", self.language, **params)

    def asked(self, act: AskProduct, products: Sequence[Product]) -> str:
        """Attributes of products; of one without a question all there is."""
        if not products:
            return self.t("which")
        if act.said and not act.sure:
            name = products[0].name(self.language)
            return self.t("nearest", name=name, line=self.t("comma").join(act.said))
        if act.said:
            return self._fact(products[0], act.said)
        if act.unsaid:
            head = self.t("unsaid", name=products[0].name(self.language))
            return f"{head}\n\n{self._cards(products)}"
        if act.missed:
            return self._missing(act, products)
        box = "include" in self.reading.asks  # "what is in the box"
        if not (box or act.measures or act.words or any(map(self._counted, products))):
            return self._cards(products)
        facts = [self._facts(each, act.measures, act.words) for each in products]
        if not any(facts):
            key = "unsaid" if len(products) == 1 else "unsaid_several"
            head = self.t(key, name=products[0].name(self.language))
            return f"{head}\n\n{self._cards(products)}"
        if len(products) == 1:
            text = self._fact(products[0], facts[0])
        else:
            told = ((each, of) for each, of in zip(products, facts, strict=True) if of)
            lines = [self._line(each, of) for each, of in told][:LISTED]
            text = "\n".join([*lines, *self._more(products)])
            if "sum" in self.reading.asks:
                text = f"{text}\n{together(products, self.language)}"
        return f"{text} {self.t('back')}" if act.back and products[0].stock == 0 else text

    def found(self, act: FindProducts, products: Sequence[Product]) -> str:
        """A list with what was applied."""
        if act.unknown:
            return self._unknown(act.unknown, act.near)
        what = self._what(act.filters)
        near = [self.table.products[self.table.places[sku]] for sku in act.near]
        if not products:
            if act.sort:
                return self._none_beyond(act)
            if not near:
                wanted = act.filters.numbers or act.filters.denied
                return self.t("none" if wanted else "other_none", what=what)
            lines = [self._line(each, self._brief(each, act)) for each in near]
            return "\n".join([self.t("none_near", what=what), *lines])
        shown = products[: act.limit]
        if act.sort and act.limit == 1:
            return self._fact(products[0], self._brief(products[0], act))
        lines = [self._line(each, self._brief(each, act)) for each in shown]
        if act.sort:
            return "\n".join([self._sorting(act), *lines])
        if len(products) > len(shown):
            head = self.t("found_more", what=what, count=len(products), shown=len(shown))
        elif len(products) == 1:
            head = self.t("found_one", what=what)
        else:
            head = self.t("found", what=what, count=len(products))
        if act.filters.missed:
            lines.append(self.t("without_any", words=_quoted(act.filters.missed)))
        return "\n".join([head, *lines])

    def recommended(self, act: Recommend, products: Sequence[Product]) -> str:
        """A few products, each with why; without any, what it is for is asked."""
        if not products:
            return self.t("what_for")
        lines = []
        for at, each in enumerate(products):
            facts = [price_of(each, self.language), self._why(each, act.filters)]
            about = shorten(each.facts(self.language).description, _ABOUT).rstrip("。.")
            facts += [of for of in act.because[at : at + 1] if of not in about]
            lines.append(self._line(each, [fact for fact in (*facts, about) if fact]))
        known = all(each.stock for each in products)
        if act.filters.missed:
            lines.append(self.t("without_any", words=_quoted(act.filters.missed)))
        return "\n".join([self.t("recommended" if known else "recommended_bare"), *lines])

    def _why(self, product: Product, filters: Filters) -> str:
        keys = {word_of(each) for tag in product.entry(self.language).tags for each in tag.split()}
        said = [each.text for each in filters.words if set(each.stems) & keys]
        if said:
            return self.t("because_words", words=" ".join(said))
        category = product.facts(self.language).category
        tags = (*product.entry(self.language).tags, category)
        given = any(each in tag for tag in tags for each in giving())
        return self.t("because_gift") if given else ""

    def _none_beyond(self, act: FindProducts) -> str:
        down = act.sort.endswith("-")
        if act.measure == "price":
            return self.t("dearer_none" if down else "cheaper_none")
        return self.t("larger_none" if down else "smaller_none", label=self._label(act))

    def _unknown(self, words: Sequence[str], near: Sequence[str]) -> str:
        said = "".join(words) if has_han(words[0]) else " ".join(words)
        if near:
            products = [self.table.products[self.table.places[sku]] for sku in near]
            told = self.t("comma").join(each.name(self.language) for each in products)
            return self.t("mentioned", words=said, names=told)
        names = dict.fromkeys(
            each.facts(self.language).category
            for each in self.table.products
            if self.language in each.entries
        )
        categories = [each for each in names if each][:_MOST_CATEGORIES]
        if not categories:
            return self.t("unknown_bare", words=said)
        return self.t("unknown", words=said, categories=self.t("comma").join(categories))

    def _missing(self, act: AskProduct, products: Sequence[Product]) -> str:
        """ "Not in green; sand, sea blue, charcoal", or what else is said of it."""
        words = _quoted(act.missed)
        facet = of_facet(self.table, act.missed[0])
        held = [(each, self._held(each, facet, act.missed[0])) for each in products]
        parts = [
            self.t(
                "without",
                words=words,
                name=each.name(self.language),
                label=attribute.label,
                values=attribute.value,
            )
            for each, attribute in held
            if attribute is not None
        ]
        if not parts:
            key = "without_word" if len(products) == 1 else "without_several"
            head = self.t(key, words=words, name=products[0].name(self.language))
            return f"{head}\n\n{self._cards(products)}"
        asked = [self._facts(each, act.measures, ()) for each in products]
        parts += [self._fact(each, of) for each, of in zip(products, asked, strict=True) if of]
        return "\n".join(parts)

    def _held(self, product: Product, facet: str, word: Word) -> Attribute | None:
        """What a product has instead of a word, or says of it ("Waterproof: no")."""
        said = (each for each in product.attributes(self.language) if says(each.label, word))
        return _attribute(product, facet, self.language) or next(said, None)

    def _facts(self, product: Product, measures: Sequence[str], words: Sequence[Word]) -> list[str]:
        """What was asked of a product, as far as the catalogue holds it."""
        facts = []
        words = [*words, *self._counted(product)]
        named = meant(product, words, self.language)
        grouped = by_option(product, measures, self.language) if "stock" in measures else []
        if "price" in measures and named is None and priced_apart(product, self.language):
            every = product.facts(self.language).variants
            named = list(every) if len(every) <= _VARIANTS else None
        if named is not None:
            facts += self._variants(product, named, words, priced="price" in measures)
            words = [each for each in words if meant(product, [each], self.language) is None]
        elif grouped:
            facts += [f"{value}{self.colon}{self._left(stock)}" for value, stock in grouped]
        for measure in measures:
            if measure == "price":
                facts.append("" if named else price_of(product, self.language))
                if product.stock == 0 and not named:
                    facts.append(self._stock(product))
            elif measure == "stock":
                facts.append("" if named or grouped else self._stock(product))
            elif not grouped or all(
                measure_of(label) != measure for label in option_labels(product)
            ):
                held = product.measured(measure, self.language)
                if self.reading.asks & {"feature", "include"}:
                    facts += self._settling(product, measure)
                facts += [f"{each.label}{self.colon}{each.value}" for each in held]
                if not held and "feature" in self.reading.asks:
                    words += asked_by(self.reading.text, measure, self.table)
        for word in words:
            facts += self._saying(product, word)
        if not (facts or words) and "include" in self.reading.asks:
            found = product.sentences(self.language)
            facts = [each for each in found if tells_contents(each)]
        return list(dict.fromkeys(fact for fact in facts if fact))

    def _counted(self, product: Product) -> list[Word]:
        return options(product, self.reading, self.language)

    def _variants(
        self,
        product: Product,
        named: Sequence[Variant],
        words: Sequence[Word],
        *,
        priced: bool = False,
    ) -> list[str]:
        """What is left of the variants that were asked for, or that there is none such; `priced`:
        with what each costs, which is told in any case where one has a price of its own."""
        if not named:
            asked = [each for each in words if meant(product, [each], self.language) is not None]
            return [self.t("no_variant", words=_quoted(asked))]
        facts = []
        priced = priced or any(each.price for each in named)
        for each in named[:_VARIANTS]:
            price = (each.price or product.facts(self.language).price) if priced else ""
            name = variant_name(each)
            if price:
                name = self.t(
                    "priced", name=name, price=shown(price, product.currency, self.language)
                )
            facts.append(self.colon.join(filter(None, (name, self._left(each.stock)))))
        return facts

    def _left(self, stock: int | None) -> str:
        if stock and stock < self.count:
            return self.t("too_few", stock=stock, count=self.count)
        return stock_of(stock, self.language)

    @property
    def colon(self) -> str:
        return "：" if self.language == "zh" else ": "

    def _settling(self, product: Product, measure: str) -> list[str]:
        """ "Discs are not included", where what is asked of is a label, too ("Disc: 125 mm")."""
        found = product.sentences(self.language)
        asked = asked_by(self.reading.text, measure, self.table)
        return [each for each in found for word in asked if _settles(each, word)]

    def _saying(self, product: Product, word: Word) -> list[str]:
        """The attributes or the sentence that say a word of the question; both where the sentence
        says that it is there or is not."""
        said = [
            f"{each.label}{self.colon}{each.value}"
            for each in product.attributes(self.language)
            if says(each.value, word) or says(each.label, word)
        ]
        found = product.sentences(self.language)
        told = [each for each in found if says(each, word)]
        if "include" in self.reading.asks and not said:  # "likes a moss pole" comes with none
            told = [each for each in told if _settles(each, word)]
        told = told[:1]
        if said and told and not _settles(told[0], word):
            return said
        return [*told, *said]

    def _card(self, product: Product) -> str:
        return f"{product.name(self.language)}\n{product.entry(self.language).answer}"

    def _cards(self, products: Sequence[Product]) -> str:
        """All there is to tell of a few, of more the prices."""
        if len(products) <= _CARDS:
            return "\n\n".join(map(self._card, products))
        lines = [self._line(each, [price_of(each, self.language)]) for each in products[:LISTED]]
        return "\n".join([*lines, *self._more(products)])

    def _more(self, products: Sequence[Product]) -> list[str]:
        left = len(products) - LISTED
        return [self.t("more", count=left)] if left > 0 else []

    def _brief(self, product: Product, act: FindProducts) -> list[str]:
        """Price, what was asked for or sorted by, and whether it is sold out."""
        facts = [price_of(product, self.language)]
        if act.measure and act.measure != "price":
            facts += [
                f"{each.label}{self.colon}{each.value}"
                for each in product.measured(act.measure, self.language)
            ]
        for word in act.filters.words:
            facts += [
                f"{each.label}{self.colon}{each.value}"
                for each in product.attributes(self.language)
                if says(each.value, word)
            ]
        counted = self._counted(product)
        asked = [*act.filters.words, *counted]
        named = meant(product, asked, self.language) or []
        left = sum(each.stock or 0 for each in named) if named else product.stock
        if counted or (left is not None and (left == 0 or left < self.count)):
            several = self._variants(product, named, asked) if named else []
            if any(each.price for each in named):
                facts = facts[1:]
            facts += several or [self._stock(product)]
        return list(dict.fromkeys(fact for fact in facts if fact))

    def _stock(self, product: Product) -> str:
        return self._left(product.stock)

    def _fact(self, product: Product, facts: Sequence[str]) -> str:
        joined = self.t("comma").join(facts)
        return self.t("fact", name=product.name(self.language), facts=joined)

    def _line(self, product: Product, facts: Sequence[str]) -> str:
        name = product.name(self.language)
        if not facts:
            return self.t("bare_line", name=name)
        return self.t("line", name=name, facts=self.t("comma").join(facts))

    def _what(self, filters: Filters) -> str:
        """What was looked for, in the shopper's own words."""
        words = filters.said or self.t("what_any")
        numbers = " ".join(self.reading.text[each.start : each.end] for each in filters.numbers)
        if has_han(words):
            said = f"{numbers}的{words}" if numbers else words
        else:
            said = f"{words} {numbers}".strip()
        if filters.denied:
            joined = self.t("comma").join(each.text for each in filters.denied)
            said = self.t("but", what=said, words=joined)
        return said[:1].upper() + said[1:]

    def _sorting(self, act: FindProducts) -> str:
        down = act.sort.endswith("-")
        if act.measure == "price":
            return self.t("sorted_price_down" if down else "sorted_price_up")
        return self.t("sorted_down" if down else "sorted_up", label=self._label(act))

    def _label(self, act: FindProducts) -> str:
        """What the catalogue calls that which was sorted by."""
        held = (self.table.products[self.table.places[sku]] for sku in act.skus)
        products = list(held) or self.table.products
        found = (self._measured_label(each, act.measure) for each in products)
        return next((each for each in found if each), act.measure)

    def _measured_label(self, product: Product, measure: str) -> str:
        return next((each.label.lower() for each in product.measured(measure, self.language)), "")


def _settles(sentence: str, word: Word) -> bool:
    return settles(sentence, lambda clause: says(clause, word))


def _quoted(words: Sequence[Word]) -> str:
    texts = [each.text for each in words]
    return "".join(texts) if texts and has_han(texts[0]) else " ".join(texts)


def _attribute(product: Product, measure: str, language: Language) -> Attribute | None:
    return next((each for each in product.attributes(language) if each.measure == measure), None)
