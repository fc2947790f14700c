"""The object graph, by hand: what each process is made of."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.identity_broker import IdentityBroker, OidcBroker
from api.identity_wire import Wire
from api.patient.mitid import CALLBACK
from identity.identifiers import NewId, uuid7_maker
from identity.keys import Keyring
from identity.mitid import DIALECTS
from identity.oidc import Client
from identity.passwords import Cost, Passwords
from notifications.sms import Gateway, HttpSmsGateway, NoGateway
from notifications.smtp import Relay, SmtpTransport
from portal.master_key import read_master_key
from portal.settings import Settings
from sanitising.scanner import Clamd, NoScanner, Scanner
from sanitising.workshop import Sanitiser, Workshop
from storage.clinic_words import ClinicWords
from storage.database import Clock, Database
from storage.deadlines import Deadlines
from storage.feeds import Feeds
from storage.file_store import FileFolder
from storage.first_words import FirstWords
from storage.ledger import Ledger
from storage.log_ins import LogIns
from storage.outbox import Outbox
from storage.parcels import Parcels
from storage.reminders import Reminders
from storage.scope import DatabaseRole
from storage.slot_offers import SlotOffers
from storage.submissions import Submissions
from storage.timekeeping import Timers
from storage.uploads import Files
from workers.broker import Broker, build_broker
from workers.crew import Crew
from workers.deliver import Deliver
from workers.leases import Leases
from workers.loop import Loop, LoopMiddleware
from workers.notify import Notify, Sender
from workers.patience import WAITS, Patience
from workers.queues import DELIVER, NOTIFY, TEXT
from workers.reconcile import Reconcile
from workers.text import SendText
from workers.winplc import HttpWinPlc
from workflows.catalogue import CATALOGUE, Catalogue

_SPARE_CONNECTIONS = 4


def utc_now() -> datetime:
    """Return the time now: the clock of every process."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """What API, workers and command line share."""

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    new_id: NewId
    catalogue: Catalogue
    ledger: Ledger
    submissions: Submissions
    words: ClinicWords
    passwords: Passwords
    log_ins: LogIns
    files: Files
    sanitiser: Sanitiser
    scanner: Scanner
    mitid: IdentityBroker | None = None


def build_services(
    settings: Settings,
    role: DatabaseRole | None = None,
    *,
    clock: Clock = utc_now,
    catalogue: Catalogue = CATALOGUE,
) -> Services:
    """Build the shared services of a process that takes this role on PostgreSQL; without one it is the tables' owner.

    Raises:
        MasterKeyError: the key file cannot be used.
    """
    keyring = Keyring(read_master_key(settings.master_key_file))
    threads = max(settings.api_threads, settings.worker_threads)
    database = Database(settings.database_url, clock, pool_size=threads + _SPARE_CONNECTIONS, role=role)
    new_id = uuid7_maker(clock)
    ledger = Ledger(catalogue=catalogue, keyring=keyring, clock=clock, new_id=new_id, log=settings.history_name)
    passwords = Passwords(Cost(time=settings.password_passes, memory_kib=settings.password_memory_kib))
    return Services(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        new_id=new_id,
        catalogue=catalogue,
        ledger=ledger,
        submissions=Submissions(database, ledger, new_id),
        words=ClinicWords(database, ledger, new_id),
        passwords=passwords,
        log_ins=LogIns(database, keyring, passwords, new_id),
        files=Files(database, keyring, new_id, FileFolder(settings.files_folder)),
        sanitiser=Workshop(),
        scanner=Clamd(settings.clamd) if settings.clamd else NoScanner(),
    )


def build_worker_broker(services: Services) -> Broker:
    """Build the broker of one worker process, with its actors and its loop."""
    settings = services.settings
    lease = timedelta(seconds=settings.lease_seconds)
    outbox = Outbox(services.database, services.new_id(), lease)
    leases = Leases(outbox, lease)
    winplc = HttpWinPlc(services.clock, timeout=settings.winplc_seconds, threads=settings.worker_threads)
    transport, gateway = _transport(settings), _gateway(settings)
    crew = Crew(
        database=services.database,
        ledger=services.ledger,
        outbox=outbox,
        parcels=Parcels(services.keyring, services.catalogue, services.clock),
        leases=leases,
        patience=_patience(settings),
    )
    loop = Loop(
        database=services.database,
        outbox=outbox,
        deadlines=Deadlines(services.database, services.ledger),
        timers=Timers(services.database, {**SlotOffers(services.ledger).acts(), **Reminders(services.ledger).acts()}),
        reconcile=Reconcile(
            feeds=Feeds(services.database, services.keyring, timedelta(seconds=settings.feed_seconds)),
            words=services.words,
            first_words=FirstWords(services.database, services.words, services.ledger),
            winplc=winplc,
            new_id=services.new_id,
        ),
        leases=leases,
        files=services.files,
    )
    acts: dict[str, Callable[[UUID], None]] = {
        DELIVER: Deliver(crew, winplc),
        NOTIFY: Notify(crew, transport, Sender(settings.mail_from, settings.public_url)),
        TEXT: SendText(crew, gateway or NoGateway()),
    }
    closing = [winplc.close, transport.close, *([gateway.close] if gateway else [])]
    return build_broker(redis_url(settings), acts, [LoopMiddleware(loop, closing)])


def redis_url(settings: Settings) -> str:
    """Return where Redis is: a given one, or the one-command stack's own."""
    return settings.redis_url or f"redis://127.0.0.1:{settings.redis_port}/0"


def build_doors(settings: Settings) -> Services:
    """Build what the API needs: the shared services, and the broker of MitID if the settings name one.

    Raises:
        MasterKeyError: see `build_services`.
        OSError: the file with the secret for the broker cannot be read.
    """
    services = build_services(settings, DatabaseRole.APP)
    if not settings.mitid_issuer:
        return services
    return replace(services, mitid=_mitid(settings, services.clock))


def _mitid(settings: Settings, clock: Clock) -> IdentityBroker:
    secret = settings.mitid_client_secret_file
    client = Client(
        issuer=settings.mitid_issuer,
        client_id=settings.mitid_client_id,
        redirect_uri=f"{settings.public_url}{CALLBACK}",
        dialect=DIALECTS[settings.mitid_broker],
        secret=secret.read_text().strip() if secret else None,
    )
    return OidcBroker(client, Wire(only_tls=settings.production), clock)


def _patience(settings: Settings) -> Patience:
    chance = random.Random(os.urandom(16))  # noqa: S311 - jitter, not a secret
    waits = tuple(wait * settings.retry_scale for wait in WAITS)
    return Patience(lambda: chance.uniform(0.5, 1.5), waits)


def _gateway(settings: Settings) -> HttpSmsGateway | None:
    """Return the way to the gateway for text messages, if the settings name one."""
    if not settings.sms_url:
        return None
    key = settings.sms_key_file.read_text().strip() if settings.sms_key_file else None
    gateway = Gateway(settings.sms_url, settings.sms_sender, settings.sms_body, key)
    return HttpSmsGateway(gateway, threads=settings.worker_threads)


def _transport(settings: Settings) -> SmtpTransport:
    password = settings.smtp_password_file.read_text().strip() if settings.smtp_password_file else None
    return SmtpTransport(
        Relay(
            settings.smtp_host,
            settings.smtp_port,
            starttls=settings.smtp_starttls,
            username=settings.smtp_user,
            password=password,
            timeout=5.0,
        ),
    )
