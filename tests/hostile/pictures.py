"""Hostile pictures: what hides in them or behind them, what is too much, and what is not whole."""

import io
import struct
import zipfile
import zlib

from PIL import Image, PngImagePlugin

from tests.hostile.forging import (
    JPEG,
    MARK,
    PNG,
    Hostile,
    chunk,
    header,
    into_jpeg,
    jpeg,
    kept,
    picture,
    png,
    png_of,
    refused,
    saved,
    segment,
    zeros,
)

DAMAGED, TYPE, HUGE, COMPLEX = "file_damaged", "file_type", "file_too_large_picture", "file_too_complex"
PHP = b"<?php system('HOSTILE-MARK'); ?>"
HTML = b"<html><script>alert('HOSTILE-MARK')</script></html>"
GIF = b"GIF89a/*" + MARK + b"*/=1;alert(1)"
XMP = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + MARK + b"</x:xmpmeta>"


def corpus():
    return _beside() | _too_much() | _not_whole() | _not_what_they_say()


def _archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil/Main.class", MARK)
    return file.getvalue()


def _with_place():
    exif = Image.Exif()
    exif[0x010E], exif[0x0112], exif[0x9286] = MARK.decode(), 6, MARK.decode()
    exif[0x8825] = {1: "N", 2: (55.0, 40.0, 30.0), 3: "E", 4: (12.0, 30.0, 0.0), 29: MARK.decode()}
    return exif.tobytes()


def _beside():
    never = (MARK, b"<?php", b"<script", b"PK\x03\x04", b"Exif", b"xmpmeta")
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", MARK.decode() * 20, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{MARK.decode()}</x:xmpmeta>")
    frames = [picture(), Image.new("RGB", (40, 30), "green")]
    made = {
        "JPEG with ZIP behind it (GIFAR)": (jpeg() + _archive(), JPEG),
        "JPEG with PHP in its comment": (into_jpeg(segment(0xFE, PHP)), JPEG),
        "JPEG with PHP behind it": (jpeg() + PHP, JPEG),
        "JPEG with HTML in its comment": (into_jpeg(segment(0xFE, HTML)), JPEG),
        "JPEG with a PDF behind it": (jpeg() + b"%PDF-1.7\n" + MARK, JPEG),
        "JPEG with the place in EXIF": (saved(picture(), "JPEG", exif=_with_place()), JPEG),
        "JPEG with XMP": (into_jpeg(segment(0xE1, XMP)), JPEG),
        "JPEG with IPTC": (into_jpeg(segment(0xED, b"Photoshop 3.0\x008BIM" + MARK)), JPEG),
        "JPEG with words in its colour profile": (into_jpeg(segment(0xE2, b"ICC_PROFILE\x00\x01\x01" + MARK)), JPEG),
        "JPEG with 255 colour profiles": (
            into_jpeg(*(segment(0xE2, b"ICC_PROFILE\x00" + bytes((n, 255)) + MARK * 4000) for n in range(1, 120))),
            JPEG,
        ),
        "JPEG with EXIF that points at itself": (into_jpeg(segment(0xE1, _looped_exif())), JPEG),
        "JPEG with a preview of MPF": (into_jpeg(segment(0xE2, b"MPF\x00" + MARK)), JPEG),
        "PNG with the place in EXIF": (saved(picture(), "PNG", exif=_with_place()), PNG),
        "PNG with words": (saved(picture(), "PNG", pnginfo=texts), PNG),
        "PNG with ZIP behind it": (png() + _archive(), PNG),
        "PNG with HTML in a chunk of its own": (png()[:-12] + chunk(b"htMl", HTML) + png()[-12:], PNG),
        "PNG of several pictures": (
            saved(frames[0], "PNG", save_all=True, append_images=frames[1:], pnginfo=texts),
            PNG,
        ),
        "HEIC with place, words and XMP": (kept("place.heic"), JPEG),
        "HEIC with PHP behind it": (kept("place.heic") + PHP, JPEG),
    }
    return {name: Hostile(content, kind, never=(*never, b"MARKER-")) for name, (content, kind) in made.items()}


def _looped_exif():
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8) + MARK


def _too_much():
    row = zlib.compress(bytes(3 * 60_000 + 1) * 200, 9)
    bomb, text = zeros(5000), zeros(50)
    end = chunk(b"IEND", b"")
    return {
        "PNG of 60,000 by 60,000 pixels": refused(png_of(header(60_000, 60_000), chunk(b"IDAT", row), end), HUGE),
        "PNG of 5 GB": refused(png_of(header(19_999, 19_999), chunk(b"IDAT", bomb), end), HUGE),
        "PNG that unpacks to more than it says": Hostile(
            png_of(header(40, 30), chunk(b"IDAT", bomb), end), PNG, (DAMAGED, COMPLEX)
        ),
        "PNG of a single row of 2,000 million pixels": refused(
            png_of(header(2_000_000_000, 1), chunk(b"IDAT", row), end), HUGE
        ),
        "PNG without pixels": refused(png_of(header(0, 0), chunk(b"IDAT", b""), end), HUGE, DAMAGED),
        "PNG whose words unpack to 50 MB": Hostile(
            png_of(header(40, 30), chunk(b"zTXt", b"c\x00\x00" + text), *_rest_of_png()), PNG, (DAMAGED, COMPLEX)
        ),
        "PNG whose colour profile unpacks to 50 MB": Hostile(
            png_of(header(40, 30), chunk(b"iCCP", b"c\x00\x00" + text), *_rest_of_png()), PNG, (DAMAGED, COMPLEX)
        ),
        "PNG of 100,000 chunks": Hostile(
            png()[:-12] + chunk(b"teXt", MARK) * 100_000 + png()[-12:], PNG, (DAMAGED, COMPLEX)
        ),
        "JPEG of 65,500 by 65,500 pixels": refused(_resized(jpeg(), 65_500, 65_500), HUGE),
        "JPEG that says it is larger than it is": Hostile(_resized(jpeg(), 9_000, 9_000), JPEG, (DAMAGED, COMPLEX)),
        "JPEG of 4,000 scans": Hostile(_many_scans(), JPEG, (DAMAGED, COMPLEX)),
        "HEIC of 32 million pixels": refused(kept("bomb.heic"), HUGE),
        "JPEG of 10 MB and one byte": refused(jpeg().ljust(10_000_001, b"\x00"), "file_too_large"),
        "JPEG of 10 MB of nothing behind it": Hostile(jpeg().ljust(10_000_000, b"\x00"), JPEG),
    }


def _rest_of_png():
    return chunk(b"IDAT", zlib.compress((b"\x00" + b"\x80" * 120) * 30)), chunk(b"IEND", b"")


def _resized(content, width, height):
    """Return the JPEG with another size in its frame header."""
    place = content.index(b"\xff\xc0") + 5
    return content[:place] + struct.pack(">HH", height, width) + content[place + 4 :]


def _many_scans():
    whole = saved(picture((64, 64)), "JPEG", progressive=True)
    place = whole.rindex(b"\xff\xda")
    return whole[:place] + whole[place:-2] * 4000 + whole[-2:]


def _not_whole():
    heic = kept("place.heic")
    flipped = bytearray(png())
    flipped[60] ^= 0xFF
    return {
        "JPEG cut in half": refused(jpeg()[: len(jpeg()) // 2], DAMAGED),
        "JPEG of its first bytes": refused(jpeg()[:12], DAMAGED),
        "PNG cut in half": refused(png()[:70], DAMAGED),
        "PNG of its first bytes": refused(png()[:8], DAMAGED),
        "PNG with a bit that has flipped": refused(bytes(flipped), DAMAGED),
        "HEIC cut in half": refused(heic[: len(heic) // 2], DAMAGED),
        "HEIC of its first box": refused(heic[:28], DAMAGED),
        "HEIC whose boxes are longer than it": refused(heic[:28] + b"\xff\xff\xff\xf0meta" + heic[36:], DAMAGED),
        "HEIC whose picture is noise": refused(heic[:-300] + bytes(range(256)) + heic[-44:], DAMAGED),
    }


def _not_what_they_say():
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    return {
        "nothing": refused(b"", "file_empty"),
        "SVG called PNG": refused(svg, TYPE),
        "HTML called JPEG": refused(HTML, TYPE),
        "GIF with a script": refused(GIF, TYPE),
        "JPEG behind a blank": refused(b" " + jpeg(), TYPE),
        "ZIP with a JPEG behind it": refused(_archive() + jpeg(), TYPE),
        "program": refused(b"MZ\x90\x00" + MARK, TYPE),
        "program of Linux": refused(b"\x7fELF" + MARK, TYPE),
        "TIFF": refused(saved(picture(), "TIFF"), TYPE),
        "WebP": refused(b"RIFF\x00\x00\x00\x00WEBPVP8 " + MARK, TYPE),
        "film": refused(b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + MARK, TYPE),
        "JPEG of a PNG's body": refused(b"\xff\xd8\xff" + png()[3:], DAMAGED),
        "PNG of a JPEG's body": refused(b"\x89PNG\r\n\x1a\n" + jpeg(), DAMAGED),
    }
