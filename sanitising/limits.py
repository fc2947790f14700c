"""What a process that opens a stranger's file may use; the kernel holds it to that, whatever the file makes it do."""

import resource
import signal

MOST_MEMORY = 256 * 1024 * 1024  # bytes of address space, all libraries included
MOST_SECONDS = 5  # of the processor, and on the wall from the moment the file is there


def hold(descriptors: int) -> None:
    """Bind this process for good: memory, processor, no file on disk, and no file or socket beyond `descriptors`.

    A descriptor is what it takes to open a file, a socket or a pipe: without a free one there is no network.
    """
    _bound(resource.RLIMIT_AS, MOST_MEMORY)
    _bound(resource.RLIMIT_CPU, MOST_SECONDS)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_NOFILE, descriptors)


def end_in_time() -> None:
    """Let the kernel end this process when its time on the wall is over."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)


def _bound(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (limit, limit))
