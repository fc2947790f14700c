"""The walls of PostgreSQL, on one page: what each role may do with each table, and which rows it sees.

`migrate` puts them up as the tables' owner and mends them when this page has changed. The owner has no way round them:
row-level security is forced. A table that is not on this page is refused to every role; a test names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

READ, ADD, KEEP = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
SWEEP = f"{KEEP}, DELETE"
TAKE_TURNS = "SELECT, UPDATE (created_at)"  # a row is locked by whoever may update one of its columns
USE_CODES = "SELECT, UPDATE (app_step)"
NEVER = ""

# What the call was let to (`storage/scope.py`), as lists of ids: where it was let to nothing, no id is in them.
_PERSON, _CLINIC = (f"string_to_array(current_setting('app.{name}', true), ',')" for name in ("person", "clinic"))
THEIR_PERSON = f"ANY ({_PERSON}::uuid[])"
THEIR_CLINIC = f"ANY ({_CLINIC}::uuid[])"
KEYED_BY_PERSON = f"ANY ({_PERSON})"  # where the id is written as text
IDENTITY = "current_setting('app.door', true) = 'identity'"

THEIRS = f"clinic_id = {THEIR_CLINIC} OR person_id = {THEIR_PERSON}"
OF_CLINIC = f"clinic_id = {THEIR_CLINIC}"
OF_PATIENT = f"EXISTS (SELECT FROM membership m WHERE m.person_id = {{table}}.person_id AND m.{OF_CLINIC})"
ONES_OWN = f"person_id = {THEIR_PERSON} OR {IDENTITY} OR {OF_PATIENT}"
OF_SEEN_REQUEST = "EXISTS (SELECT FROM request WHERE request.id = request_id)"
LED_BY_LINK = f"{IDENTITY} OR {OF_SEEN_REQUEST}"
# Where nobody was known yet, it is sealed with the clinic's own key.
OF_NOBODY_KNOWN = "key_id IN (SELECT clinic.key_id FROM clinic)"
ALL = "true"


@dataclass(frozen=True, slots=True)
class Wall:
    """One table's: the rights of each role, and conditions on the rows that the roles of callers see and write.

    Without `sees` every row is open to whoever has a right to the table. What callers may change is what they see, and
    what they may add is what they may change, unless `changes` or `adds` says otherwise. `{table}` is the table's name.
    Workers and operators see all rows. Whoever counts may read the columns `counted`. A row of a table that `follows`
    is added only to a request that the caller sees: this is looked at after the statement, which may well make the
    request itself.
    """

    app: str
    worker: str
    operator: str = SWEEP
    auditor: str = NEVER
    sequencer: str = NEVER
    counted: tuple[str, ...] = ()
    sees: str | None = None
    changes: str | None = None
    adds: str | None = None
    audited: str = "false"
    follows: bool = False


WALLS: Mapping[str, Wall] = MappingProxyType(
    {
        # What is the same for everyone.
        "workflow_version": Wall(app=READ, worker=READ, operator=READ, auditor=READ, sequencer=READ),
        "allowed_transition": Wall(app=READ, worker=READ, operator=READ, auditor=READ, sequencer=READ),
        "clinic": Wall(app=TAKE_TURNS, worker=TAKE_TURNS, auditor=READ),
        "setting": Wall(
            app=KEEP,
            worker=READ,
            # A patient's rights are under the patient's id; the rest is what the clinic shows to everyone.
            sees=f"topic <> 'right' OR {OF_CLINIC} OR key = {KEYED_BY_PERSON} OR {IDENTITY}",
            changes=f"{OF_CLINIC} OR (topic = 'right' AND {IDENTITY})",
            auditor=READ,
            audited=OF_CLINIC,
        ),
        "slot": Wall(
            app=KEEP,
            worker=READ,
            counted=("clinic_id", "key", "version", "practitioner", "reason", "starts_at", "ends_at", "released_at",
                     "offered", "at", "is_current", "removed"),
            sees=ALL,
            changes=OF_CLINIC,
        ),
        # What belongs to a person, a clinic, or both.
        "request": Wall(
            app=KEEP,
            worker=KEEP,
            auditor=READ,
            counted=("clinic_id", "slot", "slot_held", "kind", "state"),
            sees=f"{THEIRS} OR ({IDENTITY} AND {OF_NOBODY_KNOWN})",
            audited=OF_CLINIC,
        ),
        "waiting_entry": Wall(
            app=SWEEP,
            worker=SWEEP,
            counted=("clinic_id", "reason", "practitioner", "first_day", "last_day", "morning", "afternoon", "evening",
                     "in_line"),
            sees=THEIRS,
        ),
        "waiting_offer": Wall(app=READ, worker=ADD, sees=OF_SEEN_REQUEST),
        "message": Wall(app=KEEP, worker=KEEP, sees=OF_SEEN_REQUEST, adds=ALL, follows=True),
        "history": Wall(
            app=ADD, worker=ADD, operator=ADD, auditor=READ, sequencer=READ,
            sees=OF_SEEN_REQUEST, adds=ALL, audited=OF_SEEN_REQUEST, follows=True,
        ),
        "inbox": Wall(app=KEEP, worker=KEEP, sees=f"source = {THEIR_CLINIC}"),
        "draft": Wall(app=SWEEP, worker=SWEEP, sees=THEIRS),
        "stopped": Wall(app=KEEP, worker=SWEEP, sees=THEIRS),
        "medicine_list": Wall(app=KEEP, worker=READ, sees=THEIRS),
        "stored_file": Wall(app=SWEEP, worker=SWEEP, sees=THEIRS),
        "membership": Wall(app=KEEP, worker=KEEP, sees=f"{THEIRS} OR {IDENTITY}"),
        "sealing_key": Wall(
            app=KEEP,
            worker=KEEP,
            sees=f"{THEIRS} OR person_id IS NULL OR {IDENTITY} OR {OF_PATIENT}",
            changes=f"person_id IS NOT NULL AND ({THEIRS} OR {IDENTITY})",  # a clinic's own is the operator's to make
        ),
        "access": Wall(
            app=ADD, worker=ADD, operator=ADD, auditor=ADD, sequencer=READ,
            sees=f"{THEIRS} OR actor = {KEYED_BY_PERSON} OR {OF_SEEN_REQUEST}",
            adds=ALL,
            audited=OF_CLINIC,
        ),
        # By what somebody is known.
        "person_cpr": Wall(app=KEEP, worker=KEEP, sees=ONES_OWN),
        "calendar_feed": Wall(app=SWEEP, worker=READ, sees=ONES_OWN),
        "visit_preference": Wall(app=SWEEP, worker=READ, sees=ONES_OWN),
        "account": Wall(app=KEEP, worker=KEEP, sees=ONES_OWN),
        "log_in": Wall(app=SWEEP, worker=SWEEP, sees=ONES_OWN),
        "log_in_attempt": Wall(app=KEEP, worker=SWEEP, sees=ONES_OWN),
        "second_factor": Wall(app=SWEEP, worker=SWEEP, sees=ONES_OWN),
        "recovery_link": Wall(app=KEEP, worker=KEEP, sees=LED_BY_LINK),
        "activation_link": Wall(app=KEEP, worker=KEEP, sees=LED_BY_LINK),
        "dispute_link": Wall(app=KEEP, worker=KEEP, sees=LED_BY_LINK),
        "federated_identity": Wall(app=SWEEP, worker=KEEP, sees=ONES_OWN),
        "oidc_attempt": Wall(app=KEEP, worker=SWEEP, sees=IDENTITY),
        "verified_identity": Wall(app=KEEP, worker=SWEEP, sees=IDENTITY),
        "content_hold": Wall(app=KEEP, worker=KEEP, sees=f"{THEIRS} OR {IDENTITY}"),
        "address_notice": Wall(app=KEEP, worker=KEEP, sees=ONES_OWN),
        "clinic_secret": Wall(app=READ, worker=READ, sees=IDENTITY),
        "auditor": Wall(app=USE_CODES, worker=NEVER, sees=IDENTITY),
        "operator": Wall(app=USE_CODES, worker=NEVER, sees=IDENTITY),
        "grant_log_in": Wall(app=KEEP, worker=NEVER, sees=IDENTITY),
        # What holds ids, keyed hashes and codes, and nothing that a person or a clinic would say.
        "person": Wall(app=KEEP, worker=KEEP),
        "slot_hold": Wall(app=SWEEP, worker=SWEEP, counted=("clinic_id", "slot", "holder", "until")),
        "log_in_origin": Wall(app=KEEP, worker=SWEEP),
        "api_client": Wall(app=READ, worker=NEVER),
        "passkey_challenge": Wall(app=KEEP, worker=SWEEP),
        "not_reached": Wall(app=KEEP, worker=KEEP, sees=OF_SEEN_REQUEST),
        "delivery": Wall(app=READ, worker=ADD, auditor=READ, sees=OF_SEEN_REQUEST, audited=OF_SEEN_REQUEST),
        "notice_wish": Wall(app=SWEEP, worker=READ, sees=f"person_id = {THEIR_PERSON}"),
        "refused": Wall(app=KEEP, worker=NEVER, auditor=READ, sees=f"{OF_CLINIC} OR {IDENTITY}", audited=OF_CLINIC),
        "outbox": Wall(app=KEEP, worker=KEEP, counted=("state", "next_at")),
        "timer": Wall(app=SWEEP, worker=SWEEP),
        "attempt": Wall(app=NEVER, worker=KEEP),
        "feed": Wall(app=NEVER, worker=KEEP),
        "idempotency": Wall(app=ADD, worker=SWEEP),
        "throttle": Wall(app=KEEP, worker=SWEEP),
    },
)  # fmt: skip
