"""Two guards: a skip is a failure where everything is installed, and a test of one unit leaves the network alone."""

import os
import socket

import pytest

WITHOUT_NETWORK = ("unit", "house")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return _without_skip((yield))


def _without_skip(report):
    """Where everything is installed, a skipped test is a proof that was not given."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("PORTAL_NO_SKIPS") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, which PORTAL_NO_SKIPS=1 forbids: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _this_machine_only(request, monkeypatch):
    """A test of one unit speaks to nobody outside this machine, not even by asking for an address."""
    if request.path.parent.name not in WITHOUT_NETWORK:
        return
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self, address):
        assert self.family == socket.AF_UNIX or _is_here(address[0]), "a unit test reaches for the network"
        return connect(self, address)

    def guarded_look_up(host, *rest, **options):
        assert _is_here(host), "a unit test asks for an address on the network"
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


def _is_here(host):
    return host in {None, "", "localhost", "127.0.0.1", "::1", b"localhost"}
