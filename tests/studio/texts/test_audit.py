"""A catalogue's texts are looked at, what gains most first; keywords and summaries of one."""

from bot.studio.texts.audit import audit
from bot.studio.texts.duplicates import near_copies
from bot.studio.texts.keywords import background, keywords
from bot.studio.texts.languages import differences
from bot.studio.texts.readability import readability
from bot.studio.texts.summary import summary
from bot.studio.wares import Text, Ware

LAMP = "A table lamp of milk glass that dims by touch. It gives warm light for reading in bed."


def ware(sku: str, english: str, chinese: str = "", **more: str) -> Ware:
    texts = {"en": Text(more.get("name", "Lamp"), "Light", english, ())}
    if chinese:
        texts["zh"] = Text("台灯", "灯具", chinese, ())
    return Ware(sku, texts)  # type: ignore[arg-type]


def test_findings_come_with_the_largest_gain_first() -> None:
    wares = {
        "A": ware(
            "A", f"{LAMP} The best lamp in the world.", "乳白玻璃台灯，触摸调光，适合睡前阅读。"
        ),
        "B": ware("B", "A lamp.", "全网最低价的台灯，触摸调光，适合睡前阅读。"),
        "C": ware(
            "C", f"{LAMP} The cord is 2 m long.", "乳白玻璃台灯，触摸调光，线长1.5米，适合阅读。"
        ),
    }
    found = audit(wares, {"B": 50}, {"C": ["is the lamp rechargeable", "a rechargeable one?"]})
    assert [(each.sku, each.kind) for each in found[:2]] == [("B", "claim"), ("B", "claim_differs")]
    kinds = {(each.sku, each.kind, each.said) for each in found}
    assert ("A", "claim", "best lamp in the world") in kinds
    assert ("C", "number", "2 m") in kinds
    assert ("C", "title_lacks", "rechargeable") in kinds
    assert ("B", "short", "A lamp.") in kinds
    assert all(each.message("zh") for each in found)


def test_the_same_amount_in_another_unit_or_in_words_is_no_difference() -> None:
    same = ware("A", "Holds 0.9 l, 2 pieces, 1,800 W.", "容量900毫升，两件，1800瓦。")
    assert differences(same.texts) == []
    other = ware("A", "Holds 0.9 l.", "容量800毫升。")
    assert [each.said for each in differences(other.texts)] == ["0.9 l", "800毫升"]


def test_near_copies_are_found_and_texts_of_their_own_are_not() -> None:
    texts = {"A": LAMP, "B": LAMP.replace("bed", "a chair"), "C": "A wool rug, tufted by hand." * 2}
    [(one, other, alike)] = near_copies(texts)
    assert (one, other) == ("A", "B")
    assert alike > 0.8


def test_keywords_name_what_the_text_is_about_in_both_languages() -> None:
    others = background(["A pot for the stove.", "A rug for the floor.", "水壶适合手冲咖啡。"])
    assert "milk glass" in " ".join(keywords(LAMP, others))
    chinese = "珐琅水壶容量大，珐琅水壶带鸣笛，榉木手柄不烫手。"
    assert keywords(chinese, others, title="珐琅水壶")[0] == "珐琅水壶"


def test_a_summary_is_of_the_texts_own_sentences() -> None:
    text = f"{LAMP} We ship it on Mondays. The milk glass is blown by mouth."
    short = summary(text, background([text]), 1)
    assert short in text
    assert "lamp" in short


def test_long_sentences_of_long_words_are_hard() -> None:
    hard = "Notwithstanding considerable organisational heterogeneity, the aforementioned "
    hard += "illumination apparatus facilitates individually configurable luminosity modification."
    assert readability(hard).hard
    assert not readability(LAMP).hard
    assert readability("短句。").language == "zh"
