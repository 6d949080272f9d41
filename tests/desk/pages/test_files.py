"""Shoppers' files at the desk: behind the login, shown or downloaded without any rights."""

import pytest

from bot.conversations import attachments
from bot.conversations.uploads import picture_type
from bot.database.db import Database
from bot.database.tables import AttachmentRow, TicketRow, TurnRow
from bot.desk.pages.files import disposition
from bot.types import now
from tests.support.desk_shop import escalated
from tests.support.desk_visit import Desk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def received(
    database: Database, name: str, content: bytes | None, kind: str = "photo", **fields: str
) -> tuple[int, int]:
    """A ticket whose shopper sent a file; the ticket's id and the file's."""
    with database.begin() as session:
        ticket_id = escalated(session)
        ticket = session.get_one(TicketRow, ticket_id)
        turn = TurnRow(
            conversation_id=ticket.conversation_id, author="shopper", text="[photo]", language="en"
        )
        session.add(turn)
        session.flush()
        row = AttachmentRow(
            conversation_id=ticket.conversation_id,
            turn_id=turn.id or 0,
            kind=kind,
            name=name,
            media_type=fields.get("media_type", "image/png"),
            size=len(content or b""),
            remote_id="f",
            content=content,
            status=fields.get("status", "kept" if content else "open"),
            error=fields.get("error"),
        )
        session.add(row)
        session.flush()
        return ticket_id, row.id or 0


def test_photo_is_shown_in_the_conversation_and_has_no_rights(
    desk: Desk, database: Database
) -> None:
    ticket_id, file_id = received(database, "photo.jpg", PNG)
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{ticket_id}").text
    assert f'<img src="/desk/files/{file_id}"' in page
    response = desk.get(f"/desk/files/{file_id}")
    assert response.content == PNG
    assert response.headers["content-type"] == "image/png"
    assert response.headers["content-disposition"].startswith("inline;")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("name", "content", "given"),
    [
        ("page.html", b"<script>alert(1)</script>", "text/html"),
        ("picture.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"),
        ("photo.png", b"<html>not a picture", "image/png"),
        ("发票.pdf", b"%PDF-1.7", "application/pdf"),
    ],
)
def test_everything_else_is_downloaded_as_bytes(
    desk: Desk, database: Database, name: str, content: bytes, given: str
) -> None:
    ticket_id, file_id = received(database, name, content, "file", media_type=given)
    desk.enter("Mia")
    response = desk.get(f"/desk/files/{file_id}")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.content == content
    assert name in desk.get(f"/desk/tickets/{ticket_id}").text


def test_nobody_gets_a_file_without_a_login(desk: Desk, database: Database) -> None:
    _, file_id = received(database, "photo.png", PNG)
    response = desk.get(f"/desk/files/{file_id}")
    assert response.status_code == 303
    assert PNG not in response.content


def test_file_that_is_not_here_says_why(desk: Desk, database: Database) -> None:
    ticket_id, file_id = received(
        database, "film.mov", None, "video", status="dead", error="too_big"
    )
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{ticket_id}").text
    assert "could not be fetched: larger than 20 MB" in page
    assert desk.get(f"/desk/files/{file_id}").status_code == 404
    assert desk.get("/desk/files/999").status_code == 404


def test_file_that_arrives_later_reaches_the_open_page(desk: Desk, database: Database) -> None:
    ticket_id, file_id = received(database, "bill.pdf", None, "file")
    desk.enter("Mia")
    assert "on its way" in desk.get(f"/desk/tickets/{ticket_id}").text
    with database.begin() as session:
        attachments.claim(session, "web", at=now(), lease=now() - now(), limit=1)
        attachments.keep(session, file_id, b"%PDF")
    fragment = desk.get(f"/desk/tickets/{ticket_id}/fragment?after=999").text
    assert f'href="/desk/files/{file_id}" download' in fragment


def test_voice_can_be_heard_in_the_page(desk: Desk, database: Database) -> None:
    ticket_id, file_id = received(database, "voice.ogg", b"OggS", "voice", media_type="audio/ogg")
    desk.enter("Mia")
    page = desk.get(f"/desk/tickets/{ticket_id}")
    assert f'<audio controls preload="none" src="/desk/files/{file_id}">' in page.text
    assert "media-src 'self'" in page.headers["content-security-policy"]
    assert desk.get(f"/desk/files/{file_id}").headers["content-type"] == "audio/ogg"


def test_pictures_are_known_by_their_first_bytes() -> None:
    kinds = [picture_type(each) for each in (PNG, b"\xff\xd8\xff\xe0", b"GIF89a", b"GIF87a")]
    assert kinds == ["image/png", "image/jpeg", "image/gif", "image/gif"]
    assert picture_type(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert picture_type(b"RIFF\x00\x00\x00\x00AVI ") is None
    assert picture_type(b"") is None


def test_any_name_is_a_safe_header() -> None:
    value = disposition('a"b\r\nSet-Cookie: x; 发票.pdf', inline=False)
    assert "\r" not in value
    assert "\n" not in value
    assert value.count('"') == 2
    assert value.endswith("%E5%8F%91%E7%A5%A8.pdf")
