"""One spelling for the many ways in which the same words are typed."""

from bot.language.wording import ends, fold, plain


def test_traditional_characters_are_read_by_their_phrases() -> None:
    assert plain("發現頭髮，擦乾淨；扭轉乾坤") == "发现头发,擦干净;扭转乾坤"
    assert plain("一隻狗衹要妳") == "一只狗只要你"


def test_width_case_quotes_and_what_cannot_be_seen_are_settled() -> None:
    assert fold("ＶＩＰ　“It’s”\u200b 人 工") == 'vip "it\'s" 人工'
    assert fold("a\ud800b 退\udfff貨") == "ab 退货"


def test_a_long_text_is_read_where_it_begins_and_where_it_ends() -> None:
    question = "How do I return the blue mug?"
    for length in (0, 100, 450):
        text = question + " x" * (length // 2)
        assert ends(text) == text
    for filling in (" well", "我们昨天", "😡", "\udfff", "é"):
        letter = f"{question}{filling * 900}{question}"
        read = ends(letter)
        assert read.startswith(question)
        assert read.endswith(question)
        assert len(read.encode()) <= 480
        assert ends(read) == read
