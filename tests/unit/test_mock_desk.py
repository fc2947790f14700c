"""The desk: what staff see and do by hand, in plain pages that everybody can use."""

import re
from html.parser import HTMLParser

import pytest

from tests.unit.mock_clinic import (
    JENS,
    Running,
    TestClock,
    ToyPortal,
    body_of,
    booking,
    e_kons,
    new_id,
    planted,
    renewal,
    sign_up,
    until,
)
from winplc_mock.acts import ACTS
from winplc_mock.desk.forms import FORMS
from winplc_mock.desk.labels import FOLDERS, KINDS
from winplc_mock.intake import FOLDERS as FILED_IN


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


@pytest.fixture
def clinic(tmp_path, portal):
    running = Running(planted(tmp_path), portal.url, clock=TestClock())
    yield running
    running.close()


class Elements(HTMLParser):
    """The elements of a page, to see whether everybody can use it."""

    def __init__(self, text):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, *tags):
        return [attributes for tag, attributes in self.found if tag in tags]


def filed(clinic, body):
    request = new_id()
    assert clinic.put(request, body).status == 201
    return request


def post(clinic, request, trigger, form=()):
    return clinic.page(f"/desk/nygade/requests/{request}/{trigger}", dict(form))


def text_of(clinic, path):
    reply = clinic.page(path)
    assert reply.status == 200, reply.data
    return reply.data.decode()


def usable(text):
    page = Elements(text)
    labelled = {label["for"] for label in page.all("label")}
    fields = [one for one in page.all("input", "select", "textarea") if one.get("type") != "hidden"]
    identifiers = [one["id"] for _, one in page.found if "id" in one]
    return (
        page.all("html")[0]["lang"] == "da"
        and len(page.all("h1")) == 1
        and len(page.all("main")) == 1
        and {one["id"] for one in fields} <= labelled
        and len(identifiers) == len(set(identifiers))
        and not page.all("script")
        and not re.search(r"\b\d{10}\b", " ".join(one.get("href", "") + one.get("action", "") for _, one in page.found))
    )


def test_every_page_is_usable_and_names_no_one_in_an_address(clinic):
    requests = [
        filed(clinic, e_kons()),
        filed(clinic, renewal("metformin", "aspirin")),
        filed(clinic, booking("tue-0900")),
        filed(clinic, sign_up()),
        filed(clinic, body_of("toy", {"wish": "a ball"})),
    ]
    fixed = [
        "/",
        "/desk/nygade/held",
        "/signups",
        *(f"/desk/nygade{rest}" for rest in ("", "/message", "/patients", "/patients/1", "/calendar", "/callbacks")),
    ]
    folders = [f"/desk/nygade/folders/{name}" for name in FOLDERS]
    for path in [*fixed, *folders, *(f"/desk/nygade/requests/{one}" for one in requests)]:
        assert usable(text_of(clinic, path)), path


def test_every_act_has_its_form_and_every_folder_its_label():
    assert set(FORMS) == set(ACTS)
    assert set(FILED_IN.values()) <= set(FOLDERS)
    assert set(FILED_IN) == set(KINDS)


def test_a_question_is_answered_by_hand(clinic, portal):
    request = filed(clinic, e_kons("Hvor længe?"))
    assert "Hvor længe?" in text_of(clinic, f"/desk/nygade/requests/{request}")
    assert post(clinic, request, "open").status == 303
    reply = post(clinic, request, "answer", {"text": "En uge.\r\nHilsen Anne", "watch_unread": "yes"})
    assert (reply.status, reply.headers["Location"]) == (303, f"/desk/nygade/requests/{request}")
    until(lambda: portal.triggers(request) == ["open", "answer"])
    assert portal.received[1].content["text"] == "En uge.\nHilsen Anne"
    assert "M-000001" in text_of(clinic, "/desk/nygade/folders/unread_answers")


def test_what_a_patient_writes_is_shown_and_never_run(clinic):
    request = filed(clinic, e_kons("<script>alert(1)</script>"))
    text = text_of(clinic, f"/desk/nygade/requests/{request}")
    assert "&lt;script&gt;" in text
    assert not Elements(text).all("script")
    assert "default-src 'none'" in clinic.page(f"/desk/nygade/requests/{request}").headers["Content-Security-Policy"]


def test_each_medicine_is_decided_by_itself(clinic, portal):
    request = filed(clinic, renewal("metformin", "oxazepam"))
    assert "Afhængighedsskabende: kræver samtale" in text_of(clinic, f"/desk/nygade/requests/{request}")
    post(clinic, request, "decide", {"medicine": "metformin", "decision": "approved", "reason": "", "text": ""})
    refused = post(
        clinic, request, "decide", {"medicine": "oxazepam", "decision": "rejected", "reason": "", "text": ""}
    )
    assert refused.status == 422
    assert 'role="alert"' in refused.data.decode()
    form = {"medicine": "oxazepam", "decision": "rejected", "reason": "needs_consultation", "text": "Ring."}
    post(clinic, request, "decide", form)
    post(clinic, request, "answer", {"text": ""})
    until(lambda: portal.triggers(request) == ["decide", "decide", "answer"])
    assert portal.received[0].content["reason"] is None
    assert portal.received[2].content["text"] is None


def test_a_booking_is_confirmed_moved_and_kept(clinic, portal):
    request = filed(clinic, booking("tue-0900"))
    other = filed(clinic, booking("tue-0930", JENS))
    post(clinic, request, "confirm")
    assert "Ida Prøve" in text_of(clinic, "/desk/nygade/calendar?day=2026-12-01")
    taken = post(clinic, request, "move_by_clinic", {"slot": "tue-0930"})
    assert taken.status == 409
    assert "Tiden er allerede optaget." in taken.data.decode()
    assert next(one["key"] for one in clinic.report()["slots"] if one["request"] == request) == "tue-0900"
    post(clinic, other, "decline", {"reason": "Lægen er syg."})
    post(clinic, request, "move_by_clinic", {"slot": "tue-0930"})
    post(clinic, request, "no_show")
    until(lambda: portal.triggers(request) == ["confirm", "move_by_clinic", "no_show"])
    assert {one["key"]: one["request"] for one in clinic.report()["slots"]}["tue-0930"] == request


def test_other_times_are_offered(clinic, portal):
    request = filed(clinic, booking("tue-0900"))
    assert post(clinic, request, "offer", {"reason": "Optaget."}).status == 422
    post(clinic, request, "offer", {"reason": "Optaget.", "slots": "tue-0930"})
    assert until(lambda: portal.received)[0].content["slots"] == ["tue-0930"]


def test_who_sits_at_the_desk_is_chosen_and_vouched_for(clinic, portal):
    request = filed(clinic, e_kons())
    reply = clinic.page("/desk/nygade/staff", {"staff": "s2"})
    cookie = reply.headers["Set-Cookie"].split(";")[0]
    form = {"text": "Ja."}
    clinic.page(f"/desk/nygade/requests/{request}/answer", form, Cookie=cookie)
    received = until(lambda: portal.received)[0]
    assert b'"acting_staff":{"id":"s2","name":"Bo Holm","role":"secretary"}' in received.body
    assert clinic.page("/desk/nygade/staff", {"staff": "s9"}).status == 422
    assert clinic.page("/desk/nygade", Cookie="staff_nygade=s9").status == 200


def test_the_clinic_writes_first(clinic, portal):
    reply = clinic.page("/desk/nygade/message", {"cpr": "1111111118", "text": "Kom forbi."})
    assert reply.status == 303
    assert until(lambda: portal.received)[0].path == "/v1/clinic/messages"
    assert clinic.page("/desk/nygade/message", {"cpr": "1111111118", "text": ""}).status == 422


def test_a_parked_callback_is_seen_and_tried_again(clinic, portal):
    portal.answers = [(422, {}, {"code": "not_so"})]
    request = filed(clinic, e_kons())
    post(clinic, request, "open")
    until(lambda: clinic.report()["events"][0]["state"] == "parked")
    text = text_of(clinic, "/desk/nygade/callbacks")
    assert "refused: not_so" in text
    event = clinic.report()["events"][0]["id"]
    assert clinic.page("/desk/nygade/callbacks/retry", {"event": event}).status == 303
    until(lambda: clinic.report()["events"][0]["state"] == "done")
    assert "Alt er modtaget." in text_of(clinic, "/desk/nygade/callbacks")


def test_each_tab_is_sent_with_the_tag_of_what_it_replaces(clinic, portal):
    portal.answers = [(200, {"ETag": f'"{number}"'}, {}) for number in range(99)]
    reply = clinic.page("/desk/nygade/push", {"go": "1"})
    assert reply.headers["Location"] == "/desk/nygade/callbacks?sent=10-10"
    asked, put = portal.received[:2]
    assert (asked.path, put.path) == ("/v1/clinic/settings",) * 2
    assert put.headers["if-match"] == '"0"'
    assert [one.path.removeprefix("/v1/clinic/") for one in portal.received[2:]] == [
        *["practitioners/hansen"] * 2,
        *["closures/christmas"] * 2,
        *["rights/lookup", "rights", "medicines"] * 2,
        "appointment-types/consultation",
        "appointment-types/vaccination",
        "slots",
    ]
    assert [one.headers["if-match"] for one in portal.received if "if-match" in one.headers] == [
        f'"{number}"' for number in (0, 2, 4, 6, 9)
    ]
    assert "10 af 10" in text_of(clinic, reply.headers["Location"])


@pytest.mark.parametrize("path", ["/desk/nygade/staff", "/control/faults", "/control/seed"])
def test_another_web_site_cannot_post_through_a_browser(clinic, path):
    reply = clinic.page(path, {"staff": "s2"}, **{"Sec-Fetch-Site": "cross-site"})
    assert (reply.status, reply.json()) == (403, {"code": "cross_site"})


@pytest.mark.parametrize(
    "path",
    [
        "/desk/nowhere",
        "/desk/nygade/folders/bin",
        "/desk/nygade/patients/99",
        "/desk/nygade/requests/01931f3e-7a10-7000-8000-0000000000ff",
    ],
)
def test_what_is_not_there_is_not_found(clinic, path):
    assert clinic.page(path).status == 404
