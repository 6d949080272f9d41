"""Sockets, streams and fresh chats by the hundred, as `python -m tests.proofs.attack connections`
tries them by the thousand."""

from pathlib import Path

from tests.proofs.attack import Ground
from tests.proofs.attack.connections import attack


async def test_sockets_streams_and_fresh_chats_keep_nobody_out(
    demo_index_dir: Path, tmp_path: Path
) -> None:
    rows = await attack(Ground(tmp_path, demo_index_dir, short=True))
    assert [row for row in rows if not row.held] == []
