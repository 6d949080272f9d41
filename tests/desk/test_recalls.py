"""The admins' page of corrections: who was told the old words is written to, once."""

from datetime import timedelta

from bot.conversations import bursts, inbox
from bot.knowledge.entry import version_of
from bot.types import Chat, Incoming, Say, Source, now
from tests.desk.test_gaps import Shop, desk, shop  # noqa: F401
from tests.support.desk_visit import Desk, outbox_texts

OLD, NEW = "Towels come back for 30 days.", "Towels come back for 14 days."


def write(shop: Shop, answer: str) -> None:  # noqa: F811
    row = f"- {{id: returns, question: Returns?, answer: {answer}}}\n"
    (shop.knowledge / "returns.yaml").write_text(row, encoding="utf-8")
    shop.build()


def told(desk: Desk, chat: str) -> None:  # noqa: F811
    with desk.database.begin() as session:
        said = Incoming(Chat("web", chat), f"m-{chat}", "Returns?")
        inbox.accept(session, said, backlog_cap=99, at=now())
        (claim,) = bursts.claim(session, "t:1:a", at=now(), lease=timedelta(seconds=30), limit=9)
        source = Source("returns", "returns.yaml", 0.9, "Returns?", version=version_of(OLD))
        bursts.finish(
            session, claim, Say(OLD, "en", sources=(source,)), at=now(), moods={}, audit={}
        )


def test_a_correction_is_approved_and_sent_once(desk: Desk, shop: Shop) -> None:  # noqa: F811
    write(shop, OLD)
    told(desk, "a")
    told(desk, "b")
    desk.enter("Mia")
    assert "still holds" in desk.get("/desk/recalls").text
    write(shop, NEW)
    assert "shoppers to write to: 2" in desk.get("/desk/recalls").text
    page = "/desk/recalls/entry?entry=returns"
    shown = desk.get(page).text
    assert OLD in shown
    assert NEW in shown
    version = version_of(NEW)
    fields = {"entry": "returns", "text-en": f"Sorry: {NEW}"}
    assert desk.post("/desk/recalls/send", page, **fields, version="x").status_code == 409
    empty = fields | {"text-en": " "}
    assert desk.post("/desk/recalls/send", page, **empty, version=version).status_code == 400
    token = desk.token(page)
    done = desk.post("/desk/recalls/send", page, **fields, version=version)
    assert done.headers["location"] == "/desk/recalls?sent=2"
    again = {"csrf": token, **fields, "version": version}
    assert desk.client.post("/desk/recalls/send", data=again).status_code == 404
    assert outbox_texts(desk.database).count(f"Sorry: {NEW}") == 2
    assert len(desk.told) == 2
    assert "Shoppers: 2" in desk.get("/desk/recalls?sent=2").text
    assert "sent a correction" in desk.get("/desk/audit").text


def test_it_can_be_left_and_is_for_admins(desk: Desk, shop: Shop) -> None:  # noqa: F811
    write(shop, NEW)
    told(desk, "a")
    desk.enter("Noor")
    assert desk.get("/desk/recalls").status_code == 403
    desk.enter("Mia")
    page = "/desk/recalls/entry?entry=returns"
    assert desk.post("/desk/recalls/leave", page, entry="returns").status_code == 303
    assert "still holds" in desk.get("/desk/recalls").text
