"""The names under which files are shown: plain, whatever they came with."""

import pytest

from sanitising.kinds import Kind
from sanitising.names import plain_name

HOSTILE = {
    "../../etc/passwd": "passwd.jpg",
    "..\\..\\windows\\win.ini": "win.jpg",
    "C:\\temp\\udslæt.HEIC": "udslæt.jpg",
    "billede\u202egpj.exe": "billedegpj.jpg",
    "rash\x00.php": "rash.jpg",
    "a\r\nSet-Cookie: x.jpg": "aSet-Cookie x.jpg",
    '"; filename="evil.exe': "filename=evil.jpg",
    "<script>alert(1)</script>.png": "script.jpg",
    ".htaccess": "htaccess.jpg",
    "....": "fil.jpg",
    "": "fil.jpg",
    "/": "fil.jpg",
    "con.jpg": "fil.jpg",
    "x.pdf.exe.jpg": "x pdf exe.jpg",
    "  mange   blanke  .jpg": "mange blanke.jpg",
    "\u200b\ufeffusynlig\u00ad.jpg": "usynlig.jpg",
    "e\u0301.jpg": "é.jpg",
    "%2e%2e%2fetc.jpg": "2e2e2fetc.jpg",
    "å" * 300 + ".jpg": "å" * 100 + ".jpg",
}


@pytest.mark.rule("V19")
@pytest.mark.parametrize("given", HOSTILE)
def test_a_name_is_made_plain(given):
    assert plain_name(given, Kind.HEIC) == HOSTILE[given]


@pytest.mark.rule("V19")
def test_the_suffix_is_that_of_the_content():
    assert [plain_name("svar.exe", kind) for kind in Kind] == ["svar.jpg", "svar.png", "svar.jpg", "svar.pdf"]
