"""The desk's conversations: the patient's words beside the answer, phrases, receipts, and whom a sign has stopped."""

import pytest

from tests.unit.mock_clinic import IDA, Running, TestClock, ToyPortal, e_kons, new_id, planted, until


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


THREAD = e_kons()["thread"]
DESK = "/desk/nygade"


def filed(clinic, text="Må jeg tage medicinen om aftenen?"):
    request = new_id()
    assert clinic.put(request, e_kons(text)).status == 201
    return request


def text_of(clinic, path):
    return clinic.page(path).data.decode()


def fill_in(clinic, path, **fields):
    return clinic.page(path, fields)


@pytest.mark.rule("EKO-9", "EKO-8")
def test_the_answer_stands_beside_the_patients_words_with_a_phrase_and_the_journal(clinic):
    filed(clinic)
    page = text_of(clinic, f"{DESK}/threads/{THREAD}?phrase=normal")
    assert "Må jeg tage medicinen om aftenen?" in page
    assert "Dine prøvesvar er normale." in page
    assert "Åbn journalen, Diverse" in page
    assert "journal J-000001" in page


@pytest.mark.rule("EKO-6", "EKO-9")
def test_an_answer_goes_to_the_portal_and_shows_when_it_was_read(clinic, portal):
    request = filed(clinic)
    fill_in(clinic, f"{DESK}/threads/{THREAD}/answer", text="Ja, det må du.", watch_unread="yes")
    [told] = until(lambda: portal.received)
    assert (told.path, told.content["text"]) == (f"/v1/clinic/requests/{request}/answer", "Ja, det må du.")
    assert "Ikke læst, holdes øje med" in text_of(clinic, f"{DESK}/threads/{THREAD}")
    door = f"/winplc/v1/clinics/nygade/messages/{told.content['message_id']}/read"
    assert clinic.call("POST", door, {"at": "2026-11-23T13:00:00.000000Z"}).status == 200
    assert "Læst 23-11-2026 14:00" in text_of(clinic, f"{DESK}/threads/{THREAD}")
    assert "Alle svar, der holdes øje med, er læst." in text_of(clinic, f"{DESK}/folders/unread_answers")


@pytest.mark.rule("EKO-14")
def test_a_conversation_is_closed_with_a_reason(clinic, portal):
    request = filed(clinic)
    assert fill_in(clinic, f"{DESK}/threads/{THREAD}/close", reason="").status == 422
    fill_in(clinic, f"{DESK}/threads/{THREAD}/close", reason="Vi har talt sammen.")
    [told] = until(lambda: portal.received)
    assert (told.path, told.content) == (f"/v1/clinic/requests/{request}/close", {"reason": "Vi har talt sammen."})


@pytest.mark.rule("EKO-7")
def test_a_message_of_the_clinics_own_is_written_in_the_conversation(clinic, portal):
    content = {"cpr": IDA, "thread": THREAD, "text": "Vi glemte noget."}
    order = {"clinic": "nygade", "trigger": "message", "content": content}
    clinic.control("POST", "act", order)
    [told] = until(lambda: portal.received)
    assert (told.path, told.content["thread"]) == ("/v1/clinic/messages", THREAD)
    assert "Vi glemte noget." in text_of(clinic, f"{DESK}/threads/{THREAD}")
    fill_in(clinic, f"{DESK}/threads/{THREAD}/answer", text="Og én ting til.")
    until(lambda: len(portal.received) == 2)
    assert {each.content["thread"] for each in portal.received} == {THREAD}


@pytest.mark.rule("NEW-12")
def test_staff_edit_the_warning_signs_and_see_whom_they_stopped(clinic, portal):
    signs = {"required": False, "tell_clinic": True, "out_of_hours_da": "Ring 1813.", "out_of_hours_en": "Phone 1813."}
    signs |= {name: [{"name": "stroke", "da": "Lam?", "en": "Numb?"}] for name in ("adult", "child")}
    stops = {"items": [{"cpr": IDA, "at": "2026-11-23T12:00:00Z", "signs": ["stroke"]}], "next_cursor": None}
    portal.answers += [(200, {"ETag": '"3"'}, signs), (200, {}, stops), (200, {}, {"version": 4})]
    page = text_of(clinic, f"{DESK}/signs")
    assert "stroke | Lam? | Numb?" in page
    assert "Ida" in page.partition("Stoppede patienter")[2]
    lines = {"adult": "stroke | Lam? | Numb?\r\nfever | Feber? | Fever?", "child": "stroke | Lam? | Numb?"}
    fields = lines | {"version": '"3"', "required": "yes", "out_of_hours_da": "Ring 1813.", "out_of_hours_en": "-"}
    assert fill_in(clinic, f"{DESK}/signs", **fields).headers["location"] == f"{DESK}/signs?told=saved"
    sent = portal.received[-1]
    assert sent.headers["if-match"] == '"3"'
    assert [each["name"] for each in sent.content["adult"]] == ["stroke", "fever"]
    assert (sent.content["required"], sent.content["tell_clinic"]) == (True, False)


def test_there_is_no_conversation_of_a_strange_id(clinic):
    assert clinic.page(f"{DESK}/threads/{new_id()}").status == 404


@pytest.mark.rule("EKO-9")
def test_phrases_are_the_clinics_to_change(clinic):
    saved = fill_in(clinic, f"{DESK}/phrases", key="influenza", title="Influenza", text="Kom til vaccination.")
    assert saved.status == 303
    assert "Kom til vaccination." in text_of(clinic, f"{DESK}/phrases")
    assert fill_in(clinic, f"{DESK}/phrases", key="Stort Ord", title="x", text="y").status == 422
    fill_in(clinic, f"{DESK}/phrases", key="influenza", remove="yes")
    assert "Kom til vaccination." not in text_of(clinic, f"{DESK}/phrases")
    assert "Kom til vaccination." not in text_of(clinic, "/desk/havnen/phrases")
