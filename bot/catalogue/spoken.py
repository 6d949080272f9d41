"""What a sentence of a product's own text says of a question that no attribute answers: "can it
stand frost" ("Not for frost"), and which variants there are where one is asked for in words that
the catalogue has not ("is the kit in stock"). Only of what was told just before, and never sure."""

from collections.abc import Iterator

from bot.catalogue.acts import AskProduct
from bot.catalogue.focus import Focus
from bot.catalogue.found import Word
from bot.catalogue.needs import is_ours
from bot.catalogue.product import Product
from bot.catalogue.reading import Reading
from bot.catalogue.related import Alike, meant_places
from bot.catalogue.search import strong
from bot.catalogue.table import Table, words
from bot.catalogue.told import LEANING
from bot.language.measures import measure_of
from bot.language.wording import fold, has_han, lexicon

_LIKE, _VERY_LIKE = 0.42, 0.55  # cosine from which a line answers a question; surely
_LINES = 16  # of a product that are compared
_MOST = 3  # products told that a question may be about
_SEARCHES = frozenset({"sell", "list", "general", "other", "recommend", "gift", "which", "compare"})
_KNOWN = frozenset({"price", "stock", "many", "order"})
_OF_SHOP = frozenset({"you", "your", "you're", "你", "您"})


def spoken_of(reading: Reading, table: Table, focus: Focus) -> AskProduct | None:
    """What is asked of the products told, in words that their texts say; None where they don't."""
    products = [table.products[int(at)] for at in meant_places(reading, table, focus)[: _MOST + 1]]
    if not 0 < len(products) <= _MOST or not is_ours(reading):
        return None
    if len(products) == 1 and (of_variants := _of_variants(reading, products[0])):
        return of_variants
    if "include" in reading.asks and not (reading.words or reading.measures):
        return AskProduct(tuple(each.sku for each in products))  # "what is in the box"
    shops = any(
        each in reading.text.split() or (has_han(each) and each in reading.text)
        for each in _OF_SHOP
    )
    if shops or "feature" not in reading.asks or reading.asks & _SEARCHES:
        return None
    told = [(each, said) for each in products if (said := tuple(_shared(reading, each)))]
    if not told:
        return None
    said = max((of for _, of in told), key=len)
    return AskProduct(tuple(each.sku for each, of in told if of == said), (), said)


def line_of(reading: Reading, table: Table, focus: Focus, alike: Alike) -> AskProduct | None:
    """The line of the one product that is meant which is most like the question ("is it quiet":
    "Noise: 25 dB"); None where none is. What a label would say ("how many watts") is said by no
    line that is only somewhat like it."""
    product = one_meant(reading, table, focus)
    if product is None:
        return None
    language = reading.language
    colon = "：" if language == "zh" else ": "
    attributes = (f"{each.label}{colon}{each.value}" for each in product.attributes(language))
    lines = tuple([*product.sentences(language), *attributes][:_LINES])
    if not lines:
        return None
    scores = alike(_unnamed(reading, table), tuple(map(fold, lines)))
    best = max(range(len(lines)), key=lambda at: scores[at])
    if scores[best] < (_VERY_LIKE if reading.measures else _LIKE):
        return None
    return AskProduct((product.sku,), said=(lines[best],), sure=bool(scores[best] >= _VERY_LIKE))


def silence_of(reading: Reading, table: Table, focus: Focus) -> AskProduct | None:
    """That nothing is said of what is asked of the one product that is meant ("is it BPA free");
    None where that is not asked, or not of one."""
    product = one_meant(reading, table, focus)
    inner = {each.text for each in reading.words if not strong(table, each)}
    asked = inner or reading.unknown or reading.measures
    if product is None or not asked or not reading.asks & {"feature", "being"}:
        return None
    return AskProduct((product.sku,), reading.measures, unsaid=True)


def one_meant(reading: Reading, table: Table, focus: Focus) -> Product | None:
    """The one product that something is asked of: that it is called by, or the one told just before
    that "it" is, unless it is looked for."""
    if reading.asks & (_SEARCHES | _KNOWN) or not is_ours(reading):
        return None
    told = [each for each in focus.skus if each in table.places]
    if "it" in reading.asks and len(told) == 1 and focus.age <= LEANING and not focus.aside:
        if sum(strong(table, each) for each in reading.words) > 1:
            return None  # "does it go with the harbor kettle"
        return table.products[table.places[told[0]]]
    places = meant_places(reading, table, focus)
    return table.products[int(places[0])] if len(places) == 1 else None


def _unnamed(reading: Reading, table: Table) -> str:
    """The question with "it" in the place of a product's name, of which its lines may be full."""
    text = reading.text
    names = [each for each in reading.words if strong(table, each)]
    if not names or has_han(text):
        return text
    start, last = names[0].start, names[-1]
    return f"{text[:start]}it{text[last.start + len(last.text) :]}"


def _of_variants(reading: Reading, product: Product) -> AskProduct | None:
    facts = product.facts(reading.language)
    labels = {label for each in facts.variants for label, _ in each.options}
    alone = len(reading.unknown) == 1 and not (reading.words or reading.measures)
    if not alone or len(labels) != 1 or "stock" not in reading.asks:
        return None
    if reading.unknown[0].after != "the":
        return None
    return AskProduct((product.sku,), ("stock", *map(measure_of, labels)))


def _shared(reading: Reading, product: Product) -> Iterator[Word]:
    """The words of the question that the product's text says, and its name does not."""
    about = product.facts(reading.language).description
    name = product.name(reading.language)
    if has_han(reading.text):
        empty = lexicon("products")["nothing"][1]
        for at in range(len(reading.text) - 1):
            pair = reading.text[at : at + 2]
            plain = (
                has_han(pair[0]) and has_han(pair[1]) and not any(each in empty for each in pair)
            )
            if plain and pair in about and pair not in name:
                yield Word(pair, (pair,), pair, at)
        return
    held = set(words(about)) - set(words(name))
    for each in (*reading.words, *reading.unknown):
        if set(each.stems) <= held:
            yield each
