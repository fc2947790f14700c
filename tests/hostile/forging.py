"""What the corpus of hostile files is made of: the mark that must not come through, and the parts of real formats."""

import base64
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image

MARK = b"HOSTILE-MARK"
FIXTURES = Path(__file__).parent

JPEG, PNG, PDF = "jpeg", "png", "pdf"


@dataclass(frozen=True)
class Hostile:
    """One file: `becomes` is the kind it is made into, or the codes of which one refuses it.

    `never` are byte strings that must not be found in what comes out, packed or unpacked.
    """

    content: bytes
    becomes: str = ""
    refused: tuple = ()
    never: tuple = (MARK,)


def kept(name):
    """Return a file that is made by a program we do not have, kept as text beside this one."""
    return base64.b64decode((FIXTURES / f"{name}.base64").read_text())


def refused(content, *codes):
    return Hostile(content, refused=codes)


def picture(size=(40, 30)):
    """Return a picture whose upper left quarter is blue and whose rest is red."""
    made = Image.new("RGB", size, (200, 30, 30))
    made.paste((30, 30, 200), (0, 0, size[0] // 2, size[1] // 2))
    return made


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def jpeg(**options):
    return saved(picture(), "JPEG", quality=95, **options)


def png(**options):
    return saved(picture(), "PNG", **options)


def chunk(name, content):
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def header(width, height, depth=8, colour=2):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def segment(marker, content):
    """Return one segment of a JPEG file."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def into_jpeg(*segments):
    """Return a JPEG file with these segments after its beginning."""
    whole = jpeg()
    return whole[:2] + b"".join(segments) + whole[2:]


def document(change=None, **options):
    """Return a PDF file of one page with a line of text, changed by `change(pdf, page)`."""
    made = pikepdf.Pdf.new()
    page = made.add_blank_page(page_size=(300, 200))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    page.obj.Contents = made.make_stream(b"BT /F1 12 Tf 20 100 Td (Shown text) Tj ET")
    if change is not None:
        change(made, page.obj)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library knows that such a document is odd
        made.save(file, **options)
    return file.getvalue()


def zeros(megabytes):
    """Return a zlib stream that unpacks to so many megabytes of zeros: one block many times, and the checksum."""
    packing = zlib.compressobj(9)
    first = packing.compress(bytes(1 << 20)) + packing.flush(zlib.Z_FULL_FLUSH)
    block = packing.compress(bytes(1 << 20)) + packing.flush(zlib.Z_FULL_FLUSH)
    checksum = (((megabytes << 20) % 65521) << 16) | 1
    return first + block * (megabytes - 1) + b"\x03\x00" + checksum.to_bytes(4)


def bare_pdf(*objects, trailer="/Root 1 0 R", xref=None):
    """Return a PDF file of these objects' texts, numbered from 1, with a table of where they are."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + text + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    end = start if xref is None else xref
    return bytes(out + f"trailer\n<< /Size {len(objects) + 1} {trailer} >>\nstartxref\n{end}\n%%EOF\n".encode())
