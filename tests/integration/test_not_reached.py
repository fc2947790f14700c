"""Whom a letter did not reach stands on the clinic's list, whatever became of the request, until somebody saw to it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from notifications.transport import MemoryTransport, SendFailed
from portal.bounce_command import TRY_AGAIN, bounce
from storage.bounces import Came, come_back, return_key, row_of
from storage.deadlines import Deadlines
from storage.housekeeping import sweep
from storage.models import MESSAGE, OUTBOX
from storage.parcels import Parcels
from tests.knocking import Doors
from tests.people import ALICE
from tests.unit.test_bounces import report
from workers.crew import Crew
from workers.leases import Leases
from workers.notify import Notify, Sender
from workers.patience import Patience
from workflows.catalogue import CATALOGUE


class Refusing(MemoryTransport):
    """A relay that takes no mail: `fails` is how."""

    def __init__(self, fails):
        super().__init__()
        self.fails = fails

    def send(self, _mail, *, before_body):
        raise self.fails


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def notify(house, transport):
    parcels = Parcels(house.keyring, CATALOGUE, house.clock)
    leases = Leases(house.worker, timedelta(seconds=30))
    crew = Crew(house.database, house.ledger, house.worker, parcels, leases, Patience(lambda: 1.0))
    return Notify(crew, transport, Sender("post@portal.example", "http://localhost"))


def answered(house, number=1):
    request = house.delivered(house.e_kons())
    house.answer(request, number, watch_unread=True)
    return request


def mailed(house, request):
    """Send what is next to be mailed of a request; return its outbox row."""
    row = house.owed(request, "mail").id
    transport = MemoryTransport()
    notify(house, transport)(row)
    assert len(transport.mails) == 1
    return row


def read(house, doors, request):
    """Say that the patient has read the answer."""
    [answer] = house.rows(MESSAGE, MESSAGE.c.request_id == request, MESSAGE.c.author == "clinician")
    said = doors.client.simulate_post("/v1/messages/read", json={"messages": [str(answer.id)]}, headers=doors.patient())
    assert said.status_code == 200, said.text


def returned(house, row):
    with house.database.writing() as connection:
        return come_back(connection, house.ledger, row)


def listed(doors, name="not-reached"):
    items = doors.signed("GET", f"/v1/clinic/lists/{name}").json["items"]
    return [(one["id"], one["reason"], one["letter"]) for one in items]


@pytest.mark.rule("NOT-3", "NEW-5")
def test_a_bounce_makes_the_request_unreachable_and_a_new_address_tells_it_again(house, doors):
    request = answered(house)
    row = mailed(house, request)
    assert house.state(request) == "notified"
    assert returned(house, row) is Came.NOTED
    assert returned(house, row) is Came.KNOWN
    assert (house.state(request), house.walked(request)[-1]) == ("unreachable", "bounced")
    assert listed(doors) == [(str(request), "bounced", "message_waiting")]
    body = doors.call(cpr=ALICE.digits, email="alma.ny@patient.example")
    assert doors.signed("PUT", "/v1/clinic/accounts/address", body).json == {"changed": True}
    assert (house.state(request), house.walked(request)[-1]) == ("answered", "renotify")
    assert listed(doors) == []
    mailed(house, request)
    assert returned(house, row) is Came.KNOWN
    assert house.state(request) == "notified"


@pytest.mark.rule("NOT-3", "NEW-5")
def test_a_cancellation_that_bounced_is_a_task_and_the_booking_stays_cancelled(house, doors):
    request = house.delivered(house.booking("slot-1"))
    house.say(request, "confirm", message_id="M-1")
    mailed(house, request)
    house.say(request, "cancel_by_clinic", message_id="M-2", reason="Syg.")
    row = mailed(house, request)
    assert returned(house, row) is Came.NOTED
    assert (house.state(request), house.walked(request)[-1]) == ("cancelled_by_clinic", "not_reached")
    assert listed(doors) == [(str(request), "bounced", "appointment_news")]
    assert doors.tell(request, "handled", how="phone").status_code == 200
    last = house.history(request)[-1]
    assert (last.trigger, last.actor, last.to_state) == ("handled", "clinician", "cancelled_by_clinic")
    assert b'"s1"' in last.body
    assert b"phone" in last.body
    assert listed(doors) == []
    again = doors.tell(request, "handled", how="letter")
    assert (again.status_code, again.json["code"]) == (409, "not_on_the_list")
    assert doors.tell(request, "handled", how="pigeon").status_code == 422


@pytest.mark.rule("NOT-3", "NEW-5")
@pytest.mark.parametrize(
    ("failure", "reason"),
    [(SendFailed("recipient_550", permanent=True), "refused"), (None, "address")],
    ids=["refused", "no address"],
)
def test_a_letter_that_cannot_be_sent_is_a_task(house, doors, failure, reason):
    request = answered(house)
    if failure is None:
        with house.database.writing() as connection:
            connection.exec_driver_sql("UPDATE account SET email_sealed = NULL")
    notify(house, Refusing(failure))(house.owed(request, "mail").id)
    assert house.state(request) == "unreachable"
    assert listed(doors) == [(str(request), reason, "message_waiting")]


@pytest.mark.rule("F25", "NOT-3")
def test_a_mail_server_that_is_down_for_five_days_ends_on_the_clinics_list(house, doors):
    request, began = answered(house), house.clock()
    row = house.owed(request, "mail").id
    work, tries = notify(house, Refusing(SendFailed("connect"))), 0
    while house.rows(OUTBOX, OUTBOX.c.id == row)[0].state == "due":
        house.clock.now = max(house.clock.now, house.rows(OUTBOX, OUTBOX.c.id == row)[0].next_at)
        work(row)
        tries += 1
    assert tries == 12
    assert timedelta(days=3) < house.clock() - began < timedelta(days=5)
    assert house.state(request) == "unreachable"
    assert listed(doors) == [(str(request), "gave_up", "message_waiting")]


@pytest.mark.rule("NEW-5", "NOT-3")
def test_an_answer_that_nobody_reads_is_a_task_after_the_clinics_days_and_reading_ends_it(house, doors):
    house.settings(unread_after_days=3)
    deadlines, requests = Deadlines(house.database, house.ledger), [answered(house), answered(house, 2)]
    for request in requests:
        mailed(house, request)
    read(house, doors, requests[1])
    house.clock.tick(3 * 86400 - 1)
    assert deadlines.due() == []
    house.clock.tick(1)
    assert [deadlines.fire(request) for request in sorted(deadlines.due())] == [True, False]
    assert deadlines.due() == []
    assert house.walked(requests[0])[-1] == "unread"
    assert listed(doors) == [(str(requests[0]), "unread", None)]
    doors.tokens.clear()
    read(house, doors, requests[0])
    assert listed(doors) == []
    sweep(house.database)
    assert doors.tell(requests[0], "handled", how="phone").json["code"] == "not_on_the_list"


@pytest.mark.rule("NEW-5")
def test_a_report_that_nobody_can_have_sent_moves_nothing(house):
    request = answered(house)
    waiting = house.owed(request, "mail").id
    assert returned(house, waiting) is Came.TOO_SOON
    assert returned(house, house.new_id()) is Came.NOBODYS
    key = return_key(house.keyring, waiting)
    assert row_of(house.keyring, key.upper()) == waiting
    for forged in (f"{waiting}-0123456789abcdef", f"{house.new_id()}-{key[-16:]}", "x", "", f"{waiting}"):
        assert row_of(house.keyring, forged) is None
    assert house.state(request) == "answered"


@pytest.mark.rule("NEW-5", "NOT-3")
def test_the_command_takes_a_report_from_the_mail_servers_pipe(house, doors):
    request = answered(house)
    row = house.owed(request, "mail").id
    address = f"bounce+{return_key(house.keyring, row)}@portal.example"
    services = SimpleNamespace(**vars(doors.console))
    services.database = house.database

    def piped(words, *arguments):
        done = CliRunner().invoke(bounce, arguments, input=words, obj=lambda: services)
        return done.exit_code, done.output.strip()

    assert piped(report(to=address)) == (TRY_AGAIN, "not_sent_yet")
    mailed(house, request)
    assert piped(b"Jeg er paa ferie.") == (0, "no_report")
    assert piped(report(action="delayed", to=address)) == (0, "delayed")
    assert piped(report(), f"bounce+{row}-0123456789abcdef@portal.example") == (0, "unknown_letter")
    assert house.state(request) == "notified"
    assert piped(report(to="someone@portal.example"), address) == (0, "noted")
    assert house.state(request) == "unreachable"
    assert piped(report(to=address)) == (0, "known_already")
