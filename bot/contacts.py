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


def masked_email(address: str) -> str:
    """Like a•••@example.com: enough for its owner to know which one is meant."""
    name, _, host = address.rpartition("@")
    return f"{name[:1]}{MASK}@{host}"


def masked_phone(digits: str) -> str:
    """Like •••00: the last two digits."""
    return f"{MASK}{digits[-2:]}"
