"""A patient as history and rules know them, and what brought their act."""

import re
from uuid import UUID

from api.call import Call
from api.given import Services
from api.inputs import IdempotencyKeyMissingError
from api.same_site import form_word
from api.throttle import address_of
from identity.subject import Patient
from storage.access import Seen, Source
from storage.history import Actor, Cause
from workflows.vocabulary import Role

PURPOSE = "patient-request"
KEY_FIELD = "key"
_FORM_KEY = re.compile(r"[A-Za-z0-9-]{16,64}")
ANYONE = Actor(Role.ANYONE, "anyone", purpose=PURPOSE)


def acting(patient: Patient) -> Actor:
    """Return the patient as the history knows them: how they logged in, never who they are."""
    return Actor(Role.PATIENT, "patient", auth=patient.auth, loa=patient.loa, purpose=PURPOSE)


def idempotency_key(services: Services, call: Call) -> str:
    """Return what stands for the caller's key; quotes around it, as some clients send them, are no part of it.

    A key is the caller's free text and might hold anything: only its keyed hash is stored, and shown in the history.
    The form of a page holds the key in a hidden field, so that a second click or a reload sends nothing again.

    Raises:
        IdempotencyKeyMissingError: it is a form without one.
    """
    key = form_word(call, KEY_FIELD) if call.is_page else call.header("Idempotency-Key")
    if call.is_page and not _FORM_KEY.fullmatch(key):
        raise IdempotencyKeyMissingError
    return services.keyring.index("idempotency-key", key.strip('"'))[:16].hex()


def cause(services: Services, call: Call, kind: str, identifier: str) -> Cause:
    """Return what brought an act: a word for it and its id, the call's id, and a keyed hash of the address."""
    return Cause(kind, identifier, corr=call.request_id, net=net(services, call))


def seen(services: Services, call: Call, act: str, clinic: UUID | None = None, request: UUID | None = None) -> Seen:
    """Return the row of the access log for a patient's look at what is theirs."""
    person = call.caller(Patient).person
    return Seen(
        "patient",
        act,
        "ok",
        actor=str(person),
        person=person,
        clinic=clinic,
        request=request,
        purpose=PURPOSE,
        corr=call.request_id,
        net=net(services, call),
    )


def source_of(services: Services, call: Call) -> Source:
    """Return where a call came from, as the access log keeps it."""
    return Source(call.request_id, net(services, call))


def net(services: Services, call: Call) -> str:
    """Return 16 hexadecimal characters that stand for the caller's address in both logs."""
    address = address_of(call, services.settings.trusted_proxies)
    return services.keyring.index("net", address)[:8].hex()
