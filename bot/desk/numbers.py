"""A row's number in an address: `{name:row}` in a route."""

from starlette.convertors import Convertor, register_url_convertor


class RowId(Convertor[int]):
    """At most what a database's integer holds, so that a longer one is an address that does not
    exist instead of an error."""

    regex = "[0-9]{1,9}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


def register() -> None:
    """Let routes say `:row`; again is harmless."""
    register_url_convertor("row", RowId())
