"""Files in the web chat over HTTP: what is taken, and whose they are to see."""

from uuid import uuid4

from sqlmodel import select
from starlette.testclient import TestClient

from bot.channels.web.limits import MAX_FILES
from bot.conversations import attachments, conversation
from bot.conversations.uploads import MAX_UPLOAD, uploaded
from bot.database.tables import AttachmentRow, ConversationRow, TurnRow
from bot.types import Author, now
from tests.channels.web.test_channel import Shop, shop

__all__ = ["shop"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND\xaeB`\x82"


def upload(client: TestClient, content: bytes = PNG, number: str = "", **headers: str) -> int:
    path = f"/api/chat/files?id={number or uuid4()}"
    given = {"X-File-Name": "..%2Fbroken%20lid.exe", **headers}
    return client.post(path, content=content, headers=given).status_code


def files(client: TestClient) -> list[dict[str, object]]:
    turns = client.get("/api/chat/turns").json()["turns"]
    return [file for turn in turns for file in turn["files"]]


def test_a_picture_is_a_message_that_is_stored_once(shop: Shop) -> None:
    client, number = shop.browser(), str(uuid4())
    assert [upload(client, number=number) for _ in range(2)] == [202, 202]
    [file] = files(client)
    assert (file["name"], file["photo"]) == ("broken lid.png", True)
    answer = client.get(str(file["url"]))
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert shop.repeater.accepted[0].choice == "media:photo"


def test_a_pdf_is_downloaded_and_never_shown(shop: Shop) -> None:
    client = shop.browser()
    assert upload(client, b"%PDF-1.7 <script>") == 202
    answer = client.get(str(files(client)[0]["url"]))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_what_is_no_picture_too_large_or_from_elsewhere_is_refused(shop: Shop) -> None:
    client = shop.browser()
    assert upload(client, b"<svg onload=alert(1)>") == 415
    assert upload(client, PNG[:16]) == 415
    assert upload(client, b"%PDF-" + bytes(MAX_UPLOAD)) == 413
    assert upload(client, number="no-uuid") == 400
    assert upload(client, Origin="https://elsewhere.example") == 403
    assert files(client) == []


def test_nobody_sees_another_shoppers_file(shop: Shop) -> None:
    anna, bert = shop.browser(), shop.browser()
    upload(anna)
    url = str(files(anna)[0]["url"])
    assert bert.get(url).status_code == 404
    upload(bert)
    assert bert.get(url).status_code == 404
    assert anna.get("/api/chat/files/99999999999").status_code == 404


def test_what_was_said_to_another_customer_stays_hidden(shop: Shop) -> None:
    client = shop.browser()
    upload(client)
    with shop.db.begin() as session:
        row = session.exec(select(ConversationRow)).one()
        turn = conversation.add_turn(session, row.id or 0, Author.AGENT, "bill.pdf", "en")
        attachments.add(session, row.id or 0, turn.id, [uploaded("bill", b"%PDF-1")], at=now())
        kept = session.exec(select(AttachmentRow.id).where(AttachmentRow.turn_id == turn.id)).one()
    assert client.get(f"/api/chat/files/{kept}").status_code == 200
    with shop.db.begin() as session:
        said = session.get_one(TurnRow, turn.id)
        said.meta = {**said.meta, "said_to": "C-7"}
    assert client.get(f"/api/chat/files/{kept}").status_code == 404
    assert len(files(client)) == 1


def test_one_chat_may_not_flood_the_shop(shop: Shop) -> None:
    client = shop.browser()
    assert {upload(client, b"no") for _ in range(MAX_FILES)} == {415}
    assert upload(client) == 429
