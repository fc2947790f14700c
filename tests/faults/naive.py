"""The control: the same four steps as one would write them without a thought of faults. It must fail under chaos.

A row is committed and then a message is sent; the worker calls WinPLC under a fresh id on every try, mails and commits;
the queue's own retries are all there is. No outbox, no sweeping, no stable keys, no idempotency.
"""

import json
import os
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import dramatiq
import falcon
import sqlalchemy as sa
import urllib3
from dramatiq.brokers.redis import RedisBroker

from identity.webhooks import sign
from portal.demo_data import PATIENTS

ALMA = PATIENTS[0]
CLINIC = ALMA.clinics[0]
METADATA = sa.MetaData()
CASE = sa.Table(
    "naive_case",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("state", sa.String(20)),
    sa.Column("filed_as", sa.Uuid),
)
RETRIES = {"max_retries": 20, "min_backoff": 100, "max_backoff": 2000}

# As quick to notice a lost worker as the queue can be: the control shall not fail for a default.
broker = RedisBroker(
    url=os.environ.get("PORTAL_REDIS_URL", "redis://127.0.0.1"),
    namespace="naive",
    heartbeat_timeout=5000,
    maintenance_chance=1_000_000,
)
dramatiq.set_broker(broker)


@cache
def _engine():
    return sa.create_engine(os.environ["PORTAL_DATABASE_URL"], pool_size=16, pool_pre_ping=True)


def _change(where, **values):
    with _engine().begin() as connection:
        return connection.execute(sa.update(CASE).where(where).values(values).returning(CASE.c.id)).scalars().all()


class Cases:
    """Where patients submit."""

    def on_post(self, _req, resp):
        case = uuid4()
        with _engine().begin() as connection:
            connection.execute(sa.insert(CASE).values(id=case, state="submitted"))
        file_case.send(str(case))
        resp.status, resp.media = falcon.HTTP_202, {"id": str(case)}


class ClinicCalls:
    """Where the clinic's system answers."""

    def on_post(self, _req, resp, request, trigger):
        resp.media = {"request": request}
        if trigger != "answer":
            return
        cases = _change(CASE.c.filed_as == UUID(request), state="answered")
        if not cases:
            raise falcon.HTTPServiceUnavailable
        mail_case.send(str(cases[0]))


class Ready:
    def on_get(self, _req, resp):
        resp.media = {}


@dramatiq.actor(broker=broker, **RETRIES)
def file_case(case):
    filed_as = uuid4()
    _file(filed_as)
    _change(CASE.c.id == UUID(case), state="delivered", filed_as=filed_as)


@dramatiq.actor(broker=broker, **RETRIES)
def mail_case(case):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = os.environ["PORTAL_MAIL_FROM"], ALMA.email, "Nyt svar"
    mail["Message-ID"] = f"<{case}@control.example>"
    mail.set_content("Du har fået svar.")
    with smtplib.SMTP("127.0.0.1", int(os.environ["PORTAL_SMTP_PORT"]), timeout=5) as server:
        server.send_message(mail)
    _change(CASE.c.id == UUID(case), state="notified")


def _file(filed_as):
    now = datetime.now(UTC)
    body = {
        "kind": "e_kons",
        "channel": "portal",
        "submitted_at": now.isoformat().replace("+00:00", "Z"),
        "thread": str(filed_as),
        "patient": {"cpr": ALMA.cpr},
        "practitioner": None,
        "content": {"text": "Et spørgsmål.", "files": []},
    }
    words = json.dumps(body).encode()
    secret = json.loads((Path(os.environ["PORTAL_DATA_DIR"]) / "keys" / "demo-webhooks.json").read_text())[CLINIC]
    signed = sign([secret], str(uuid4()), int(now.timestamp()), words)
    url = f"http://127.0.0.1:{os.environ['PORTAL_WINPLC_PORT']}/winplc/v1/clinics/{CLINIC}/requests/{filed_as}"
    headers = {"content-type": "application/json", **signed.headers()}
    reply = urllib3.request("PUT", url, body=words, headers=headers, timeout=2, retries=False)
    if reply.status >= 300:
        raise RuntimeError(f"status {reply.status}")


app = falcon.App()
app.add_route("/v1/cases", Cases())
app.add_route("/v1/clinic/requests/{request}/{trigger}", ClinicCalls())
app.add_route("/health/ready", Ready())
