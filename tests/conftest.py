"""What every test may ask for: a clock, keys, both databases, a seeded house, a real Redis."""

import shutil
from contextlib import ExitStack

import pytest
import redis
from hypothesis import HealthCheck, settings

from identity.keys import KEY_BYTES, Keyring
from identity.passwords import Cost, Passwords
from storage.database import Database
from storage.schema import migrate
from tests import database_servers
from tests.builders import House, SettableClock, call_at_once, close_all, counted_ids, opened
from tests.furnishing import settle_in
from workflows.catalogue import CATALOGUE

pytest_plugins = ["tests.rules_plugin", "tests.guards_plugin"]

OWNS_RUN = pytest.StashKey[bool]()

settings.register_profile(
    "short",
    deadline=None,
    max_examples=25,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("short"), max_examples=1000)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run the long forms of the fault rows as well")


def pytest_configure(config):
    settings.load_profile("long" if config.getoption("--long") else "short")
    config.stash[OWNS_RUN] = database_servers.begin_run()


def pytest_unconfigure(config):
    if config.stash.get(OWNS_RUN, False):
        database_servers.end_run()


def pytest_collection_modifyitems(config, items):
    if config.getoption("--long"):
        return
    late = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=late)
    items[:] = [item for item in items if item not in late]


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def new_id():
    return counted_ids()


@pytest.fixture
def keyring():
    return Keyring(bytes(range(KEY_BYTES)))


@pytest.fixture(scope="session")
def passwords():
    """Real hashing at the least cost."""
    return Passwords(Cost(time=1, memory_kib=8))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _sqlite_of_worker(tmp_path_factory):
    return tmp_path_factory.mktemp("sqlite") / "portal.sqlite3"


@pytest.fixture
def sqlite_url(sqlite_template, _sqlite_of_worker):
    """The address of a migrated SQLite file without rows."""
    for leftover in _sqlite_of_worker.parent.glob(f"{_sqlite_of_worker.name}*"):
        leftover.unlink()
    shutil.copyfile(sqlite_template, _sqlite_of_worker)
    return f"sqlite:///{_sqlite_of_worker}"


@pytest.fixture(scope="session")
def postgres_server():
    return database_servers.postgres_server()


@pytest.fixture(scope="session")
def _postgres_of_worker(postgres_server, worker_name):
    with ExitStack() as stack:
        url = stack.enter_context(database_servers.new_database(postgres_server, worker_name))
        _migrate(url)
        yield url, stack.enter_context(database_servers.connect_as_owner(url))


@pytest.fixture
def postgres_url(_postgres_of_worker):
    """The address of a migrated PostgreSQL database without rows."""
    url, owner = _postgres_of_worker
    database_servers.empty(owner)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """The address of a migrated database without rows, once of each kind."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request, tmp_path, worker_name):
    """The address of a database without tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.sqlite3'}"
        return
    with database_servers.new_database(request.getfixturevalue("postgres_server"), f"{worker_name}_blank") as url:
        yield url


@pytest.fixture
def database(database_url, clock):
    yield from _opened(database_url, clock)


@pytest.fixture
def postgres_database(postgres_url, clock):
    yield from _opened(postgres_url, clock)


@pytest.fixture
def sqlite_database(sqlite_url, clock):
    yield from _opened(sqlite_url, clock)


@pytest.fixture
def house(database, keyring, clock, new_id, passwords):
    """Two clinics and their patients, on both databases."""
    return settle_in(House.of(database, keyring, clock, new_id), passwords)


@pytest.fixture
def postgres_house(postgres_database, keyring, clock, new_id, passwords):
    """The same house on PostgreSQL only."""
    return settle_in(House.of(postgres_database, keyring, clock, new_id), passwords)


@pytest.fixture
def sqlite_house(sqlite_database, keyring, clock, new_id, passwords):
    """The same house on SQLite only."""
    return settle_in(House.of(sqlite_database, keyring, clock, new_id), passwords)


@pytest.fixture
def clinics(house):
    """The two clinics as callers, by slug."""
    return house.clinics


@pytest.fixture
def ledger(house):
    return house.ledger


@pytest.fixture
def at_once():
    """Call each of the calls in a thread of its own, all let go at the same moment; return what they gave, in order."""
    return call_at_once


@pytest.fixture(scope="session")
def worker_name(request):
    """The name of this worker of pytest-xdist, or `main`."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def _redis_of_worker(worker_name):
    number = int(worker_name.removeprefix("gw")) if worker_name.startswith("gw") else 0
    return f"{database_servers.redis_server()}/{number}"


@pytest.fixture
def redis_url(_redis_of_worker):
    """The address of an empty Redis database of this worker's own."""
    with redis.Redis.from_url(_redis_of_worker) as client:
        client.flushdb()
    return _redis_of_worker


def _migrate(url):
    database = Database(url, SettableClock())
    migrate(database, CATALOGUE)
    database.close()


def _opened(url, clock):
    yield opened(url, clock)
    close_all()
