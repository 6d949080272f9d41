"""Bytes to text: what shops save, and what is in no encoding that is known."""

import pytest

from bot.language.encoding import decoded, line_of

CHINESE = "id,question,answer\n1,退货需要多少天？,签收后30天内可以退货。\n"
TAIWAN = "sku,name\nA1,羊毛毯\nA2,檯燈\n"
WESTERN = "id,answer\n1,Meet at the café – it’s £4 or €5.\n2,Crème brûlée: 60 °C, Ø 45 cm\n"
GERMAN = "sku;name;price\n1;Wollteppich, groß;1.299,00 €\n2;Müsli-Schüssel;4,90 €\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-16"),
        (CHINESE, "gb18030"),
        ("水壶", "gb18030"),
        (TAIWAN, "big5"),
        (WESTERN, "cp1252"),
        (GERMAN, "cp1252"),
    ],
)
def test_text_is_read_in_the_encodings_that_spreadsheets_write(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,answer\n1,Можно вернуть за 30 дней.\n", "cp1251"),
        ("id,answer\n1,返品できますか？\n", "cp932"),
        ("id,answer\n1,返品できますか？\n", "euc_jp"),
        ("id,answer\n1,네, 30일 이내에 가능합니다.\n", "cp949"),
        ("id,answer\n1,Müsli-Schüssel\n", "cp850"),
        ("id,answer\n1,Müsli-Schüssel\n", "mac_roman"),
    ],
)
def test_other_encodings_are_refused_and_not_guessed(text: str, encoding: str) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        decoded(text.encode(encoding))
    assert line_of(caught.value) == 2
