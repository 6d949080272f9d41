"""Where the desk meets the knowledge: its builds, golden questions and examples."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.desk.pages.rooms import BuildView, GoldenView
from bot.errors import DeskhandError, InputError
from bot.knowledge import builds, examples, golden
from bot.knowledge.builds import Build


class KnowledgeRoom:
    """`rooms.Room` over one shop's folders."""

    def __init__(self, index_dir: Path, knowledge_dir: Path) -> None:
        self._index_dir = index_dir
        self._knowledge_dir = knowledge_dir

    async def builds(self) -> Sequence[BuildView]:
        """Each file is compared with its checksum, which takes a second or more."""
        found = await asyncio.to_thread(builds.list_builds, self._index_dir)
        return [_view(build) for build in found]

    async def serve(self, build: str) -> None:
        await asyncio.to_thread(builds.rollback, self._index_dir, build)

    async def golden(self) -> tuple[Sequence[GoldenView], DeskhandError | None]:
        try:
            asked = await asyncio.to_thread(golden.read, self._knowledge_dir)
        except InputError as error:
            return [], error
        return [GoldenView(each.question, sorted(each.expected)) for each in asked], None

    async def keep(self, question: str, entries: Sequence[str]) -> None:
        expect = list(entries) or None
        await asyncio.to_thread(golden.keep, self._knowledge_dir, question, expect)

    async def forget(self, question: str) -> None:
        await asyncio.to_thread(golden.remove, self._knowledge_dir, question)

    def meanings(self) -> Mapping[str, Sequence[str]]:
        return examples.labels()

    async def teach(self, text: str, head: str, label: str) -> None:
        await asyncio.to_thread(examples.keep, self._knowledge_dir, text, head, label)


def _view(build: Build) -> BuildView:
    manifest, score = build.manifest, build.score
    if manifest is None:
        return BuildView(build.id, build.current, build.intact)
    return BuildView(
        build.id,
        build.current,
        build.intact,
        created=manifest.created,
        entries=sum(manifest.entries.values()),
        passages=sum(manifest.passages.values()),
        golden=score.golden if score else 0,
        met=score.met if score else 0,
        lost=score.lost if score else (),
        asked=score.asked if score else 0,
        changed=score.changed if score else {},
    )
