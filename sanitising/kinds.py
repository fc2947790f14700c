"""What a file is, by its first bytes alone: never by its name or by what the sender calls it."""

from enum import StrEnum

LARGEST_FILE = 10 * 1000 * 1000  # bytes, as it is sent (EKO-1)
LARGEST_MADE = 2 * LARGEST_FILE  # bytes, as it is written anew: another encoder packs less tightly


class Kind(StrEnum):
    """The kinds that are taken (EKO-1)."""

    JPEG = "jpeg"
    PNG = "png"
    HEIC = "heic"
    PDF = "pdf"


MADE_INTO = {Kind.JPEG: Kind.JPEG, Kind.PNG: Kind.PNG, Kind.HEIC: Kind.JPEG, Kind.PDF: Kind.PDF}
"""What a file of each kind is written anew as: not every reader opens HEIC."""

SUFFIXES = {Kind.JPEG: "jpg", Kind.PNG: "png", Kind.HEIC: "heic", Kind.PDF: "pdf"}

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})


class UnsafeFileError(Exception):
    """The file is not taken; `code` says why, in a machine word, and nothing of the file."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def kind_of(beginning: bytes) -> Kind:
    """Return the kind of the file that begins with these bytes; sixteen are enough.

    Raises:
        UnsafeFileError: `file_empty`, or `file_type` where it is of no kind that is taken.
    """
    if not beginning:
        raise UnsafeFileError("file_empty")
    if beginning.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if beginning.startswith(b"%PDF-"):
        return Kind.PDF
    if beginning[4:8] == b"ftyp" and beginning[8:12] in _HEIC_BRANDS:
        return Kind.HEIC
    raise UnsafeFileError("file_type")
