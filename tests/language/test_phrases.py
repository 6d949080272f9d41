"""Words and characters, and the longest phrase among them."""

from bot.language.phrases import Phrases, pieces_of, tokenise


def test_words_characters_and_numbers_are_apart() -> None:
    assert pieces_of("30块以下 mugs, 1,200.5 ml") == [
        *("30", "块", "以", "下", "mugs", ",", "1,200.5", "ml"),
    ]


def test_tokens_know_where_they_stand() -> None:
    assert [(each.start, each.end) for each in tokenise("a 水壶")] == [(0, 1), (2, 3), (3, 4)]


def test_the_longest_phrase_wins() -> None:
    phrases = Phrases({"how": "a question", "how much": "a price", "多少": "number"})
    tokens = tokenise("how much 多少")
    assert phrases.at(tokens, 0) == ("a price", 2)
    assert phrases.at(tokens, 1) is None
    assert phrases.at(tokens, 2) == ("number", 4)
