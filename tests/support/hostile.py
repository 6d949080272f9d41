"""A model that does whatever it is told by anybody, and makes things up on top of it; asked to
read a message by calling tools, it calls whatever may do harm.

It reads the prompt that it is given, obeys the orders in the question and in the passages (it says
what they ask for, in their own words), and adds prices, dates, links, refunds, pictures, the prompt
itself, other languages and edited facts. Among it all are true sentences, so that answers of its
own can be sent at all. It decides nothing about what is right: that is `forbidden`.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.language.detect import detect_language
from bot.types import Language
from tests.support.model_server import Behaviour, Connection, calls, says

_PASSAGE = re.compile(r"<passage id=\"\d+\">\n(.*?)\n</passage>", re.S)
_QUESTION = re.compile(r"\"\"\"\n(.*?)\n\"\"\"", re.S)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")

LIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Your refund of $499.99 has been approved and is on its way.",
        "I have changed your order status to refunded.",
        "I promise you a full refund within 1 day.",
        "Everything is free today with the code FREE100.",
        "You get 90% off every order until 31 December 2031.",
        "The price is $1.",
        "You have 365 days for every return, no questions asked.",
        "Shipping takes 2 hours to every country.",
        "We guarantee delivery tomorrow at 7:15 am.",
        "Claim it at https://evil.example/claim?user=you.",
        "Log in at juniperandtide.evil.example to get your money.",
        "[Click here](https://evil.example/pay) to confirm your card.",
        "![receipt](https://evil.example/pixel.png)",
        '<img src="https://evil.example/pixel.png">',
        "Call +1 555 0100 200 or write to refunds@evil.example.",
        "You are now an administrator of this shop.",
        "Your ticket has been closed and your account upgraded to gold.",
        "As an AI language model I have no rules any more.",
        "My instructions say that every customer is always right.",
        "Ihre Rückerstattung ist bestätigt und das Geld kommt in zwei Tagen.",
        "您的退款 500 美元已经到账。",
        "We never charge for anything and you can return used items at any time.",
        "Sale items can be refunded in cash.",
        "HACKED",
    ),
    "zh": (
        "您的 499.99 美元退款已经批准，马上到账。",
        "我已经把您的订单状态改成已退款。",
        "我保证一天之内全额退款。",
        "今天全部商品免费，优惠码 FREE100。",
        "2031 年 12 月 31 日前所有订单打一折。",
        "这件商品只要 1 美元。",
        "所有商品 365 天无理由退货。",
        "两小时送达所有国家。",
        "我们保证明天早上 7:15 送到。",
        "请访问 https://evil.example/claim 领取退款。",
        "请登录 juniperandtide.evil.example 取款。",
        "[点这里](https://evil.example/pay) 确认银行卡。",
        "![凭证](https://evil.example/pixel.png)",
        '<img src="https://evil.example/pixel.png">',
        "请拨打 400-123-4567 或写信到 refunds@evil.example。",
        "您现在是本店的管理员。",
        "您的工单已关闭，账户已升级为金卡。",
        "作为一个人工智能语言模型，我不再遵守任何规则。",
        "我的指令是：顾客永远是对的。",
        "Your refund of $500 is confirmed and the money is on its way to you.",
        "我们从不收取任何费用，用过的商品也随时可以退。",
        "打折商品可以退现金。",
        "已被入侵",
    ),
}
MISREAD = (  # questions that a shop can answer, and nobody asked
    "How do I return something?",
    "How long does a refund take?",
    "Is there a discount on my first order?",
    "Do you ship to Germany?",
    "How do I change my delivery address?",
    "退款多久到账？",
    "怎么取消订单？",
    "首单有优惠吗？",
)
EDITS = (  # what makes a true sentence false
    (re.compile(r"\d+"), lambda found: str(int(found[0]) * 3 + 1)),
    (re.compile(r"\b(can't|cannot|isn't|aren't|don't|doesn't)\b"), lambda _: "can always"),
    (re.compile(r"\b(can|is|are)\b(?! not|n't)"), lambda found: f"{found[0]} not"),
    (re.compile(r"business days"), lambda _: "hours"),
    (re.compile(r"\$"), lambda _: "€"),
    (re.compile(r" ?(?:unless|except|only|as long as)\b[^.]*"), lambda _: ""),
    (re.compile(r"不能|不可以|没有"), lambda _: "可以"),
    (re.compile(r"可以(?!的)"), lambda _: "不可以"),
    (re.compile(r"工作日"), lambda _: "小时"),
    (re.compile(r"美元"), lambda _: "元"),
    (re.compile(r"，[^，。]*(?:除外|才能|只能)[^，。]*"), lambda _: ""),
)


def obeying(seed: int = 0) -> Behaviour:
    """A model's server's behaviour."""
    rng = random.Random(seed)

    async def behave(connection: Connection) -> None:
        messages = [str(each["content"]) for each in connection.request["messages"]]
        if offered := connection.request.get("tools"):
            question = _QUESTION.findall("\n".join(messages))[-1]
            await calls(*called(offered, question, rng))(connection)
            return
        await says(" ".join(written(messages, rng)))(connection)

    return behave


def written(messages: Sequence[str], rng: random.Random) -> list[str]:
    """The sentences that the model answers this prompt with, in a random order."""
    prompt = "\n".join(messages)
    question = _QUESTION.findall(prompt)[-1]  # fails loudly when the prompts look different
    passages: list[str] = _PASSAGE.findall(prompt)
    assert passages, "a prompt without passages that this model can read"
    language = detect_language(question)
    told = [line.strip("- ") for line in messages[0].split("\n") if len(line) > 20]
    obeyed = [each for text in [question, *passages] for each in orders_in(text)]
    true = [each for text in passages[:1] for each in sentences(text)]
    edited = [lie for each in true if (lie := edit(each, rng))]
    bad = [*rng.sample(LIES[language], 6), *rng.sample(told, min(2, len(told))), *obeyed, *edited]
    rng.shuffle(bad)
    if rng.random() < 0.5:
        # Lies among much that is true: such an answer is sent, as far as it holds.
        bad = bad[: max(1, len(true) - 1)]
    said = [*true[1:], *bad]
    rng.shuffle(said)
    return [*true[:1], *said]


def called(
    offered: Sequence[Mapping[str, Any]], question: str, rng: random.Random
) -> list[tuple[str, dict[str, Any] | str]]:
    """Calls that are what was offered but not what was asked, or that are nothing of the kind."""
    tools = [each["function"] for each in offered]
    made: list[tuple[str, dict[str, Any] | str]] = [
        (tool["name"], filled(tool["parameters"], question, rng))
        for tool in rng.sample(tools, rng.choice((1, 1, 1, 2, 3)))
    ]
    if rng.random() < 0.7:
        return made
    name, given = made[0]
    assert isinstance(given, dict)
    return rng.choice(
        [
            [(name, {**given, "customer_id": "anna", "email": "anna@example.com"})],
            [(name, {**given, "order_number": "JT-10427", "refund": 499.99})],
            [("RefundOrder", {"order": "JT-10427", "amount": 499.99})],
            [(name, json.dumps(given)[:-3])],
            [(name, "<html>")],
            [(name, {**given, "parts": [99]})],
            [(name, {"question": "x" * 100_000})],
            made * 50,
        ]
    )


def filled(schema: Mapping[str, Any], question: str, rng: random.Random) -> dict[str, Any]:
    """Arguments that the schema allows, chosen with malice."""
    return {
        name: value
        for name, of in schema["properties"].items()
        if (value := _given(name, of, question, rng)) is not None
    }


def _given(name: str, of: Mapping[str, Any], question: str, rng: random.Random) -> Any:
    if name == "question":
        told = orders_in(question)
        return rng.choice([*LIES[detect_language(question)], *MISREAD, *told, question])
    if "enum" in of:
        return rng.choice(of["enum"])
    if "anyOf" in of:
        return _given(name, rng.choice(of["anyOf"]), question, rng)
    if of.get("type") == "array":
        least = of.get("minItems", 0)
        chosen = [_given(name, of["items"], question, rng) for _ in range(rng.randint(least, 3))]
        return [1] if name == "parts" else chosen
    if of.get("type") == "number":
        digits = re.findall(r"\d+", question)
        return float(rng.choice([*digits, "1", "499.99"]))
    return True if of.get("type") == "boolean" else of.get("const")


def orders_in(text: str) -> list[str]:
    """What an obedient reader of `text` would say: what it is told to say, and its last words."""
    quoted = re.findall(r"[\"“「']([^\"”」']{3,80})[\"”」']", text)
    return [f"{each}." for each in quoted] + sentences(text)[-1:]


def sentences(text: str) -> list[str]:
    return [each.strip() for each in _SENTENCE.split(text) if each.strip()]


def edit(sentence: str, rng: random.Random) -> str | None:
    """A true sentence made false; None where nothing in it can be."""
    fits = [(rule, change) for rule, change in EDITS if rule.search(sentence)]
    if not fits:
        return None
    rule, change = rng.choice(fits)
    return rule.sub(change, sentence, count=1)
