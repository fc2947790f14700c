"""Sign-ups at the clinic: what staff see, what their yes and no write and tell, and what the system answers alone."""

from copy import deepcopy

import pytest

from tests.unit.mock_clinic import (
    EXAMPLE,
    IDA,
    JENS,
    STRANGER,
    Running,
    TestClock,
    ToyPortal,
    new_id,
    planted,
    sign_up,
    until,
)


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


def seed(**changes):
    """The example seed; what is given changes the first clinic, `sign_up` its settings."""
    changed = deepcopy(EXAMPLE)
    first = changed["clinics"][0]
    first["settings"]["sign_up"] = changes.pop("sign_up", "with_approval")
    first.update(changes)
    return changed


@pytest.fixture
def open_clinic(tmp_path, portal):
    """Opens the clinic system of a seed, with simulated staff if a delay is given."""
    opened = []

    def open_it(robot=None, **changes):
        running = Running(planted(tmp_path, seed(**changes)), portal.url, clock=TestClock(), robot_delay=robot)
        opened.append(running)
        return running

    yield open_it
    for running in opened:
        running.close()


def filed(clinic, body, slug="nygade"):
    request = new_id()
    path = f"/winplc/v1/clinics/{slug}/requests/{request}"
    secrets = EXAMPLE["clinics"][0 if slug == "nygade" else 1]["secrets"]["from_portal"]
    assert clinic.call("PUT", path, body, secrets=secrets).status == 201
    return request


def page(clinic, path):
    reply = clinic.page(path)
    assert reply.status == 200, reply.data
    return reply.data.decode()


def post(clinic, request, trigger, form):
    return clinic.page(f"/desk/nygade/requests/{request}/{trigger}", form)


def patients(clinic):
    with clinic.store.read() as db:
        return {row["cpr"]: dict(row) for row in db.execute("SELECT * FROM patients WHERE clinic = 'nygade'")}


@pytest.mark.rule("ACC-3")
def test_a_stranger_is_filed_among_the_sign_ups_and_staff_are_asked_about_a_card(open_clinic):
    clinic = open_clinic()
    request = filed(clinic, sign_up())
    assert clinic.filed(request)["folder"] == "signups"
    assert request in page(clinic, "/desk/nygade/folders/signups")
    shown = page(clinic, f"/desk/nygade/requests/{request}")
    assert "Nej. Skal der oprettes et?" in shown
    assert "gry@example.test" in shown
    assert "<dt>Egen læge</dt><dd>Nej</dd>" in shown


@pytest.mark.rule("ACC-3", "ACC-7")
def test_a_patient_is_shown_as_one_with_the_cards_own_address(open_clinic):
    clinic = open_clinic()
    shown = page(clinic, f"/desk/nygade/requests/{filed(clinic, sign_up(IDA))}")
    assert "uden MitID" in shown
    assert "ida@example.test" in shown
    assert "Ja, ifølge sygesikringsregistret" in shown


@pytest.mark.rule("ACC-4")
def test_every_right_asked_for_is_ticked_and_staff_may_untick_each(open_clinic, portal):
    clinic = open_clinic()
    request = filed(clinic, sign_up(IDA))
    shown = page(clinic, f"/desk/nygade/requests/{request}")
    assert shown.count(" checked>") == 2
    assert post(clinic, request, "approve", {"services": "booking"}).status == 303
    (received,) = until(lambda: portal.received)
    assert received.content == {"services": ["booking"], "no_mitid": True, "own_gp": True}
    assert patients(clinic)[IDA]["rights"] == '{"booking":true,"e_kons":false}'


@pytest.mark.rule("ACC-3")
def test_a_yes_to_a_stranger_needs_a_card_and_makes_it(open_clinic, portal):
    clinic = open_clinic()
    request = filed(clinic, sign_up())
    refused = post(clinic, request, "approve", {"services": "booking"})
    assert (refused.status, "intet stamkort" in refused.data.decode()) == (422, True)
    assert portal.received == []
    assert STRANGER not in patients(clinic)
    post(clinic, request, "approve", {"services": "booking", "no_mitid": "yes", "create_record": "yes"})
    (received,) = until(lambda: portal.received)
    assert received.content == {"services": ["booking"], "no_mitid": True, "own_gp": False}
    made = patients(clinic)[STRANGER]
    assert (made["name"], made["email"], made["no_mitid"]) == ("Gry Prøve", "gry@example.test", 1)


@pytest.mark.rule("ACC-9")
def test_a_yes_keeps_the_cards_address_and_its_mark(open_clinic):
    clinic = open_clinic()
    post(clinic, filed(clinic, sign_up(IDA, email="other@example.test")), "approve", {"services": "booking"})
    card = patients(clinic)[IDA]
    assert (card["name"], card["email"], card["no_mitid"]) == ("Ida Prøve", "ida@example.test", 1)


@pytest.mark.rule("ACC-4")
def test_a_no_says_why_by_a_word_from_a_list(open_clinic, portal):
    clinic = open_clinic()
    request = filed(clinic, sign_up())
    assert post(clinic, request, "reject", {"reason": "Patienten er syg."}).status == 422
    assert post(clinic, request, "reject", {"reason": "identity_unclear"}).status == 303
    assert until(lambda: portal.received)[0].content == {"reason": "identity_unclear"}
    assert clinic.filed(request)["state"] == "handled"


@pytest.mark.rule("ACC-8", "ACC-9")
def test_a_patient_is_made_a_user_from_the_card(open_clinic, portal):
    portal.answers = [(200, {}, {"user": "created"})]
    services = {"e_kons": "on", "renewal": "on", "booking": "on", "recovery": "on"}
    clinic = open_clinic(settings={"services": services})
    card = page(clinic, "/desk/nygade/patients/2")
    assert "Opret eller tilknyt bruger" in card
    assert 'value="booking"' in card
    assert 'value="recovery"' not in card, "nobody needs a right to what is asked for without a log-in"
    form = {"email": "jens@example.test", "language": "da", "services": "e_kons", "no_mitid": "yes"}
    reply = clinic.page("/desk/nygade/patients/2/user", form)
    assert reply.headers["Location"] == "/desk/nygade/patients/2?user=created"
    assert "mail med et link" in page(clinic, reply.headers["Location"])
    (received,) = portal.received
    assert (received.path, JENS in received.path) == ("/v1/clinic/users", False)
    assert received.content == {"cpr": JENS, "no_mitid": True, "services": ["e_kons"]} | {
        "email": "jens@example.test",
        "language": "da",
    }
    card = patients(clinic)[JENS]
    assert (card["no_mitid"], card["rights"]) == (1, '{"booking":false,"e_kons":true,"renewal":false}')
    portal.answers = [(422, {}, {})]
    assert clinic.page("/desk/nygade/patients/2/user", form).headers["Location"].endswith("?user=failed")
    assert clinic.page("/desk/nygade/patients/99/user", form).status == 404


@pytest.mark.rule("ACC-5")
def test_somebody_who_left_before_is_marked(open_clinic):
    clinic = open_clinic()
    request = filed(clinic, sign_up(left_before=True))
    assert "Har tidligere slettet sin bruger" in page(clinic, f"/desk/nygade/requests/{request}")
    assert "Har tidligere" not in page(clinic, f"/desk/nygade/requests/{filed(clinic, sign_up())}")


@pytest.mark.rule("ACC-6")
def test_the_sign_ups_of_all_clinics_name_the_clinic_and_are_narrowed_to_one(open_clinic):
    clinic = open_clinic()
    here, there = filed(clinic, sign_up(IDA)), filed(clinic, sign_up(JENS), "havnen")
    both = page(clinic, "/signups")
    assert here in both
    assert there in both
    assert "<td>Lægehuset Nygade</td>" in both
    assert "<td>Lægerne ved Havnen</td>" in both
    one = page(clinic, "/signups?clinic=havnen")
    assert there in one
    assert here not in one
    assert clinic.page("/signups?clinic=nowhere").status == 404


@pytest.mark.rule("ACC-7")
def test_without_approval_the_system_takes_its_own_patients_and_makes_their_cards(open_clinic, portal):
    clinic = open_clinic(sign_up="without_approval", registered=[STRANGER])
    request = filed(clinic, sign_up(proven=True))
    (received,) = until(lambda: portal.received)
    assert (received.trigger, received.content["own_gp"]) == ("approve", True)
    assert received.content["services"] == ["e_kons", "booking"]
    assert b'"role":"system"' in received.body
    assert STRANGER in patients(clinic)
    assert clinic.filed(request)["state"] == "handled"


@pytest.mark.rule("ACC-7")
def test_without_approval_nobody_elses_patient_is_taken(open_clinic, portal):
    clinic = open_clinic(sign_up="without_approval")
    filed(clinic, sign_up(proven=True))
    (received,) = until(lambda: portal.received)
    assert (received.trigger, received.content) == ("reject", {"reason": "not_own_gp"})
    assert STRANGER not in patients(clinic)


@pytest.mark.rule("ACC-7")
def test_without_a_national_identity_staff_are_asked_all_the_same(open_clinic, portal):
    clinic = open_clinic(sign_up="without_approval", registered=[STRANGER])
    assert clinic.filed(filed(clinic, sign_up()))["state"] == "new"
    assert portal.received == []


def test_simulated_staff_say_yes_but_not_where_the_identity_is_in_doubt(open_clinic, portal):
    clinic = open_clinic(robot=0.0)
    doubtful = filed(clinic, sign_up(IDA, known_as="user_with_another_address"))
    request = filed(clinic, sign_up(IDA))
    until(lambda: portal.triggers(request) == ["approve"])
    assert portal.triggers(doubtful) == []
    assert clinic.filed(doubtful)["state"] == "new"
