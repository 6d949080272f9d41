"""What may be uploaded, and what of it is kept: the picture, and nothing that was noted in it."""

import io
import struct

import pytest
from PIL import Image

from bot.conversations.uploads import MAX_UPLOAD, bare, uploaded
from bot.errors import InputError


def picture(kind: str, *, orientation: int = 1) -> bytes:
    """A small picture that says where it was taken, and has something behind its end."""
    image, out = Image.new("RGB", (8, 4), (200, 30, 30)), io.BytesIO()
    noted = Image.Exif()
    noted[0x0112] = orientation
    noted[0x010F] = "SECRET camera"
    noted.get_ifd(0x8825)[1] = "N"
    image.save(out, kind, exif=noted, comment=b"SECRET place" if kind == "JPEG" else None)
    return out.getvalue() + b"SECRET behind"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_notes_goes_and_the_picture_stays(kind: str) -> None:
    given = picture(kind)
    kept = uploaded("a.jpg", given).content
    assert kept is not None
    assert b"SECRET" in given
    assert b"SECRET" not in kept
    with Image.open(io.BytesIO(kept)) as image, Image.open(io.BytesIO(given)) as before:
        assert image.tobytes() == before.tobytes()
        assert dict(image.getexif()) == {}


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_which_way_is_up_stays(orientation: int) -> None:
    kept = bare(picture("JPEG", orientation=orientation))
    with Image.open(io.BytesIO(kept)) as image:
        assert image.getexif().get(0x0112, 1) == orientation
        assert image.size == (8, 4)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("robe.exe", "robe.jpg"),
        ("../../etc/pass\x00wd", "etcpasswd.jpg"),
        ("<img src=x>.png", "<img src=x>.jpg"),
        ("", "photo.jpg"),
        ("照片.JPEG", "照片.jpg"),
        ("x" * 300 + ".jpg", "x" * 100 + ".jpg"),
    ],
)
def test_a_file_is_called_what_it_is(name: str, kept: str) -> None:
    assert uploaded(name, picture("JPEG")).name == kept


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"PK\x03\x04"],
)
def test_nothing_that_could_run_is_taken(content: bytes) -> None:
    with pytest.raises(InputError, match="Only pictures"):
        uploaded("a.png", content)


def test_too_much_is_not_taken() -> None:
    with pytest.raises(InputError, match="10 MB"):
        uploaded("a.pdf", b"%PDF-" + bytes(MAX_UPLOAD))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_pictures_are_refused_and_never_crash(kind: str) -> None:
    whole = picture(kind)
    for end in range(12, len(whole), 7):
        for broken in (whole[:end], whole[:end] + b"\xff" * 9 + whole[end + 9 :]):
            try:
                uploaded("a", broken)
            except InputError:
                continue


def test_a_length_that_lies_ends_it() -> None:
    with pytest.raises(InputError):
        uploaded("a", b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 2**31, b"IHDR") + bytes(20))
