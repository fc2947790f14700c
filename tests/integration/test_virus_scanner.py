"""ClamAV's daemon: a file is kept only where it said that it is clean; a fake one says all that it could say."""

import socket
import struct
import threading

import pytest

from sanitising.scanner import Clamd
from storage.file_registers import STORED_FILE
from tests.file_stores import MemoryStore
from tests.hostile.forging import jpeg
from tests.knocking import Doors


class FakeClamd:
    """Listens as clamd does; `reply` is what it says, None for nothing at all, and `shown` what it was shown."""

    def __init__(self, reply):
        self.reply, self.shown = reply, b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rb") as file:
            assert file.read(10) == b"zINSTREAM\x00"
            while size := struct.unpack(">I", file.read(4))[0]:
                self.shown += file.read(size)
            if self.reply is None:
                self._done.wait(10)
                return
            connection.sendall(self.reply)

    def close(self):
        self._done.set()
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def clamd(request):
    fake = FakeClamd(request.param)
    yield fake
    fake.close()


@pytest.fixture
def doors_with(sqlite_house, passwords):
    sqlite_house.settings(files_taken=True)
    return lambda address: Doors.of(sqlite_house, passwords, store=MemoryStore(), scanner=Clamd(address, patience=0.3))


def nothing_is_kept(doors):
    return doors.house.rows(STORED_FILE) == [] and doors.services.files.store.kept == {}


@pytest.mark.rule("V20")
@pytest.mark.parametrize("clamd", [b"stream: OK\x00"], indirect=True)
def test_a_clean_file_is_taken_and_was_shown_as_it_came(clamd, doors_with):
    assert doors_with(clamd.address).upload(jpeg()).status_code == 201
    assert clamd.shown == jpeg()


@pytest.mark.rule("V20")
@pytest.mark.parametrize("clamd", [b"stream: Eicar-Test-Signature FOUND\x00"], indirect=True)
def test_an_infected_file_is_refused(clamd, doors_with):
    doors = doors_with(clamd.address)
    refused = doors.upload(jpeg())
    assert (refused.status_code, refused.json["code"]) == (422, "file_infected")
    assert nothing_is_kept(doors)


@pytest.mark.rule("V20")
@pytest.mark.parametrize(
    "clamd",
    [None, b"", b"INSTREAM size limit exceeded. ERROR\x00", b"\xff\xfe nonsense", b"stream: OK?\x00", b"x" * 9000],
    ids=["time-out", "hung up", "too large for it", "nonsense", "nearly", "endless"],
    indirect=True,
)
def test_anything_but_a_clear_word_keeps_the_file_out(clamd, doors_with):
    doors = doors_with(clamd.address)
    refused = doors.upload(jpeg())
    assert (refused.status_code, refused.json["code"]) == (503, "scanner_unavailable")
    assert refused.headers["retry-after"]
    assert nothing_is_kept(doors)


@pytest.mark.rule("V20")
@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "nonsense"])
def test_without_a_daemon_no_file_is_taken(address, doors_with):
    doors = doors_with(address)
    refused = doors.upload(jpeg())
    assert (refused.status_code, refused.json["code"]) == (503, "scanner_unavailable")
    assert nothing_is_kept(doors)
