"""E-mail addresses and phone numbers: one spelling of each, and forms that may be shown.

It compares and masks; whose they are, `identity` and the order tables know.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_NAME = r"[A-Za-z0-9._%+-]"
EMAIL = re.compile(
    rf"(?<!{_NAME}){_NAME}{{1,64}}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}"
)

MASK = "•••"  # not asterisks, which stand for swearing


def email_key(address: str) -> str:
    """The spelling in which addresses are stored and compared."""
    return address.strip().casefold()


def phone_digits(number: str, like: str | None = None) -> str | None:
    """Country code and number as digits (E.164 without its "+"); None when it is no phone number.

    A number without its country code is read as one of the country of `like`, which is digits.
    """
    region = None
    if like is not None:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(f"+{like}"))
    try:
        read = phonenumbers.parse(number, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(read):
        return None
    return phonenumbers.format_number(read, PhoneNumberFormat.E164).removeprefix("+")


def phone_typed(number: str, country: str | None = None) -> str:
    """The digits by which a typed number is compared with `phone_spellings`; "" for no number.

    With "+" or "00" before it, it names its country; else it is one of `country` (as "DE") where
    there is such a number, or stays as it was typed.
    """
    abroad = number.strip().replace("（", "(")
    abroad = f"+{abroad.removeprefix('00')}" if abroad.startswith("00") else abroad
    try:
        read = phonenumbers.parse(abroad, country)
    except NumberParseException:
        return re.sub(r"\D", "", number)
    if abroad.startswith("+") or phonenumbers.is_valid_number(read):
        return phonenumbers.format_number(read, PhoneNumberFormat.E164).removeprefix("+")
    return re.sub(r"\D", "", number)


def phone_spellings(digits: str) -> tuple[str, ...]:
    """The ways in which people type a stored number: with its country's code, and whole without it,
    as at home (0151 …) and bare (151 …)."""
    try:
        read = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return (digits,)
    home = phonenumbers.format_number(read, PhoneNumberFormat.NATIONAL)
    bare = phonenumbers.national_significant_number(read)
    return tuple(dict.fromkeys((digits, re.sub(r"\D", "", home), bare)))


def masked_email(address: str) -> str:
    """Like a•••@example.com: enough for its owner to know which one is meant."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}{MASK}@{host}"


def masked_phone(digits: str) -> str:
    """Like •••00: the last two digits."""
    return f"{MASK}{digits[-2:]}"
