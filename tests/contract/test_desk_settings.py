"""Staff at the mock's desk steer the portal: the three tabs, the stamkort's rights, over real sockets."""

import html
import json
import re
from threading import Thread

import pytest

from portal.demo_data import PATIENTS, fresh_secrets, winplc_seed
from storage.registers import MEMBERSHIP, SETTING
from tests.furnishing import SECRET
from tests.knocking import Doors
from tests.people import ALICE
from tests.unit.mock_clinic import Running, planted
from winplc_mock.server import Server

DESK = "/desk/nygade/communication"


@pytest.fixture
def doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords)


@pytest.fixture
def desk(doors, tmp_path):
    server = Server("127.0.0.1", 0, doors.client.app)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    secrets = dict.fromkeys(fresh_secrets(), SECRET)
    seed = json.loads(winplc_seed("http://localhost:8000", doors.house.clock(), secrets))
    url = f"http://127.0.0.1:{server.server_address[1]}"
    running = Running(planted(tmp_path, seed), url, clock=doors.house.clock)
    running.control("POST", "push", {"clinic": "nygade"})
    yield running
    running.close()
    server.shutdown()
    server.server_close()
    thread.join()


def page(desk, path):
    reply = desk.page(path)
    assert reply.status == 200, reply.data.decode()
    return reply.data.decode()


def form_of(text, action):
    """Return what a browser would post of the page's form at this address, nothing changed."""
    form = re.search(rf'<form method="post" action="{re.escape(action)}">(.*?)</form>', text, re.DOTALL)[1]
    hidden = re.findall(r'<input (?:type="hidden" |id="[^"]*" )name="([^"]+)"[^>]*?value="([^"]*)"', form)
    texts = re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    filled = dict(hidden) | dict(texts)
    for name in re.findall(r'<input type="checkbox" id="[^"]*" name="([^"]+)" value="[^"]*" checked>', form):
        filled[name] = "yes"
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        filled[name] = (re.findall(r'value="([^"]*)" selected', options) or [""])[0]
    return {name: html.unescape(value) for name, value in filled.items()}


def in_force(doors, topic, key="-"):
    mine = (SETTING.c.clinic_id == doors.house.clinics["nygade"].clinic, SETTING.c.topic == topic, SETTING.c.key == key)
    rows = doors.house.rows(SETTING, *mine, SETTING.c.is_current)
    return rows[0] if rows else None


@pytest.mark.rule("CLN-1", "CLN-2", "CLN-3", "APP-3", "NEW-10")
def test_the_clinic_tab_is_changed_at_the_desk_and_a_colleagues_change_is_not_overwritten(doors, desk):
    form = form_of(page(desk, f"{DESK}/clinic"), f"{DESK}/clinic")
    changed = form | {
        "services/e_kons": "receive_only",
        "longest_text": "250",
        "closing_days": "2026-12-31\n2026-06-05",
    }
    sent = desk.page(f"{DESK}/clinic", changed)
    assert (sent.status, sent.headers["Location"]) == (303, f"{DESK}/clinic?told=sent")
    body = in_force(doors, "settings").body
    assert (body["services"]["e_kons"], body["longest_text"]) == ("receive_only", 250)
    assert body["closing_days"] == ["2026-06-05", "2026-12-31"]
    late = desk.page(f"{DESK}/clinic", form | {"phone": "70 99 99 99"})
    text = late.data.decode()
    assert late.status == 412
    assert "En anden har ændret dette" in text
    assert "70 99 99 99" in text, "nothing typed is lost"
    assert in_force(doors, "settings").body["longest_text"] == 250
    wrong = desk.page(
        f"{DESK}/clinic", form_of(page(desk, f"{DESK}/clinic"), f"{DESK}/clinic") | {"longest_text": "9999"}
    )
    assert wrong.status == 422
    assert "Højst 5000." in wrong.data.decode()
    assert "/longest_text: 400 → 250" in page(desk, f"{DESK}/clinic")
    desk.control("POST", "push", {"clinic": "nygade"})
    assert in_force(doors, "settings").body["longest_text"] == 250, "the clinic's own books know it too"


@pytest.mark.rule("PRA-1", "PRA-2", "PRA-5", "PRA-6")
def test_a_practitioner_is_made_shown_warned_of_and_removed(doors, desk):
    new = {"key": "holm2", "tag": "*", "name": "Bo Holm", "title": "Sygeplejerske", "services/booking": "yes"}
    assert desk.page(f"{DESK}/practitioners/new", new).status == 303
    text = page(desk, f"{DESK}/practitioners/holm2")
    assert "Sygeplejerske Bo Holm" in text
    assert "ingen kalender synkroniseres" in text
    assert "Sygeplejerske Bo Holm" in page(desk, f"{DESK}/practitioners")
    gone = desk.page(f"{DESK}/practitioners/holm2/end", form_of(text, f"{DESK}/practitioners/holm2/end"))
    assert gone.headers["Location"].endswith("told=ended")
    assert in_force(doors, "practitioner", "holm2") is None
    assert "Ophævet" in page(desk, f"{DESK}/practitioners")


@pytest.mark.rule("HOL-1", "HOL-2", "HOL-3")
def test_a_holiday_is_planned_with_a_warning_refused_where_it_overlaps_and_cancelled(doors, desk):
    new = {"key": "easter", "tag": "*", "first_day": "2027-03-22", "last_day": "2027-03-29", "closes": "e_kons"}
    assert desk.page(f"{DESK}/holidays/new", new | {"message": "Vi holder påske."}).status == 303
    text = page(desk, f"{DESK}/holidays/easter")
    assert "Min Læge, medicinkortet og apoteket kan stadig sende" in text
    overlapping = desk.page(f"{DESK}/holidays/new", new | {"key": "again", "message": "Og igen."})
    assert overlapping.status == 422
    assert "overlapper" in overlapping.data.decode()
    assert "Og igen." in overlapping.data.decode()
    doors.house.clock.tick(120)
    assert desk.page(f"{DESK}/holidays/easter/end", form_of(text, f"{DESK}/holidays/easter/end")).status == 303
    assert in_force(doors, "closure", "easter") is None
    then = page(desk, f"{DESK}/holidays/easter?as_of=2026-11-23T10:01")
    assert "Vi holder påske." in then


@pytest.mark.rule("PAT-1", "NEW-10")
def test_a_patients_rights_and_departure_are_set_on_the_stamkort(doors, desk):
    with desk.system.books.store.read() as db:
        number = db.execute(
            "SELECT rowid FROM patients WHERE clinic = 'nygade' AND cpr = ?", (PATIENTS[0].cpr,)
        ).fetchone()[0]
    place = f"/desk/nygade/patients/{number}/rights"
    form = form_of(page(desk, place), place)
    assert desk.page(place, {"tag": form["tag"], "services": "e_kons"}).status == 303
    late = desk.page(place, {"tag": form["tag"], "services": "booking"})
    assert late.status == 412
    assert "En anden har ændret" in late.data.decode()
    assert desk.page(f"{place}/departure", {"reason": "moved"}).status == 303
    assert "Patienten er flyttet." in page(desk, place)
    assert [row.departed for row in doors.house.rows(MEMBERSHIP, MEMBERSHIP.c.departed.is_not(None))] == ["moved"]
    assert desk.page(f"{place}/departure", {"reason": ""}).status == 303
    assert "Patienten er flyttet." not in page(desk, place)


@pytest.mark.rule("HOL-2", "APP-1")
def test_what_comes_by_other_ways_in_a_holiday_lies_in_the_same_folder_and_troubles_nobody(doors, desk):
    today = doors.house.clock().date().isoformat()
    new = {
        "key": "now",
        "tag": "*",
        "first_day": today,
        "last_day": today,
        "message": "Lukket i dag.",
        "closes": "renewal",
    }
    assert desk.page(f"{DESK}/holidays/new", new).status == 303
    page_of_clinic = doors.get("/v1/clinics/nygade").json
    assert [each["message"] for each in page_of_clinic["holidays"]] == ["Lukket i dag."]
    order = {"clinic": "nygade", "kind": "renewal", "channel": "fmk", "cpr": PATIENTS[0].cpr}
    sent = desk.control("POST", "inject", order | {"content": {"medicines": ["metformin"], "comment": None}})
    assert "Medicinkortet" in page(desk, "/desk/nygade/folders/renewals")
    act = {"clinic": "nygade", "request": sent["request"], "trigger": "answer", "content": {"text": None}}
    desk.control("POST", "act", act)
    assert "Alt er modtaget." in page(desk, "/desk/nygade/callbacks"), "the portal is told nothing of it"
    before = doors.kept()
    stray = doors.tell(sent["request"], "answer", message_id="M-000001", text=None)
    assert (stray.status_code, stray.json["code"]) == (404, "not_found"), "and says so if it is told all the same"
    assert doors.kept() == before


@pytest.mark.rule("SHR-2", "SHR-3")
def test_staff_of_two_clinics_are_one_who_chooses_and_nothing_crosses(doors, desk):
    desk.control("POST", "push", {"clinic": "havnen"})
    logged_in = desk.page("/", {"person": "hansen"}).headers["Set-Cookie"].split(";")[0]
    assert re.findall(r'href="/desk/([a-z]+)"', desk.page("/", Cookie=logged_in).data.decode()) == ["havnen", "nygade"]
    alone = desk.page("/", {"person": "sofie"}).headers["Set-Cookie"].split(";")[0]
    assert re.findall(r'href="/desk/([a-z]+)"', desk.page("/", Cookie=alone).data.decode()) == ["nygade"]
    assert desk.page("/", {"person": "nobody"}).status == 422
    line = {"tag": '"1"', "name": "Anne Hansen", "custom_name": "Dr. Anne i Nygade", "services/e_kons": "yes"}
    tag = form_of(page(desk, f"{DESK}/practitioners/hansen"), f"{DESK}/practitioners/hansen")["tag"]
    assert desk.page(f"{DESK}/practitioners/hansen", line | {"tag": tag}, Cookie=logged_in).status == 303
    shown = {
        slug: {each["key"]: each["name"] for each in doors.get(f"/v1/clinics/{slug}").json["practitioners"]}
        for slug in ("nygade", "havnen")
    }
    assert (shown["nygade"]["hansen"], shown["havnen"]["hansen"]) == ("Dr. Anne i Nygade", "Læge Anne Hansen")
    row = in_force(doors, "practitioner", "hansen")
    assert (row.by, row.by_name) == ("hansen", "Anne Hansen")
    here, there = (
        doors.house.delivered(doors.house.e_kons(f"Only for {slug}.", who=ALICE, clinic=slug))
        for slug in ("nygade", "havnen")
    )
    assert doors.house.request(here).thread_id != doors.house.request(there).thread_id
    before = doors.kept()
    crossed = doors.tell(there, "answer", clinic="nygade", message_id="M-000001", text="Hej.")
    assert crossed.status_code == 404
    joined = {"Idempotency-Key": "a-thread-of-another-clinic"} | doors.patient(ALICE)
    words = {"text": "Mere.", "thread": str(there)}
    reply = doors.client.simulate_post("/v1/clinics/nygade/requests/e_kons", json=words, headers=joined)
    assert reply.status_code == 404, "a reply does not cross either"
    assert doors.kept() == before
