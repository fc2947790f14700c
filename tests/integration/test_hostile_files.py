"""Every file of the corpus, through the process that opens files: refused with its reason, or made harmless."""

import io
import signal
import subprocess
import sys
import time

import pikepdf
import pytest
from PIL import Image

from sanitising.kinds import UnsafeFileError
from sanitising.limits import MOST_MEMORY, MOST_SECONDS
from sanitising.workshop import Workshop
from tests.hostile import broken_documents, documents, pictures
from tests.hostile.forging import FIXTURES, document, jpeg, picture, png, saved
from tests.source_tree import ROOT

CORPUS = pictures.corpus() | documents.corpus() | broken_documents.corpus()
PIECE = 64 * 1024


@pytest.fixture(scope="module")
def workshop():
    made = Workshop()
    yield made
    made.close()


def put_through(workshop, content):
    """Return the kind and the bytes that a file is made into, or the code that refuses it."""
    with workshop.opening() as opening:
        for start in range(0, len(content), PIECE):
            opening.feed(content[start : start + PIECE])
        try:
            made = opening.finish()
        except UnsafeFileError as error:
            return error.code, b""
        return made.kind.value, b"".join(opening.pieces())


def unpacked(kind, content):
    """Return everything that can be found in what came out: its bytes, and what they unpack to."""
    if kind != "pdf":
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            return content + repr(image.info).encode()
    with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
        assert pdf.check_pdf_syntax() == []
        found = [content, repr(pdf.trailer).encode()]
        for each in pdf.objects:
            found.append(each.unparse(resolved=True))
            if isinstance(each, pikepdf.Stream):
                found.append(each.read_bytes())
        return b"\n".join(found)


@pytest.mark.rule("V18", "V19", "EKO-1")
@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_file_is_refused_or_made_harmless(workshop, name):
    hostile, begun = CORPUS[name], time.monotonic()
    came, content = put_through(workshop, hostile.content)
    assert time.monotonic() - begun < MOST_SECONDS + 1
    if not content:
        assert came in hostile.refused
        return
    assert came == hostile.becomes
    found = unpacked(came, content)
    assert [each for each in hostile.never if each in found] == []


@pytest.mark.rule("V18")
def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 60


def large(kind, **options):
    """Return about the largest picture that is taken."""
    return saved(Image.effect_noise((5900, 4200), 5).convert("RGB"), kind, **options)


@pytest.mark.rule("V18")
@pytest.mark.parametrize(
    ("make", "becomes"),
    [
        (lambda: large("JPEG", quality=40), "jpeg"),
        (lambda: CORPUS["PNG that unpacks to more than it says"].content, "png"),
        (lambda: CORPUS["PDF of 60,000 objects"].content, "file_too_complex"),
    ],
)
def test_no_file_takes_more_memory_than_it_may(make, becomes):
    command = [sys.executable, FIXTURES / "measuring.py"]
    ran = subprocess.run(
        command, input=make(), env={"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=30, check=True
    )
    came, memory = ran.stdout.split()
    assert came.decode() == becomes
    assert int(memory) * 1024 <= MOST_MEMORY


@pytest.mark.rule("EKO-1")
def test_what_is_harmless_looks_as_before(workshop):
    kind, content = put_through(workshop, jpeg())
    assert kind == "jpeg"
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (40, 30)
        blue, red = image.getpixel((5, 5)), image.getpixel((35, 25))
        assert blue[2] > 150 > blue[0]
        assert red[0] > 150 > red[2]
    see_through = picture().convert("RGBA")
    see_through.putalpha(100)
    kind, content = put_through(workshop, saved(see_through, "PNG"))
    with Image.open(io.BytesIO(content)) as image:
        assert (kind, image.mode, image.getpixel((35, 25))) == ("png", "RGBA", (200, 30, 30, 100))


@pytest.mark.rule("EKO-1")
def test_a_picture_is_turned_before_its_orientation_is_lost(workshop):
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side: to be turned clockwise
    for content in (saved(picture(), "JPEG", exif=exif, quality=95), saved(picture(), "PNG", exif=exif)):
        _, made = put_through(workshop, content)
        with Image.open(io.BytesIO(made)) as image:
            assert image.size == (30, 40)
            assert image.getpixel((25, 5))[2] > 150  # blue was in the upper left


@pytest.mark.rule("EKO-1")
def test_a_document_still_shows_its_text_and_what_was_filled_in(workshop):
    kind, content = put_through(workshop, document(documents._field()))
    assert kind == "pdf"
    found = unpacked(kind, content)
    assert b"Shown text" in found
    assert b"filled in" in found


def test_what_is_made_of_a_picture_can_be_sent_again(workshop):
    kind, once = put_through(workshop, png())
    assert put_through(workshop, once) == (kind, once)


@pytest.mark.rule("V18")
def test_the_process_that_waits_may_die_without_harm_to_a_file(workshop):
    with workshop.opening() as opening:
        opening.feed(jpeg())
        made = opening.finish()
        workshop._process.kill()
        workshop._process.wait()
        assert len(b"".join(opening.pieces())) == made.size  # the copy of it that works on this file lives on
    assert put_through(workshop, jpeg())[0] == "jpeg"


@pytest.mark.rule("V18")
def test_who_opens_a_file_can_reach_nothing_and_is_ended_in_time(tmp_path):
    """What a file would do that took over the process: each is tried in a process bound in the same way."""
    tries = FIXTURES / "escaping.py"
    ran = subprocess.run(
        [sys.executable, tries, tmp_path / "file"], env={"PYTHONPATH": str(ROOT)}, timeout=20, check=False
    )
    assert ran.returncode == -signal.SIGALRM
