"""Number words made digits, in both languages: "thirty" is "30", 「三十天」 is 「30天」.

It works on folded text and touches a number word only where a number is meant: "one of them",
「一起」 and 「万一」 stay as they are. What a number counts is `facts`' matter.
"""

import re

_ONES = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
    **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13},
    **{"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18},
    "nineteen": 19,
}
_TENS = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70},
    **{"eighty": 80, "ninety": 90},
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_TIME = r"(?:minutes?|hours?|days?|nights?|weeks?|months?|years?|quarters?)\b"
_COUNTED = (
    rf"(?:[- ](?:full |whole |single |business |working |calendar )?(?:{_TIME}"
    r"|percent\b|per cent\b|dollars?\b|euros?\b|pounds?\b|cents?\b|yuan\b))"
)
_WORDS = "|".join(sorted([*_ONES, *_TENS], key=len, reverse=True))
_ENGLISH = re.compile(
    rf"\b(?:(?:an?|{_WORDS})[- ](?=hundred|thousand|million))?(?:(?:{_WORDS}|hundred|thousand"
    rf"|million)\b(?:[- ](?:and )?(?=(?:{_WORDS}|hundred|thousand|million)\b)|))+"
)
_A_TIME = re.compile(
    rf"(?<!\bon )(?<!\bper )\b(?:an?|one)(?= (?:full |whole |single |business |working )?{_TIME})"
)
_DOZEN = re.compile(r"\b(?:an? |one )?dozen\b")
_HALF = re.compile(r"\bhalf an? (?=hour\b)|\ban? half[- ](?=hour\b)")

_HAN_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000}
_HAN_TIME = "个?(?:工作日|自然日)|个?(?:小时|钟头|月|季度|星期|礼拜)|天|周|年|分钟|刻钟|夜|晚|日"
_HAN_UNIT = (
    f"(?:{_HAN_TIME}|折|成(?!为|功|分|本|员|交)|倍|美元|美金|欧元|英镑|日元|港币|元|块|分之|毫升|升"
    "|厘米|毫米|米|公斤|千克|克|瓦|度|岁)"
)
_HAN_MEASURE = "[个件张次种条位套份只双箱笔项步档颗台部瓶包款本把盒层段期号口面颜人]"
_HAN_NUMBER = re.compile(
    rf"(?<![周期拜第个一二两三四五六七八九十])(?P<half>半)(?={_HAN_UNIT})"
    rf"|(?P<of_hundred>(?<=百分之)[零〇一二两三四五六七八九十百]+)"
    rf"|(?<!星期)(?<!礼拜)(?<!周)(?P<number>[零〇一二两三四五六七八九十百千万亿]{{1,12}})"
    rf"(?:(?=个?半?{_HAN_UNIT})(?<!百(?=分之))|(?=[到至][一二三四五六七八九十百]+{_HAN_UNIT})|(?<!一)(?={_HAN_MEASURE})|(?<=十一)(?={_HAN_MEASURE}))"
)
_AND_A_HALF = re.compile(r"(?<!\d)(?:(\d+)(个?)半(?=个?(?:小时|天|月|年|钟头))|(\d+)(年|天)半)")
_SCALED = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)\s*([万亿])(?!一)")


def as_digits(folded: str) -> str:
    """`folded` text with its number words in digits; everything else stays as it is."""
    text = _HALF.sub("0.5 ", folded)
    text = _A_TIME.sub("1", text)
    text = _DOZEN.sub("12", text)
    text = _ENGLISH.sub(_english, text)
    text = _HAN_NUMBER.sub(_chinese, text)
    text = _AND_A_HALF.sub(_and_a_half, text)
    return _SCALED.sub(_scaled, text)


def _english(found: re.Match[str]) -> str:
    phrase = found[0]
    if phrase == "one" and not re.match(_COUNTED, found.string[found.end() :]):
        return phrase
    total = part = 0
    for word in re.findall(r"[a-z]+", phrase):
        if word in _ONES or word in _TENS:
            part += _ONES.get(word, _TENS.get(word, 0))
        elif word in ("a", "an"):
            part = 1
        elif word == "hundred":
            part = max(1, part) * 100
        elif word in _SCALES:
            total += max(1, part) * _SCALES[word]
            part = 0
    return str(total + part)


def _chinese(found: re.Match[str]) -> str:
    if found["half"]:
        return "0.5"
    numeral = found["of_hundred"] or found["number"]
    about = [_HAN_DIGITS.get(each, 0) for each in numeral]
    if len(about) == 2 and 0 < about[0] == about[1] - 1:  # 「两三天」
        return f"{about[0]}或{about[1]}"
    return str(han_number(numeral))


def han_number(numeral: str) -> int:
    """The value of a Chinese numeral: 「三百五十」 is 350, 「二〇二六」 is 2026."""
    if len(numeral) > 1 and all(each in _HAN_DIGITS for each in numeral):
        return int("".join(str(_HAN_DIGITS[each]) for each in numeral))
    total = section = digit = 0
    for each in numeral:
        if each in _HAN_DIGITS:
            digit = _HAN_DIGITS[each]
        elif each in _HAN_SCALES:
            section += (digit or 1) * _HAN_SCALES[each]
            digit = 0
        else:
            scale = 10_000 if each == "万" else 100_000_000
            total = (total + section + digit or 1) * scale
            section = digit = 0
    return total + section + digit


def _and_a_half(found: re.Match[str]) -> str:
    if found[1]:
        return f"{found[1]}.5{found[2]}"
    return f"{found[3]}.5{found[4]}"


def _scaled(found: re.Match[str]) -> str:
    value = float(found[1]) * (10_000 if found[2] == "万" else 100_000_000)
    return str(int(value)) if value == int(value) else str(value)
