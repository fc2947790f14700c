"""Where the bytes of files lie, already sealed: behind one small interface, with a folder as what stands behind it."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from uuid import UUID

from identity.outcomes import FileMissingError, StorageFullError, StorageUnavailableError

_PIECE = 64 * 1024
_UNFINISHED = ".part"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FileStore(Protocol):
    """Keeps bytes under an id. What is put is there after a crash, or is not there at all."""

    def put(self, name: UUID, pieces: Iterable[bytes]) -> None:
        """Keep the pieces.

        Raises:
            StorageFullError: there is no room.
            StorageUnavailableError: they cannot be kept now.
        """

    def open(self, name: UUID) -> Iterator[bytes]:
        """Give the pieces again.

        Raises:
            FileMissingError: nothing is kept under this id.
        """

    def delete(self, name: UUID) -> None:
        """Forget what is kept under this id, if anything is."""

    def names(self) -> Iterator[UUID]:
        """Give every id under which something is kept, also what was never finished."""


class FileFolder:
    """Files in a folder, spread over 256 of its own by the last two characters of their ids."""

    def __init__(self, folder: Path, write: Callable[[int, bytes], int] = os.write) -> None:
        self._folder, self._write = folder, write

    def put(self, name: UUID, pieces: Iterable[bytes]) -> None:
        """See `FileStore.put`: written beside its place, made durable, and then put there in one move."""
        place = self._place(name)
        unfinished = place.with_suffix(_UNFINISHED)
        with _told_apart():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._written(unfinished, pieces)
                unfinished.rename(place)
                _made_durable(place.parent)
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise

    def open(self, name: UUID) -> Iterator[bytes]:
        """See `FileStore.open`; it is looked for at once, not when the first piece is asked for."""
        try:
            descriptor = os.open(self._place(name), os.O_RDONLY)
        except OSError:
            raise FileMissingError from None
        return _pieces(descriptor)

    def delete(self, name: UUID) -> None:
        """See `FileStore.delete`."""
        with _told_apart():
            for path in (self._place(name), self._place(name).with_suffix(_UNFINISHED)):
                path.unlink(missing_ok=True)

    def names(self) -> Iterator[UUID]:
        """See `FileStore.names`; what is no file of ours is left alone."""
        for path in self._folder.glob("??/*"):
            with suppress(ValueError):
                yield UUID(path.stem)

    def _place(self, name: UUID) -> Path:
        return self._folder / name.hex[-2:] / str(name)

    def _written(self, path: Path, pieces: Iterable[bytes]) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            for piece in pieces:
                rest = piece
                while rest:
                    rest = rest[self._write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _pieces(descriptor: int) -> Iterator[bytes]:
    with os.fdopen(descriptor, "rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _made_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told_apart() -> Iterator[None]:
    """Say in our own words what the disk says."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError from None
        raise StorageUnavailableError from None
