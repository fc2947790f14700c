"""The plain version's two tasks: call the clinic, send the mail; commit after each."""

import json
import os
import smtplib
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import sqlalchemy as sa
import urllib3
from celery import Celery  # type: ignore[import-untyped]

from benchmarks.plain_celery.table import REQUEST, connected

THREADS = int(os.environ["PLAIN_THREADS"])
CONFIGURATION = {
    "task_acks_late": True,
    "task_ignore_result": True,
    "worker_prefetch_multiplier": 1,
    "broker_connection_retry_on_startup": True,
}
"""Celery's settings; everything else is its default."""

app = Celery("plain", broker=os.environ["PLAIN_REDIS_URL"])
app.conf.update(CONFIGURATION)
ENGINE = connected()
CLINICS = urllib3.PoolManager(maxsize=THREADS, retries=False, timeout=urllib3.Timeout(connect=3, read=15))
KEPT = threading.local()


@app.task  # type: ignore[untyped-decorator]
def deliver(request: str) -> None:
    """File the request with the clinic; its answer may be faster than this commit."""
    with ENGINE.begin() as connection:
        row = connection.execute(sa.select(REQUEST).where(REQUEST.c.id == UUID(request))).one()
    body = json.dumps({"kind": "e_kons", "patient": {"email": row.email}, "content": {"text": row.text}}).encode()
    url = f"{os.environ['PLAIN_WINPLC_URL']}/winplc/v1/clinics/{row.clinic}/requests/{request}"
    filed = CLINICS.request("PUT", url, body=body, headers={"content-type": "application/json"}).json()
    arrived = sa.case((REQUEST.c.state == "submitted", "delivered"), else_=REQUEST.c.state)
    with ENGINE.begin() as connection:
        connection.execute(
            sa.update(REQUEST).where(REQUEST.c.id == UUID(request)).values(reference=filed["reference"], state=arrived),
        )


@app.task  # type: ignore[untyped-decorator]
def mail(request: str) -> None:
    """Tell the patient that there is an answer."""
    with ENGINE.begin() as connection:
        row = connection.execute(sa.select(REQUEST).where(REQUEST.c.id == UUID(request))).one()
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = "Ny besked", "portal@portal.example", row.email
    letter.set_content("Der er en ny besked til dig. Log ind for at læse den.")
    _relay().send_message(letter)
    with ENGINE.begin() as connection:
        connection.execute(
            sa.update(REQUEST)
            .where(REQUEST.c.id == UUID(request))
            .values(state="notified", notified_at=datetime.now(UTC)),
        )


def _relay() -> smtplib.SMTP:
    """Return this thread's kept connection to the mail server."""
    if not hasattr(KEPT, "relay"):
        KEPT.relay = smtplib.SMTP("127.0.0.1", int(os.environ["PLAIN_SMTP_PORT"]), local_hostname="localhost")
    relay: smtplib.SMTP = KEPT.relay
    return relay
