"""One spelling for the many ways in which the same words are typed."""

from bot.language.wording import fold, plain


def test_traditional_characters_are_read_by_their_phrases() -> None:
    assert plain("發現頭髮，擦乾淨；扭轉乾坤") == "发现头发,擦干净;扭转乾坤"
    assert plain("一隻狗衹要妳") == "一只狗只要你"


def test_width_case_quotes_and_what_cannot_be_seen_are_settled() -> None:
    assert fold("ＶＩＰ　“It’s”\u200b 人 工") == 'vip "it\'s" 人工'
    assert fold("a\ud800b 退\udfff貨") == "ab 退货"
