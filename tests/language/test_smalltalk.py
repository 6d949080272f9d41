"""Small talk: whole courtesies are recognised, questions keep their words."""

import pytest

from bot.knowledge.retriever import ShopRetriever
from bot.language.smalltalk import kind, strip_pleasantries
from bot.texts import t

COURTESIES = {
    "greeting": [
        "hi",
        "hello there!",
        "good morning",
        "你好",
        "在吗",
        "亲在吗",
        "Hiii",
        "hey there",
        "您好！",
        "早上好",
        "👋",
        "HELLO",
        "ｈｅｌｌｏ",
        "how are you?",
        "亲，在吗？",
        "哈喽",
        "你好啊",
        "在嗎",
        "老板在吗",
        "nihao",
        "good evening team",
    ],
    "thanks": [
        "谢谢啦",
        "多谢",
        "thanks a lot",
        "great, thank you!",
        "Thanks!!",
        "thank you so much for your help",
        "好的谢谢",
        "ok thanks",
        "谢谢你",
        "感谢",
        "thx",
        "辛苦了",
        "非常感谢！",
        "謝謝",
        "ty",
        "Perfect, thanks 😊",
        "that helps, thank you",
        "明白了，谢谢",
    ],
    "goodbye": [
        "ok bye",
        "再见",
        "拜拜",
        "thanks, bye!",
        "have a nice day",
        "好的再见",
        "see you later",
        "拜拜啦",
        "88",
        "that's all, thanks",
        "没有其他问题了，谢谢",
    ],
    "bot_identity": [
        "are you a bot?",
        "你是机器人吗",
        "hi, are you a real person?",
        "你是真人吗？",
        "是真人还是机器人",
        "am I talking to a human?",
        "你是人工吗",
        "who are you",
        "Is this a bot or a human?",
        "are u human",
        "請問你是真人嗎",
        "what's your name?",
        "你叫什么名字",
    ],
    "acknowledgement": [
        "ok",
        "好的",
        "嗯嗯",
        "👍",
        "👍🏽",
        "got it",
        "I see",
        "知道了",
        "明白",
        "Okay.",
        "cool",
        "行",
        "好滴",
        "嗯",
        "收到",
        "yes",
        "no",
        "哦哦",
        "alright",
    ],
    "joke": ["tell me a joke", "do you know a joke?", "讲个笑话", "给我说个笑话吧"],
    "laugh": ["haha good one", "哈哈哈", "lol that was funny", "太好笑了"],
    "compliment": ["you are the best bot", "I love your shop", "你真聪明", "你们家服务真好"],
    "nonsense": ["???", "asdf", "qwertz asdf", "。。。"],
}
LONG = {
    "greeting": [
        "Hi, can you help me?",
        "Good morning, my name is Sam",
        "你好，我是小李，能帮个忙吗",
    ],
    "thanks": ["thanks a lot for your quick help, Emma!", "谢谢您这么耐心地帮我"],
    "goodbye": ["I have to go now, have a great evening"],
}
EXACT = {
    "greeting": ["hi", "您好！"],
    "thanks": ["ok thanks", "谢谢"],
    "goodbye": ["thanks, bye!", "88"],
    "bot_identity": ["hi, are you a bot?", "你是机器人吗"],
    "acknowledgement": ["ok", "好的", "👍", "no", "算了"],
    "nonsense": ["???"],
}
QUESTIONS = [
    "hi, where is my order",
    "谢谢，那运费呢",
    "你好，退货",
    "where",
    "thanks but it did not work",
    "hello kitty mug",
    "早上好，几点发货",
    "收到破损的",
    "好用吗",
    "没收到货",
    "👎",
    "😡",
    "bye bye blanket price",
    "你好烦",
    "你好差",
    "在吗？问个事，发货了吗",
    "thank you card",
    "ok so how do I return",
    "1234",
    "are you open on sunday",
    "可以退吗",
    "可以用支付宝吗",
    "行吗",
    "你们是正品吗",
    "",
    "is there a size chart",
    "are you a Dutch company",
    "是真丝吗",
    "what can I do if it is broken",
    "no refund yet",
    "对比一下两款",
    "知道了怎么退",
    "are you shipping to Canada",
    "人还是物",
    "好评有返现吗",
    "白白胖胖",
    "拜年礼盒",
    "你是哪里的",
    "哈密瓜",
    "不用了怎么退",
    "can you do tomorrow",
    "ok and could it be today",
    "will that be everything in one parcel",
    "周末行么",
    "那下午可以吗",
]
STRIPPED = [
    ("hi there, quick question: how do I return this? thanks!", "how do I return this?"),
    ("你好，请问怎么退货呀，谢谢", "怎么退货呀"),
    ("Hello! Where is my order?", "Where is my order?"),
    ("hi", "hi"),
    ("谢谢", "谢谢"),
    ("亲，在吗，这个有货吗", "这个有货吗"),
    ("Good morning, do you ship to Canada please", "do you ship to Canada"),
    ("请问多久发货？谢谢！", "多久发货?"),
    ("想问一下支持花呗吗", "支持花呗吗"),
    ("我想咨询一下，发票怎么开？麻烦您了", "发票怎么开?"),
    ("Thanks. And for sale items?", "And for sale items?"),
    ("which pillow is the best", "which pillow is the best"),
    ("my order number is 88888", "my order number is 88888"),
    ("can I pay later", "can I pay later"),
    ("how to take care", "how to take care"),
    ("evening delivery?", "evening delivery?"),
    ("well-made?", "well-made?"),
    ("亲肤吗", "亲肤吗"),
    ("亲有货吗", "有货吗"),
    ("老板椅多少钱", "老板椅多少钱"),
    ("hide and seek toy", "hide and seek toy"),
    ("OK, so what about shipping? Thanks in advance", "what about shipping?"),
    ("早上好几点发货", "几点发货"),
    ("您好 運費多少", "运费多少"),
    ("so soft pillow?", "soft pillow?"),
    ("那运费呢", "运费呢"),
    ("how do I return this?", "how do I return this?"),
    ("老板便宜点", "老板便宜点"),
    ("hi hi, can I cancel my order? bye", "can I cancel my order?"),
    ("please cancel my order", "cancel my order"),
    ("早餐盘有吗", "早餐盘有吗"),
    ("thank you card size", "thank you card size"),
]


@pytest.mark.parametrize("expected", COURTESIES)
def test_a_message_of_nothing_but_courtesy_is_small_talk(
    demo_retriever: ShopRetriever, expected: str
) -> None:
    said = COURTESIES[expected] + LONG.get(expected, [])
    found = {text: kind(text, demo_retriever.judge) for text in said}
    assert not {text: found[text] for text in said if found[text] != expected}


@pytest.mark.parametrize("expected", EXACT)
def test_the_shortest_courtesies_need_no_index(expected: str) -> None:
    assert {kind(text) for text in EXACT[expected]} == {expected}


def test_a_message_with_anything_else_in_it_is_not_small_talk(
    demo_retriever: ShopRetriever,
) -> None:
    found = {text: kind(text, demo_retriever.judge) for text in QUESTIONS}
    assert not {text: each for text, each in found.items() if each is not None}


@pytest.mark.parametrize(("text", "expected"), STRIPPED)
def test_courtesies_around_a_question_are_taken_off(text: str, expected: str) -> None:
    assert strip_pleasantries(text) == expected


@pytest.mark.parametrize("text", ["", "hi", "谢谢", "👍", "???", "请问", "Hello! Thanks, bye"])
def test_stripping_never_returns_less_than_a_message(text: str) -> None:
    assert strip_pleasantries(text) == text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_has_a_reply(language: str) -> None:
    for each in (*COURTESIES.keys() - {"joke"}, "joke_0", "joke_1", "joke_2"):
        reply = t(f"smalltalk.{each}", language, shop="Juniper & Tide")
        assert reply
        assert "{" not in reply
    assert "Juniper & Tide" in t("smalltalk.greeting", language, shop="Juniper & Tide")
