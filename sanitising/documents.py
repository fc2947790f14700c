"""PDF documents, written anew page by page: what can act, fetch, hide a file or name its author is left behind.

The pages are copied into a new document with what they show and nothing else. What was filled into forms, and remarks
on the pages, are first drawn into the pages themselves, so that a reader sees what the sender saw.
"""

import contextlib
import io
import zlib
from collections.abc import Iterator

import pikepdf
from pikepdf import Dictionary, Name, Object, Pdf, Stream

from sanitising.kinds import UnsafeFileError

MOST_PAGES = 200
MOST_OBJECTS = 50_000
MOST_UNPACKED = 64 * 1000 * 1000  # bytes of one stream, unpacked
MOST_UNPACKED_IN_ALL = 300 * 1000 * 1000
MOST_PIXELS = 100_000_000  # of one picture on a page
MOST_FILTERS = 3
_PIECE = 1024 * 1024

_SHOWN = frozenset({"/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents", "/UserUnit", "/Group"})
_RESOURCES = frozenset(
    {"/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet", "/Properties"}
)
_NEVER = (
    "/JS", "/JavaScript", "/OpenAction", "/Launch", "/EmbeddedFiles", "/EF", "/XFA", "/AcroForm", "/RichMediaContent",
    "/RichMediaSettings", "/Metadata", "/PieceInfo", "/OPI", "/Ref", "/AF", "/Collection", "/URI", "/Alternates",
    "/LastModified", "/StructParent", "/StructParents", "/Parent", "/Annots", "/Names", "/Next",
)  # fmt: skip
_NEVER_ON_STREAMS = ("/F", "/FFilter", "/FDecodeParms")  # where the bytes lie in another file
_ACTIONS = frozenset(
    {
        "/JavaScript", "/Launch", "/URI", "/SubmitForm", "/ResetForm", "/ImportData", "/GoTo", "/GoToR", "/GoToE",
        "/Named", "/Hide", "/Movie", "/Sound", "/Rendition", "/RichMediaExecute", "/Trans", "/SetOCGState", "/Thread",
        "/GoTo3DView",
    }
)  # fmt: skip


def warm_up() -> None:
    """Load what opening any document needs, the ciphers of encrypted ones included, while files can be opened."""
    file, made = io.BytesIO(), Pdf.new()
    made.add_blank_page()
    made.save(file, encryption=pikepdf.Encryption(owner="", user="warm"))
    for content in (file.getvalue(), b"%PDF-1.7\n"):
        with contextlib.suppress(UnsafeFileError):
            written_anew(content)


def written_anew(content: bytes) -> bytes:
    """Return the document with its pages and nothing that acts.

    Raises:
        UnsafeFileError: `file_encrypted`, `file_too_many_pages`, `file_too_complex`, `file_damaged`.
    """
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False, suppress_warnings=True) as given:
            if given.is_encrypted:
                raise UnsafeFileError("file_encrypted")
            _check_counts(given)
            return _copied(given)
    except pikepdf.PasswordError:
        raise UnsafeFileError("file_encrypted") from None
    except (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, RuntimeError):
        raise UnsafeFileError("file_damaged") from None


def _check_counts(given: Pdf) -> None:
    if len(given.objects) > MOST_OBJECTS:
        raise UnsafeFileError("file_too_complex")
    pages = len(given.pages)
    if pages > MOST_PAGES:
        raise UnsafeFileError("file_too_many_pages")
    if pages == 0:
        raise UnsafeFileError("file_damaged")


def _copied(given: Pdf) -> bytes:
    _draw_annotations(given)
    made, file = Pdf.new(), io.BytesIO()
    for page in given.pages:
        _keep(page.obj, _SHOWN | {"/Type", "/Parent"})
        resources = page.obj.get(Name.Resources)
        if isinstance(resources, Dictionary):
            _keep(resources, _RESOURCES)
        made.pages.append(page)
    _calm(made)
    made.save(file, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True, linearize=False)
    return file.getvalue()


def _draw_annotations(given: Pdf) -> None:
    """Draw what stands in form fields and remarks into the pages; a field without an appearance gets one."""
    form = given.Root.get(Name.AcroForm)
    if isinstance(form, Dictionary):
        _forget(form, "/XFA")
        if any(_is_bare(each) for page in given.pages for each in page.obj.get(Name.Annots, ())):
            form.NeedAppearances = True
            given.generate_appearance_streams()
    given.flatten_annotations("screen")


def _is_bare(annotation: Object) -> bool:
    """Return whether it is a form field that nothing is drawn for yet."""
    return annotation.get(Name.Subtype) == Name.Widget and Name.AP not in annotation


def _keep(found: Object, names: frozenset[str]) -> None:
    for name in list(found.keys()):
        if name not in names:
            del found[name]


def _calm(made: Pdf) -> None:
    """Take out of every object what could act, and refuse what unpacks to more than a reader bears."""
    pages, left = {page.obj.objgen for page in made.pages}, MOST_UNPACKED_IN_ALL
    skeleton = pages | {made.Root.objgen, made.Root.Pages.objgen}
    for found in made.objects:
        if isinstance(found, Stream):
            for name in _NEVER_ON_STREAMS:
                _forget(found, name)
            left -= _unpacked(found)
            if left < 0:
                raise UnsafeFileError("file_too_complex")
        if found.objgen not in skeleton:
            _calm_one([found])
        elif found.objgen in pages:
            _calm_one([value for _, value in found.items() if _within(value)])


def _calm_one(todo: list[Object]) -> None:
    """Calm the objects, and those within them that are not objects of their own."""
    while todo:
        each = todo.pop()
        if isinstance(each, Dictionary | Stream):
            names = tuple(each.keys()) if str(each.get(Name.S)) in _ACTIONS else _NEVER
            for name in names:
                _forget(each, name)
            todo += [value for _, value in each.items() if _within(value)]
        elif isinstance(each, pikepdf.Array):
            todo += [value for value in each if _within(value)]


def _within(value: object) -> bool:
    return isinstance(value, Dictionary | pikepdf.Array) and not value.is_indirect


def _forget(found: Object, name: str) -> None:
    if name in found:
        del found[name]


def _unpacked(stream: Object) -> int:
    """Return how many bytes the stream is when unpacked, as far as packing that can hide much goes.

    Raises:
        UnsafeFileError: `file_too_complex`.
    """
    filters = _filters(stream)
    size = int(stream.get(Name.Width, 0)) * int(stream.get(Name.Height, 0))
    if len(filters) > MOST_FILTERS or size > MOST_PIXELS or "/Crypt" in filters:
        raise UnsafeFileError("file_too_complex")
    if {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"} & set(filters):
        return _bounded(len(piece) for piece in (stream.read_bytes(),))
    pieces: Iterator[bytes] = iter((stream.read_raw_bytes(),))
    for each in filters:
        if each not in {"/FlateDecode", "/Fl"}:
            break
        pieces = _inflated(pieces)
    return _bounded(len(piece) for piece in pieces)


def _filters(stream: Object) -> list[str]:
    named = stream.get(Name.Filter)
    if named is None:
        return []
    return [str(each) for each in named] if isinstance(named, pikepdf.Array) else [str(named)]


def _bounded(sizes: Iterator[int]) -> int:
    total = 0
    for size in sizes:
        total += size
        if total > MOST_UNPACKED:
            raise UnsafeFileError("file_too_complex")
    return total


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give what the pieces unpack to, a little at a time; what is broken ends where it breaks, as readers do it."""
    packed = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not packed.eof:
            try:
                yield packed.decompress(rest, _PIECE)
            except zlib.error:
                return
            rest = packed.unconsumed_tail
