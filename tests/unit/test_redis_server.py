"""Which Redis is chosen, that the bundled one keeps what it was told, and which ports are free."""

import socket
import subprocess
import time
from types import SimpleNamespace

import pytest

from portal import redis_server
from portal.ports import answers_http, answers_redis, answers_tcp, obstacle
from portal.redis_server import NoRedisServerError, RedisChoice, bundled_server, choose_redis
from portal.stack import children, port_obstacles


def nothing_installed(_name):
    return None


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_given_url_wins(tmp_path):
    chosen = choose_redis("redis://elsewhere:1/2", port=1, folder=tmp_path, which=lambda name: f"/bin/{name}")
    assert chosen == RedisChoice("redis://elsewhere:1/2")


@pytest.mark.parametrize("installed", ["redis-server", "valkey-server"])
def test_an_installed_server_comes_before_the_bundled_one(tmp_path, installed):
    chosen = choose_redis(
        None, port=77, folder=tmp_path, which=lambda name: f"/bin/{name}" if name == installed else None
    )
    assert chosen.command is not None
    assert chosen.command[0] == f"/bin/{installed}"
    assert chosen.url == "redis://127.0.0.1:77/0"
    assert chosen.folder == tmp_path.resolve() / installed


def test_no_server_at_all_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(redis_server, "_BUNDLED", "no_such_wheel")
    assert bundled_server() is None
    with pytest.raises(NoRedisServerError, match="PORTAL_REDIS_URL"):
        choose_redis(None, port=1, folder=tmp_path, which=nothing_installed)


def test_the_wheel_of_another_machine_is_not_used(monkeypatch):
    monkeypatch.setattr(redis_server.platform, "machine", lambda: "s390x")
    assert bundled_server() is None


def speak(port, command):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(command + b"\r\n")
        return connection.recv(4096)


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)


@pytest.fixture
def start():
    servers = []

    def start_and_await(command, port):
        servers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        until(lambda: answers_redis(port))
        return servers[-1]

    yield start_and_await
    for server in servers:
        server.kill()
        server.wait()


def test_the_bundled_server_keeps_what_it_had_when_killed(tmp_path, free_port, start):
    chosen = choose_redis(None, port=free_port, folder=tmp_path, which=nothing_installed)
    chosen.folder.mkdir(parents=True)
    server = start(chosen.command, free_port)
    assert speak(free_port, b"SET owed 7") == b"+OK\r\n"
    assert b"noeviction" in speak(free_port, b"CONFIG GET maxmemory-policy")
    assert b"268435456" in speak(free_port, b"CONFIG GET maxmemory")
    assert b"everysec" in speak(free_port, b"CONFIG GET appendfsync")
    assert speak(free_port, b"CONFIG GET save").endswith(b"$0\r\n\r\n")
    # Synced each second: what is younger than that may be lost, and the database knows that it is owed.
    until(lambda: any(b"owed" in path.read_bytes() for path in chosen.folder.rglob("*.aof")))
    server.kill()
    server.wait()
    server = start(chosen.command, free_port)
    assert speak(free_port, b"GET owed") == b"$1\r\n7\r\n"
    server.terminate()
    assert server.wait() == 0


def test_a_free_port_has_no_obstacle_and_nobody_answers_there(free_port):
    assert obstacle(free_port) is None
    assert not answers_tcp(free_port)
    assert not answers_http(free_port, "/")
    assert not answers_redis(free_port)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_listening_program_is_an_obstacle_on_either_loopback(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as other:
        assert obstacle(other.getsockname()[1]) == "is taken by another program"


def settings(folder, port, **changes):
    named = ["api_port", "winplc_port", "mail_page_port", "smtp_port", "redis_port", "mitid_port"]
    plain = {"data_dir": folder, "database_url": "sqlite:///x", "redis_url": None, "sms_url": None}
    plain |= {"mitid_issuer": ""}
    return SimpleNamespace(**(plain | dict.fromkeys(named, port) | changes))


def test_a_port_asked_for_twice_is_named_with_its_variables(tmp_path, free_port):
    asked = settings(tmp_path, free_port, api_port=1, winplc_port=2, mail_page_port=3, mitid_port=4)
    sentences = port_obstacles(asked, RedisChoice("redis://x", ("server",), tmp_path))
    assert sentences[-1] == f"Port {free_port} is asked for twice, by PORTAL_SMTP_PORT and PORTAL_REDIS_PORT."


def test_the_line_up_starts_redis_and_the_tables_before_everybody_who_needs_them(tmp_path):
    own = RedisChoice("redis://127.0.0.1:5/0", ("server",), tmp_path / "redis")
    line_up = children(settings(tmp_path, 5), own, winplc_seed=tmp_path / "seed.json")
    assert [child.name for child in line_up] == ["redis", "migrate", "mitid", "mail", "winplc", "api", "workers"]
    assert line_up[1].env["PORTAL_REDIS_URL"] == own.url
    assert [child.name for child in line_up if not child.restart] == ["migrate"]
    given = children(settings(tmp_path, 5), RedisChoice("redis://given"), winplc_seed=tmp_path / "seed.json")
    assert "redis" not in [child.name for child in given]
    assert "PORTAL_REDIS_PORT" not in given[0].env


def test_a_broker_of_mitid_that_is_named_takes_the_place_of_the_mock(tmp_path):
    redis = RedisChoice("redis://given")
    mocked = children(settings(tmp_path, 5), redis, winplc_seed=tmp_path / "seed.json")
    named = children(settings(tmp_path, 5, mitid_issuer="https://b.test"), redis, winplc_seed=tmp_path / "seed.json")
    assert {child.name for child in mocked} - {child.name for child in named} == {"mitid"}
    assert mocked[0].env["PORTAL_MITID_ISSUER"] == "http://localhost:5"
    assert not any(name.startswith("PORTAL_MITID") for name in named[0].env)
