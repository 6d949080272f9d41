"""Letters out: over real SMTP, into a folder, and what is said when it does not work."""

import stat
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.customers.mail import Smtp, mailer
from bot.errors import DeliveryError, SettingsError
from tests.support.smtp import mail_server, own_certificate

SHOP = "Juniper & Tide <codes@juniperandtide.example>"
TEXT = "123456 是您的验证码。\n.\nIt works for 10 minutes.\n"


def test_a_letter_arrives_over_smtp_with_every_line() -> None:
    with mail_server() as server:
        mailer(server.url, SHOP).send("anna@example.com", "您的验证码", TEXT)
        [letter] = server.letters
        assert server.recipients == ["anna@example.com"]
    assert letter["Subject"] == "您的验证码"
    assert letter["From"] == SHOP
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == TEXT.splitlines()


def test_a_login_is_used_where_there_is_one() -> None:
    with mail_server(password="p@ss word") as server:
        url = server.url.replace("smtp://", "smtp://shop:p%40ss%20word@")
        mailer(url, SHOP).send("anna@example.com", "Code", TEXT)
        assert len(server.letters) == 1
        wrong = server.url.replace("smtp://", "smtp://shop:other@")
        with pytest.raises(DeliveryError) as raised:
            mailer(wrong, SHOP).send("anna@example.com", "Code", TEXT)
    assert raised.value.key == "mail.refused_login"
    assert "anna" not in raised.value.message("en")


@pytest.mark.parametrize(
    ("refuse", "key", "again"),
    [
        ("RCPT", "mail.refused_address", False),
        ("MAIL", "mail.refused_sender", True),
        ("DATA", "mail.unreachable", True),
    ],
)
def test_a_refusal_says_whether_trying_again_helps(refuse: str, key: str, again: bool) -> None:
    with mail_server(refuse=refuse) as server, pytest.raises(DeliveryError) as raised:
        mailer(server.url, SHOP).send("anna@example.com", "Code", TEXT)
    assert raised.value.key == key
    assert (raised.value.retry_after is not None) == again


def test_a_server_that_is_not_there_is_named(unused_tcp_port: int) -> None:
    with pytest.raises(DeliveryError) as raised:
        mailer(f"smtp://127.0.0.1:{unused_tcp_port}", SHOP).send("anna@example.com", "Code", TEXT)
    assert "BOT_SMTP_URL" in raised.value.message("en")


def test_an_address_cannot_bring_headers_of_its_own() -> None:
    with mail_server() as server, pytest.raises(ValueError, match="Header values"):
        mailer(server.url, SHOP).send("a@b.example\r\nBcc: eve@b.example", "Code", TEXT)


def test_while_developing_letters_are_files_for_oneself(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    mailer(f"file:{folder}", SHOP).send("anna@example.com", "Code", TEXT)
    [file] = folder.iterdir()
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert letter.get_content() == TEXT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("implicit", [True, False])
def test_letters_and_passwords_go_by_tls_to_a_server_that_is_trusted(
    implicit: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = own_certificate(tmp_path)
    with mail_server(password="pass", certificate=certificate, implicit=implicit) as server:
        sends = mailer(server.url.replace("://", "://shop:pass@"), SHOP)
        with pytest.raises(DeliveryError) as raised:
            sends.send("anna@example.com", "Code", TEXT)
        assert raised.value.key == "mail.bad_certificate"
        assert "AUTH" not in server.verbs
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert sends.check()
        assert server.letters == []
        sends.send("anna@example.com", "Code", TEXT)
        assert len(server.letters) == 1


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://mail.example", 587, False),
        ("smtps://mail.example", 465, True),
        ("smtp://mail.example:25", 25, False),
    ],
)
def test_ports_follow_the_scheme(url: str, port: int, tls: bool) -> None:
    server = mailer(url, SHOP)
    assert isinstance(server, Smtp)
    assert (server.port, server.tls) == (port, tls)


@pytest.mark.parametrize("url", ["", "mail.example", "http://x", "smtp://", "smtp://x:y", "file:"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        mailer(url, SHOP)
