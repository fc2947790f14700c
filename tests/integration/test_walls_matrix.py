"""Every operation, by every kind of caller, on what is theirs, another person's, another clinic's, and nobody's.

Made from the document and the policy page: a new route is in it with its next run. What is another's is answered as
what is not there, word for word; and no answer holds a mark of somebody else's.
"""

import json

import pytest

from identity.policy import Who
from tests.knocking import Doors
from tests.people import CARLA, DAVID, NAMESAKE
from tests.worlds import NOBODYS, build_worlds, operations

BY_NUMBER = "cpr"
MAY_MEET_STRANGERS = {
    "PUT /v1/clinic/rights": "a card makes somebody a patient of the clinic, whoever they are",
    "PUT /v1/clinic/users": "a clinic makes users, and is told whether they have a log-in already (ACC-8)",
}
"""Where a clinic's word about somebody who is not its patient is taken on purpose."""

SAYS_WHICH_CALL = {"request_id", "instance"}


class Callers:
    """Everyone who may call: a patient of Nygade's, Nygade, an auditor of Nygade's, an operator, nobody.

    The patient shares name and clinic with the one of the second world; the third is of another clinic.
    """

    def __init__(self, doors):
        self.doors = doors
        self.proofs = {
            Who.ANYONE: {},
            Who.PATIENT: doors.patient(NAMESAKE),
            Who.AUDITOR: doors.auditor("nygade"),
            Who.OPERATOR: doors.operator(),
            Who.SCRAPER: {"Authorization": "Bearer scrape"},
        }
        self.number = 0

    def call(self, who, operation, objects, body=None):
        """Return the answer to who calls the operation on these objects."""
        path = operation.at(objects)
        words = operation.body if body is None else body
        if who is Who.CLINIC:
            headers = {name.replace("-", "_"): value for name, value in operation.headers.items()}
            if "Content_Digest" in headers:
                return self.doors.send(path.rpartition("/")[2], b"")
            return self.doors.signed(operation.method, path, words, **headers)
        self.number += 1
        sent = {"Content-Type": "application/json"} if words is not None else {}
        sent |= operation.headers | {"Idempotency-Key": f"key-of-the-matrix-{self.number}"} | self.proofs[who]
        query = "purpose=Complaint" if who is Who.AUDITOR else "month=2026-11" if path.endswith("/slots") else ""
        said = None if words is None else json.dumps(words)
        return self.doors.client.simulate_request(operation.method, path, body=said, headers=sent, query_string=query)


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords, metrics_token=None, production=False)


@pytest.fixture
def worlds(doors):
    return build_worlds(doors)


@pytest.fixture
def callers(doors, worlds):
    return Callers(doors)


def outside(who, worlds):
    """Return the worlds that a caller of this kind has no part in."""
    here = {Who.PATIENT: worlds[:1], Who.CLINIC: worlds[:2], Who.AUDITOR: worlds[:2], Who.OPERATOR: worlds}.get(who, [])
    return [world for world in worlds if world not in here]


def nobodys(operation):
    return dict.fromkeys(operation.objects, NOBODYS) | ({"slug": "nowhere"} if "slug" in operation.objects else {})


def told(answer):
    """Return what an answer tells: its status and its words, without what says which call it was."""
    words = (
        {name: value for name, value in answer.json.items() if name not in SAYS_WHICH_CALL}
        if _is_problem(answer)
        else answer.content.hex()
        if answer.headers.get("Content-Type") == "application/octet-stream"
        else answer.text
    )
    return answer.status_code, words


def _is_problem(answer):
    return answer.headers.get("Content-Type", "").startswith("application/problem+json")


def leaks(answer, marks):
    """Return the marks that the answer holds; a path that the caller gave is theirs to know."""
    words = json.dumps(told(answer)[1], ensure_ascii=False) + json.dumps(dict(answer.headers))
    return [mark for mark in marks if mark in words]


@pytest.mark.rule("V32", "V33", "I6")
def test_what_is_anothers_is_answered_as_what_is_not_there(doors, worlds, callers):
    before, wrong, compared = doors.kept(), [], 0
    for operation in operations(doors):
        if not operation.objects or operation.who not in {Who.PATIENT, Who.CLINIC, Who.AUDITOR}:
            continue
        absent = told(callers.call(operation.who, operation, nobodys(operation)))
        for world in outside(operation.who, worlds):
            foreign = {name: value for name, value in world.objects.items() if name in operation.objects}
            if foreign == {"slug": "nygade"}:
                continue  # the clinic of the other of that name is the caller's as well
            answer = callers.call(operation.who, operation, foreign)
            compared += 1
            if told(answer) != absent or not 400 <= answer.status_code < 500 or leaks(answer, world.marks):
                wrong.append((str(operation), world.who.name, world.clinic, told(answer), absent))
    assert wrong == []
    assert compared > 40
    assert doors.kept() == before


@pytest.mark.rule("V32", "V33")
def test_what_is_ones_own_is_found(doors, worlds, callers):
    """The other side of the test above: the same calls, on what is theirs, get past the point where it says no."""
    found = {}
    for operation in operations(doors):
        if operation.objects and operation.who in {Who.PATIENT, Who.CLINIC, Who.AUDITOR}:
            answer = callers.call(operation.who, operation, worlds[0].objects)
            found[str(operation)] = answer.status_code
            assert answer.status_code < 500, (str(operation), answer.text)
            assert answer.status_code == 200 or operation.method != "GET" or str(operation) in NO_APPOINTMENT, (
                answer.text
            )
    lost = {operation for operation, status in found.items() if status in {401, 403, 404}}
    assert lost <= {
        "DELETE /v1/uploads/{upload}",  # gone with the membership, which was ended before
        *NO_APPOINTMENT,
        "POST /v1/me/factors/totp/{factor}/confirm",  # what waits longer than its time is not there any more
        *(f"POST /v1/clinic/requests/{{request}}/{trigger}" for trigger in NOT_OF_E_KONS),
        *(
            f"POST /v1/requests/{{request}}/{trigger}"
            for trigger in ("cancel", "move", "accept", "decline", "fill_form")
        ),
    }


NO_APPOINTMENT = {"GET /v1/requests/{request}/appointment.ics", "GET /v1/calendars/{token}"}
"""What an e-consultation, and who has made no secret address, has none of."""

NOT_OF_E_KONS = (
    "decide", "confirm", "decline", "offer", "cancel_by_clinic", "move_by_clinic", "used", "no_show",
    "approve", "reject",
)  # fmt: skip
"""Triggers of other kinds than the request of the worlds: for it they are not there."""


@pytest.mark.rule("V32", "I6")
def test_who_is_of_another_kind_is_refused_whatever_it_is_about(doors, worlds, callers):
    wrong = []
    for operation in operations(doors):
        kinds = {Who.ANYONE, Who.PATIENT, Who.CLINIC, Who.AUDITOR, Who.OPERATOR} - {operation.who}
        for kind in kinds if operation.who not in {Who.ANYONE, Who.SCRAPER} else ():
            answers = [callers.call(kind, operation, world.objects) for world in worlds]
            answers.append(callers.call(kind, operation, nobodys(operation)))
            statuses = {answer.status_code for answer in answers}
            fine = (
                statuses <= ({401} if kind is Who.ANYONE else {401, 403})
                and len({str(told(each)) for each in answers}) == 1
            )
            if not fine or any(leaks(each, world.marks) for each in answers for world in worlds):
                wrong.append((str(operation), kind, statuses))
    assert wrong == []


@pytest.mark.rule("V32", "V33", "I6")
def test_no_answer_holds_a_mark_of_somebody_elses(doors, worlds, callers):
    """Lists and all: whoever may call, calls; what comes back is theirs, and some of it is."""
    wrong, own = [], set()
    for operation in operations(doors):
        kinds = [Who.ANYONE, Who.PATIENT] if operation.who is Who.ANYONE else [operation.who]
        for kind in kinds:
            answer = callers.call(kind, operation, worlds[0].objects)
            strangers = [mark for world in outside(kind, worlds) for mark in world.marks]
            if kind in {Who.AUDITOR, Who.OPERATOR, Who.SCRAPER}:
                strangers += [mark for world in worlds for mark in world.personal]
            if leaks(answer, strangers) or answer.status_code >= 500:
                wrong.append((str(operation), kind, answer.status_code, leaks(answer, strangers)))
            own |= {(kind, mark) for mark in leaks(answer, worlds[0].marks)}
    assert wrong == []
    assert {kind for kind, _ in own} >= {Who.PATIENT, Who.CLINIC, Who.AUDITOR, Who.OPERATOR}
    assert {(Who.PATIENT, mark) for mark in worlds[0].words} <= own


@pytest.mark.rule("V32", "V33", "I6")
def test_a_clinic_is_not_told_who_is_a_patient_elsewhere(doors, worlds, callers):
    """A number of Carla's, who is a patient at Havnen only, is answered at Nygade as one that nobody has."""
    wrong, compared = [], 0
    for operation in operations(doors):
        content = operation.body.get("content", {}) if isinstance(operation.body, dict) else {}
        if operation.who is not Who.CLINIC or BY_NUMBER not in content or str(operation) in MAY_MEET_STRANGERS:
            continue
        elsewhere, nowhere = (
            callers.call(
                operation.who, operation, worlds[0].objects, operation.body | {"content": content | {"cpr": who.digits}}
            )
            for who in (CARLA, DAVID)
        )
        compared += 1
        if told(elsewhere) != told(nowhere) or leaks(elsewhere, worlds[2].marks):
            wrong.append((str(operation), told(elsewhere), told(nowhere)))
    assert wrong == []
    assert compared >= 5
