"""The catalogue's products, for commands of the studio."""

from bot.errors import BuildError, EncoderError
from bot.settings import Settings
from bot.studio.wares import Wares, wares_of


def wares(settings: Settings) -> Wares:
    """The products of the current index; none without one."""
    from bot.catalogue.table import Table
    from bot.knowledge.index import CurrentIndex

    try:
        entries = CurrentIndex(settings.bot_index_dir).get().entries.values()
    except (BuildError, EncoderError):
        return {}
    return wares_of(Table(entries).products)
