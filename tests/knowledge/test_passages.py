"""Entries into passages: what is searched and what is shown."""

from bot.knowledge.entry import Entry, Kind, Passage
from bot.knowledge.passages import passages_of
from bot.types import Language


def entry(
    question: str = "How do I return a duvet?",
    answer: str = "Within 30 days.",
    variants: tuple[str, ...] = (),
    kind: Kind = "faq",
    lang: Language = "en",
    heading: tuple[str, ...] = (),
) -> Entry:
    return Entry(
        "returns", lang, question, variants, answer, "f.jsonl", question, kind, heading=heading
    )


def searched(passages: list[Passage]) -> list[tuple[str, str]]:
    return [(passage.role, passage.search) for passage in passages]


def test_faq_entry_is_found_by_each_phrasing_and_shown_whole() -> None:
    passages = passages_of(entry(variants=("Send it back", "How do I return a duvet ?!", "退货")))
    assert searched(passages) == [
        ("question", "How do I return a duvet?"),
        ("variant", "Send it back"),
        ("variant", "退货"),
        ("text", "Within 30 days."),
    ]
    assert {passage.text for passage in passages} == {"Within 30 days."}


def test_long_faq_answer_is_searched_by_its_beginning_and_shown_whole() -> None:
    answer = "One sentence about returns. " * 4000
    passages = passages_of(entry(answer=answer.strip()))
    assert len(passages[-1].search) <= 800
    assert passages[-1].search.endswith(".")
    assert passages[-1].text == answer.strip()


def test_answer_without_a_question_is_searched_itself() -> None:
    short = passages_of(entry(question="", answer="Vases are made in Ningbo."))
    assert searched(short) == [("text", "Vases are made in Ningbo.")]
    answer = " ".join(f"Vase number {number} is glazed by hand." for number in range(400))
    long = passages_of(entry(question="", answer=answer))
    assert len(long) > 10
    assert all(passage.text == passage.search and len(passage.text) <= 600 for passage in long)


def test_document_is_cut_at_its_headings_and_searched_with_their_path() -> None:
    answer = "Thirty days.\n\n### Sale items\n\nFourteen days.\n\n### Pillows\n\nNot when opened."
    path = ("Returns policy", "Time limits")
    passages = passages_of(entry("Time limits", answer, kind="document", heading=path))
    assert searched(passages) == [
        ("question", "Time limits"),
        ("text", "Returns policy › Time limits\nThirty days."),
        ("question", "Time limits › Sale items"),
        ("text", "Returns policy › Time limits › Sale items\nFourteen days."),
        ("question", "Time limits › Pillows"),
        ("text", "Returns policy › Time limits › Pillows\nNot when opened."),
    ]
    assert passages[3].text == "### Sale items\n\nFourteen days."


def test_section_that_begins_with_a_deeper_heading_is_still_found_by_its_own() -> None:
    passages = passages_of(entry("Lost", "### Late\n\nWait.", kind="document", heading=("Lost",)))
    assert searched(passages)[:2] == [("question", "Lost"), ("question", "Lost › Late")]


def test_chinese_document_is_split_at_sentences_into_short_chunks() -> None:
    answer = "".join(
        f"第{number}条：商品自签收之日起三十天内可以申请退货。" for number in range(60)
    )
    passages = passages_of(entry("退货", answer, kind="document", lang="zh", heading=("退货",)))
    texts = [passage.text for passage in passages if passage.role == "text"]
    assert len(texts) > 4
    assert all(len(text) <= 250 and text.endswith("。") for text in texts)
    assert "".join(texts) == answer


def test_heading_shows_a_whole_short_table_and_a_long_one_keeps_its_header() -> None:
    def table(rows: int) -> str:
        lines = "".join(f"\n| country number {row} | {row} business days |" for row in range(rows))
        return f"Rates:\n\n| Country | Days |\n|---|---|{lines}"

    short = passages_of(entry("Rates", table(20), kind="document", heading=("Rates",)))
    assert short[0].text == table(20)
    long = passages_of(entry("Rates", table(80), kind="document", heading=("Rates",)))
    tables = [passage.text for passage in long if passage.role == "text"][1:]
    assert len(tables) > 3
    assert all(text.startswith("| Country | Days |\n|---|---|\n|") for text in tables)


def test_fenced_hashes_are_no_headings_in_a_passage() -> None:
    answer = "```\n### not a heading\n```\nText."
    passages = passages_of(entry("Code", answer, kind="document", heading=("Code",)))
    assert [passage.role for passage in passages] == ["question", "text"]


def test_text_without_any_separator_is_split_all_the_same() -> None:
    passages = passages_of(entry("x", "a" * 100_000, kind="document", heading=("x",)))
    assert max(len(passage.text) for passage in passages) <= 1200


def test_ids_are_stable_and_follow_the_content() -> None:
    first, again = passages_of(entry()), passages_of(entry())
    assert [passage.id for passage in first] == [passage.id for passage in again]
    assert len({passage.id for passage in first}) == len(first)
    assert all(len(passage.id) == 16 for passage in first)
    assert passages_of(entry(answer="Within 31 days."))[0].id != first[0].id


def test_entry_with_few_phrasings_is_found_by_each_of_its_sentences() -> None:
    answer = "It is free. We keep it for 10 days. Bring your order number."
    sentences = [
        ("sentence", "Collection: It is free."),
        ("sentence", "Collection: We keep it for 10 days."),
        ("sentence", "Collection: Bring your order number."),
    ]
    few = passages_of(entry("Collection", answer, variants=("Can I collect?",)))
    assert searched(few)[3:] == sentences
    assert {passage.text for passage in few} == {answer}  # the whole of it is shown
    many = passages_of(entry("Collection", answer, variants=("Can I collect?", "Pick-up?")))
    assert searched(many)[4:] == []
    document = passages_of(
        entry("Collection", answer, kind="document", heading=("Shop", "Collection"))
    )
    assert searched(document)[2:] == sentences
