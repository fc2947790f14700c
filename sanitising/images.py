"""Pictures, decoded to pixels and encoded again: whatever was in the file beside the picture is gone."""

import io
import struct
import warnings

import pi_heif
from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin

from sanitising.kinds import Kind, UnsafeFileError

MOST_PIXELS = 25_000_000  # that are decoded; a colour picture of so many takes 75 MB
MOST_JPEG_PIXELS = 4 * MOST_PIXELS  # a JPEG is decoded at half or a quarter of its size where it has more
LONGEST_SIDE = 20_000
# What the decoders raise for what is no picture of theirs, or a broken one.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    struct.error,
)
_QUALITY = 90
_PACKING = 3  # of PNG: the tightest takes seconds for a large picture

# Loaded now, while files can still be opened: what saving needs, and what reads an orientation.
Image.preinit()
_LOADED = (MpoImagePlugin, TiffImagePlugin)
Image.MAX_IMAGE_PIXELS = None  # the limits are this file's own
PngImagePlugin.MAX_TEXT_CHUNK = 64 * 1024
PngImagePlugin.MAX_TEXT_MEMORY = 256 * 1024
pi_heif.options.DECODE_THREADS = 1


def made_anew(kind: Kind, content: bytes) -> bytes:
    """Return the picture as a JPEG or PNG of its pixels alone, turned as it is meant to be looked at.

    The place, the camera, colour profiles and whatever follows the picture's end are not taken along.

    Raises:
        UnsafeFileError: `file_damaged`, or `file_too_large_picture` where it has too many pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metadata that is thrown away anyway
        try:
            return _encoded(kind, _upright(_opened(kind, content)))
        except _BROKEN:
            raise UnsafeFileError("file_damaged") from None


def _opened(kind: Kind, content: bytes) -> Image.Image:
    if kind is Kind.HEIC:
        return _heic(content)
    file = io.BytesIO(content)
    picture = (JpegImagePlugin.JpegImageFile if kind is Kind.JPEG else PngImagePlugin.PngImageFile)(file)
    pixels = _pixels(picture.size)
    if pixels > MOST_PIXELS and kind is Kind.JPEG and pixels <= MOST_JPEG_PIXELS:
        picture.draft("RGB", (picture.width // 2, picture.height // 2))
        pixels = _pixels(picture.size)
    if pixels > MOST_PIXELS:
        raise UnsafeFileError("file_too_large_picture")
    picture.load()
    return picture


def _heic(content: bytes) -> Image.Image:
    found = pi_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True)
    if _pixels(found.size) > MOST_PIXELS:
        raise UnsafeFileError("file_too_large_picture")
    picture: Image.Image = found.to_pillow()
    return picture


def _pixels(size: tuple[int, int]) -> int:
    if max(size) > LONGEST_SIDE or min(size) < 1:
        raise UnsafeFileError("file_too_large_picture")
    return size[0] * size[1]


def _upright(picture: Image.Image) -> Image.Image:
    """Turn it in place as its orientation says; one that cannot be read says nothing."""
    try:
        ImageOps.exif_transpose(picture, in_place=True)
    except _BROKEN:
        return picture
    return picture


def _encoded(kind: Kind, picture: Image.Image) -> bytes:
    file = io.BytesIO()
    if kind is Kind.PNG:
        plain = _plain(picture, ("L", "RGB", "RGBA", "LA"))
        plain.save(file, "PNG", compress_level=_PACKING)
    else:
        plain = _plain(picture, ("L", "RGB"))
        plain.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _plain(picture: Image.Image, modes: tuple[str, ...]) -> Image.Image:
    """Return the pixels in one of the modes, with nothing attached to them."""
    if picture.mode not in modes:
        see_through = "RGBA" in modes and ("transparency" in picture.info or picture.mode in {"PA", "La", "RGBa"})
        picture = picture.convert("RGBA" if see_through else "RGB")
    picture.info = {}
    return picture
