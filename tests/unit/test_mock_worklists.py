"""The desk shows what the portal keeps for the clinic to look after, and says how a patient was reached."""

import pytest

from tests.unit.mock_clinic import IDA, Running, TestClock, ToyPortal, e_kons, new_id, planted


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


def item(request, **more):
    plain = {"id": request, "kind": "e_kons", "reference": "W-000001", "answer_by": "2026-11-30"}
    return plain | {"since": "2026-11-23T09:00:00Z", "reason": None, "letter": None} | more


@pytest.mark.rule("NOT-3", "NEW-5")
def test_who_was_not_reached_is_listed_by_name_and_marked_as_handled(clinic, portal):
    request = new_id()
    assert clinic.put(request, e_kons(cpr=IDA)).status in {200, 201}
    portal.answers = [
        (200, {}, {"items": [item(request, reason="bounced")], "next_cursor": "abc"}),
        (200, {}, {"request": request, "state": "unreachable"}),
        (200, {}, {"items": [], "next_cursor": None}),
    ]
    text = clinic.page("/desk/nygade/lists/not-reached").data.decode()
    assert "Ida Prøve" in text
    assert "Mailen kom retur" in text
    assert "?cursor=abc" in text
    reply = clinic.page(f"/desk/nygade/requests/{request}/not-reached", {"how": "phone"})
    assert "Opgaven er taget af listen" in clinic.page(reply.headers["Location"]).data.decode()
    said = portal.received[1]
    assert (said.path, said.content) == (f"/v1/clinic/requests/{request}/handled", {"how": "phone"})


@pytest.mark.rule("NEW-1", "NEW-2")
@pytest.mark.parametrize("name", ["due-soon", "overdue", "unread-answers"])
def test_every_list_has_its_page_and_a_strange_one_has_none(clinic, portal, name):
    portal.answers = [(200, {}, {"items": [item(new_id())], "next_cursor": None})]
    text = clinic.page(f"/desk/nygade/lists/{name}").data.decode()
    assert "2026-11-30" in text
    assert "Ukendt" in text
    assert clinic.page("/desk/nygade/lists/strange").status == 404


@pytest.mark.rule("NEW-25")
def test_the_numbers_are_shown_and_a_bad_period_is_explained(clinic, portal):
    kind = {"kind": "e_kons", "volume": 7, "by_hour": [0] * 9 + [7] + [0] * 14, "by_weekday": [7] + [0] * 6}
    kind |= {"to_answer": {"median": 5400, "nine_of_ten": 7200}, "kept": 6, "late": 1, "awaited": 0}
    kind |= {"share_late": 0.143, "share_asked_again": None}
    refused = {"kind": "booking", "layer": "holiday", "code": "closed_for_holiday", "count": 3}
    portal.answers = [
        (200, {}, {"kinds": [kind], "refused": [refused]}),
        (400, {}, {"errors": [{"detail": "Den sidste dag kommer før den første."}]}),
        (503, {}, {}),
    ]
    text = clinic.page("/desk/nygade/statistics").data.decode()
    for words in ("1.5 (9 af 10: 2.0)", "14 %", "For få", "kl. 9", "mandag", "closed_for_holiday"):
        assert words in text
    assert "før den første" in clinic.page("/desk/nygade/statistics?first=2026-12-01&last=2026-11-01").data.decode()
    assert clinic.page("/desk/nygade/statistics").status == 502
