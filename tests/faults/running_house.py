"""The whole house as real processes on PostgreSQL and a real Redis, kept up, and with levers on every neighbour."""

import json
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count

import redis
import sqlalchemy as sa

from portal import demo
from portal.demo_data import PATIENTS
from portal.guardian import Guardian, is_alive
from portal.master_key import create_master_key
from portal.ports import http_probe, redis_probe
from portal.redis_server import choose_redis
from portal.settings import Settings
from portal.wiring import build_services
from storage.models import HISTORY, OUTBOX, REQUEST
from storage.schema import migrate
from tests import database_servers
from tests.database_servers import free_port
from tests.faults.callers import Levers, PatientApp, SigningSystem
from tests.faults.kept import Keeper, Kept, Nursery, until
from workflows.catalogue import CATALOGUE

API = "portal.wsgi:app"
LEASE = 2.0
SWEEP = 0.5
WORKERS = ("worker-1", "worker-2", "worker-3")
APIS = ("api-1", "api-2")
FORGETFUL = ("--appendonly", "no")  # added to the command of a Redis that shall keep nothing


class RunningHouse:
    """What a row needs to act and to look. `accepted` are the ids of all requests that the API has accepted."""

    def __init__(self, settings, folder) -> None:
        self.settings = settings
        self.folder = folder
        self.api_ports = (settings.api_port, free_port())
        self.env = environment(settings, folder)
        self.nursery = Nursery(self.env)
        self.guardian = Guardian()
        self.keeper = Keeper()
        self.services = build_services(settings)
        self.levers = Levers(settings.winplc_port, settings.mail_page_port)
        self.kept = {}
        self.accepted = []
        self._apps = {}
        self.secrets = json.loads((settings.data_dir / "keys" / "demo-webhooks.json").read_text())
        self.redis_options = ()
        self._commands = count()

    def __getitem__(self, name):
        """Return the kept process of that name."""
        return self.kept[name]

    @property
    def workers(self):
        return [self.kept[name] for name in WORKERS if name in self.kept]

    def api_at(self, port):
        return self[APIS[self.api_ports.index(port)]]

    def system(self, slug):
        """Return the clinic's own system, as somebody who signs by hand."""
        return SigningSystem(self.api_ports[0], slug, self.secrets[slug])

    def app(self, patient=PATIENTS[0]):
        """Return the app of a patient, who logs in once."""
        if patient.cpr not in self._apps:
            ports, mail_port = self.api_ports, self.settings.mail_page_port
            self._apps[patient.cpr] = PatientApp.logged_in(ports, mail_port, patient)
        return self._apps[patient.cpr]

    def submit(self, app, kind="e_kons", key=None, **content):
        """Submit until it is accepted; return the id."""
        words = content or {"text": f"Spørgsmål {next(self._commands)}."}  # the same words would be the same request
        request = app.insist(kind, words, key)
        self.accepted.append(request)
        return request

    def arm(self, place, whom="workers", row=""):
        """Let the next who reaches the place die; with a row, everyone who reaches it with that row."""
        armed = self.folder / "failpoints" / whom / place
        armed.with_suffix(".tmp").write_text(str(row))
        armed.with_suffix(".tmp").rename(armed)
        return armed

    def struck(self, armed):
        """Wait until somebody has died at the place."""
        until(lambda: not armed.exists(), f"somebody reached {armed.name}")

    def hire(self, name, **env):
        """Return one more worker, who is kept up from when it is asked to come up."""
        return self.keep(name, lambda: True, "portal.cli", "work", **env)

    def dismiss(self, worker):
        """Let a hired worker go for good."""
        self.keeper.kept.remove(worker)
        del self.kept[worker.name]
        worker.down()

    @staticmethod
    def lease_in_production():
        return Settings.model_fields["lease_seconds"].default

    def command(self, *words):
        """Run the operator's command line, and return what it printed."""
        log = self.folder / "log" / f"command-{next(self._commands)}.log"
        group = self.nursery.start(("portal.cli", *words), self.env, log)
        until(lambda: not is_alive(group), f"portal {' '.join(words)} has ended")
        return log.read_text()

    def keep(self, name, ready, *words, **env):
        """Put one more process under the keeper's care."""
        start = partial(self.nursery.start, words, self.env | env, self.folder / "log" / f"{name}.log")
        return self.take(Kept(name, start, ready, self.guardian))

    def take(self, kept):
        self.kept[kept.name] = kept
        self.keeper.kept.append(kept)
        return kept

    def rows(self, table, *where):
        with self.services.database.reading() as connection:
            return connection.execute(sa.select(table).where(*where)).all()

    def state(self, request):
        return self.rows(REQUEST, REQUEST.c.id == request)[0].state

    def until_state(self, request, *states):
        until(lambda: self.state(request) in states, f"{request} is {' or '.join(states)}")
        return self.walked(request)

    def walked(self, request):
        rows = sorted(self.rows(HISTORY, HISTORY.c.request_id == request), key=lambda row: row.n)
        return [row.trigger for row in rows]

    def owed(self, request, effect):
        """Return the request's outbox rows of one effect, in order."""
        rows = self.rows(OUTBOX, OUTBOX.c.request_id == request, OUTBOX.c.effect == effect)
        return sorted(rows, key=lambda row: row.n)

    def redis(self):
        return redis.Redis(port=self.settings.redis_port, socket_timeout=5)

    def close(self):
        """End everything that was started."""
        self.keeper.stop()
        self.guardian.dismiss()
        self.nursery.close()
        self.services.database.close()

    def everybody_up(self):
        """End every fault, and wait until all is up again."""
        for one in self.kept.values():
            one.up()
            one.thaw()
        self.levers.behave()
        self.levers.staff(0)


def _settings(folder, database_url):
    api, winplc, mail_page, smtp, queue = (free_port() for _ in range(5))
    return Settings(
        data_dir=folder,
        database_url=database_url,
        redis_url=f"redis://127.0.0.1:{queue}/0",
        redis_port=queue,
        api_port=api,
        winplc_port=winplc,
        mail_page_port=mail_page,
        smtp_port=smtp,
        smtp_host="127.0.0.1",
        worker_threads=4,
        api_threads=8,
        lease_seconds=LEASE,
        feed_seconds=1,
        retry_scale=0.002,
        winplc_seconds=2,
        password_memory_kib=64,
        password_passes=1,
    )


def environment(settings, folder):
    """Return what the processes are told, as the settings say it."""
    told = settings.model_dump(exclude_none=True, exclude={"metrics_token", "trusted_proxies"})
    env = {f"PORTAL_{name.upper()}": str(value) for name, value in told.items()}
    return env | {"PORTAL_FAILPOINTS": str(folder / "failpoints" / "workers")}


@contextmanager
def running_house(folder, api=API, work=("portal.cli", "work")):
    """Open the house and end everything in it afterwards, whatever happens between."""
    with ExitStack() as closing:
        server = database_servers.postgres_server()
        url = closing.enter_context(database_servers.new_database(server, "faults"))
        house = RunningHouse(_furnished(folder, url), folder)
        closing.callback(house.close)
        _line_up(house, api, work)
        for one in house.keeper.kept:
            one.up()
        house.keeper.start()
        yield house


def _furnished(folder, url):
    settings = _settings(folder, url)
    create_master_key(settings.master_key_file)
    for made in ("failpoints/workers", "failpoints/api", "log"):
        (folder / made).mkdir(parents=True)
    services = build_services(settings)
    migrate(services.database, CATALOGUE)
    services.database.close()
    demo.winplc_seed(settings)
    demo.seed(settings)
    return settings


def _line_up(house, api, work):
    settings = house.settings

    def start_redis():
        choice = choose_redis(None, port=settings.redis_port, folder=house.folder / "redis")
        choice.folder.mkdir(parents=True, exist_ok=True)
        return house.nursery.start([*choice.command, *house.redis_options], {}, house.folder / "log" / "redis.log")

    house.take(Kept("redis", start_redis, redis_probe(settings.redis_port), house.guardian))
    house.keep("mail", http_probe(settings.mail_page_port, "/api/mails?limit=1"), "portal.mail_catcher")
    house.keep("winplc", http_probe(settings.winplc_port, "/health/live"), "winplc_mock", **_mock(house))
    for name, port in zip(APIS, house.api_ports, strict=True):
        served = ("--port", str(port), "--workers", "1", "--blocking-threads", str(settings.api_threads), api)
        words = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", *served)
        failpoints = str(house.folder / "failpoints" / "api")
        house.keep(name, http_probe(port, "/health/ready"), *words, PORTAL_FAILPOINTS=failpoints)
    for name in WORKERS:
        house.keep(name, lambda: True, *work)


def _mock(house):
    return {
        "WINPLC_MOCK_DATABASE": str(house.folder / "winplc.sqlite3"),
        "WINPLC_MOCK_PORTAL_URL": f"http://127.0.0.1:{house.api_ports[0]}",
        "WINPLC_MOCK_PORT": str(house.settings.winplc_port),
        "WINPLC_MOCK_ROBOT": "0",
        "WINPLC_MOCK_SEED": str(house.folder / "winplc-seed.json"),
    }
