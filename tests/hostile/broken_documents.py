"""Documents that are too much, or not whole: what swells, what points in circles, what is cut off or locked."""

import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.hostile.documents import COMPLEX, DAMAGED, ENCRYPTED, NEVER, on_page
from tests.hostile.forging import PDF, Hostile, bare_pdf, document, refused, zeros


def corpus():
    return _too_much() | _not_whole()


def _content(data, **members):
    def change(pdf, page):
        page.Contents = pikepdf.Stream(pdf, data, Dictionary(**members))

    return change


def _raw(change):
    return document(change, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def _too_much():
    def pages(pdf, _page):
        for _ in range(300):
            pdf.add_blank_page(page_size=(10, 10))

    def picture(pdf, page):
        members = {"Subtype": Name.Image, "Width": 60_000, "Height": 60_000, "BitsPerComponent": 8}
        page.Resources.XObject = Dictionary(X=pdf.make_stream(b"x", ColorSpace=Name.DeviceGray, **members))

    def many(pdf, _page):
        pdf.Root.Extra = Array([pdf.make_indirect(Dictionary(N=n)) for n in range(60_000)])

    twice = zlib.compress(zeros(400), 9)
    return {
        "PDF of 301 pages": refused(document(pages), "file_too_many_pages"),
        "PDF of 60,000 objects": refused(document(many), COMPLEX),
        "PDF with a page that unpacks to 400 MB": refused(_raw(_content(zeros(400), Filter=Name.FlateDecode)), COMPLEX),
        "PDF with a page that is packed twice": refused(
            _raw(_content(twice, Filter=Array([Name.FlateDecode, Name.FlateDecode]))), COMPLEX
        ),
        "PDF with a page packed nine times": refused(
            _raw(_content(b"x", Filter=Array([Name.ASCIIHexDecode] * 9))), COMPLEX, DAMAGED
        ),
        "PDF with a picture of 3,600 million pixels": refused(document(picture), COMPLEX),
        "PDF whose objects are packed in a bomb": refused(_object_stream_bomb(), COMPLEX, DAMAGED),
        "PDF nested 100,000 deep": refused(_nested(100_000), DAMAGED, COMPLEX),
        "PDF nested 400 deep": Hostile(_nested(400), PDF, (DAMAGED, COMPLEX)),
    }


def _nested(depth):
    deep = b"<< /Type /Catalog /Pages 2 0 R /Deep " + b"[" * depth + b"]" * depth + b" >>"
    return bare_pdf(
        deep, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    )


def _object_stream_bomb():
    bomb = zeros(700)
    stream = f"<< /Type /ObjStm /N 1 /First 6 /Filter /FlateDecode /Length {len(bomb)} >>\nstream\n".encode()
    head = b"%PDF-1.7\n2 0 obj\n" + stream + bomb + b"\nendstream\nendobj\n"
    xref = (
        bytes((0, 0, 0, 0, 0)) + bytes((2, 0, 0, 2, 0)) + bytes((1, 0, 0, 9, 0)) + bytes((1,)) + len(head).to_bytes(3)
    )
    trailer = f"3 0 obj\n<< /Type /XRef /Size 4 /W [1 3 1] /Root 1 0 R /Length {len(xref) + 1} >>\nstream\n".encode()
    return head + trailer + xref + b"\x00\nendstream\nendobj\nstartxref\n" + str(len(head)).encode() + b"\n%%EOF\n"


def _not_whole():
    plain = document()
    catalogue = b"<< /Type /Catalog /Pages 2 0 R >>"
    secret = pikepdf.Encryption(owner="owner", user="user")
    half = pikepdf.Encryption(owner="owner", user="")
    return {
        "PDF with a password": refused(document(encryption=secret), ENCRYPTED),
        "PDF that only its owner may print": refused(document(encryption=half), ENCRYPTED),
        "PDF cut in half": refused(plain[: len(plain) // 2], DAMAGED),
        "PDF of its first line": refused(b"%PDF-1.7\n", DAMAGED),
        "PDF whose table points at itself": refused(
            bare_pdf(catalogue, trailer="/Root 1 0 R /Prev 9", xref=9), DAMAGED
        ),
        "PDF whose tables point in a circle": refused(_circle(), DAMAGED),
        "PDF whose pages are their own child": refused(
            bare_pdf(catalogue, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), DAMAGED
        ),
        "PDF without pages": refused(bare_pdf(catalogue, b"<< /Type /Pages /Kids [] /Count 0 >>"), DAMAGED),
        "PDF whose page is a number": refused(
            bare_pdf(catalogue, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"7"), DAMAGED
        ),
        "PDF whose resources are a number": Hostile(document(on_page("/Resources", 7)), PDF, (DAMAGED,), NEVER),
        "PDF of noise": refused(b"%PDF-1.4\n" + bytes(range(256)) * 40, DAMAGED),
    }


def _circle():
    first = bare_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")
    start = first.rindex(b"xref\n0 ")
    return first.replace(b"/Root 1 0 R", f"/Root 1 0 R /Prev {start}".encode())
