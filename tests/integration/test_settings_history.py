"""What a clinic decided is read back as of any moment, by it and by its auditors, with who changed what."""

from datetime import date, timedelta

import pytest

from storage.registers import ACCESS
from tests.builders import call_at_once
from tests.knocking import Doors
from tests.people import ALICE, BOB

HANSEN = {"name": "Anne Hansen", "title": "Læge", "services": {"e_kons": True}}
CHRISTMAS = {"first_day": "2026-12-24", "last_day": "2027-01-01", "message": "Vi holder juleferie."}
CARD = {"cpr": BOB.digits, "no_mitid": True, "services": {"booking": False}}
EMPTY_WINDOW = {"earliest_booking_days": 9, "latest_booking_days": 9}
WHY = {"purpose": "Complaint 17"}


@pytest.fixture
def doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords)


def read(doors, path, **query):
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return doors.signed("GET", f"/v1/clinic/{path}?{words}" if words else f"/v1/clinic/{path}")


def look_up(doors, **asked):
    return doors.signed("POST", "/v1/clinic/rights/lookup", doors.call(cpr=BOB.digits, **asked))


def moment(doors):
    """Return the moment now as a query has it, and let time pass."""
    now = doors.house.clock()
    doors.house.clock.tick(60)
    return now.isoformat().replace("+00:00", "Z")


@pytest.mark.rule("NEW-10", "CLN-1")
def test_the_clinic_tab_is_read_as_of_any_moment_with_who_changed_what(doors):
    first = moment(doors)
    settings = read(doors, "settings").json["content"]
    assert (
        doors.decide("settings", **settings | {"longest_text": 900, "closing_days": ["2026-06-05"]}).json["version"]
        == 2
    )
    second = moment(doors)
    assert doors.decide("settings", **settings | {"longest_text": 300}).status_code == 200
    then = [read(doors, "settings", as_of=when) for when in (first, second)]
    assert [each.json["content"]["longest_text"] for each in then] == [400, 900]
    assert [each.headers["etag"] for each in then] == ['"1"', '"2"']
    assert read(doors, "settings", as_of="2020-01-01T00:00:00Z").status_code == 404
    assert read(doors, "settings").json["by"] == {"id": "s1", "name": "Anne Hansen", "role": "doctor"}
    changes = read(doors, "changes", topic="settings").json["items"]
    assert [each["version"] for each in changes] == [3, 2, 1]
    assert changes[1]["members"] == [
        {"field": "/closing_days", "before": [], "after": ["2026-06-05"]},
        {"field": "/longest_text", "before": 400, "after": 900},
    ]
    assert changes[2]["by"] == {"id": "operator", "name": None, "role": None}


@pytest.mark.rule("NEW-10")
def test_the_changes_come_page_by_page_and_hold_no_patient(doors):
    for number in range(3):
        doors.decide(
            f"closures/h{number}", **CHRISTMAS | {"first_day": f"202{number}-01-01", "last_day": f"202{number}-01-02"}
        )
    doors.decide("rights", **CARD)
    seen, cursor = [], None
    while cursor or not seen:
        page = read(doors, "changes", limit=2, **({"cursor": cursor} if cursor else {})).json
        seen, cursor = seen + page["items"], page["next_cursor"]
    assert len(seen) == len({(each["topic"], each["key"], each["version"]) for each in seen})
    assert {each["topic"] for each in seen} == {"settings", "practitioner", "closure", "appointment_type"}
    other = doors.signed("GET", "/v1/clinic/changes?topic=closure", clinic="havnen")
    assert other.json["items"] == []


@pytest.mark.rule("HOL-3", "NEW-10")
def test_a_planned_holiday_is_cancelled_and_stays_in_the_history(doors):
    planned = doors.decide("closures/christmas", **CHRISTMAS)
    assert {each["code"] for each in planned.json["warnings"]} == {"other_channels_open"}
    before = moment(doors)
    path = "/v1/clinic/closures/christmas/cancellation"
    assert doors.signed("POST", path, doors.call()).status_code == 428
    assert doors.signed("POST", path, doors.call(), **{"if-match": '"7"'}).status_code == 412
    assert doors.signed("POST", path, doors.call(), **{"if-match": planned.headers["etag"]}).json == {"version": 2}
    assert read(doors, "closures/christmas").status_code == 404
    assert read(doors, "closures").json["items"] == []
    assert read(doors, "closures/christmas", as_of=before).json["content"]["message"] == CHRISTMAS["message"]
    (cancelled, _) = read(doors, "changes", topic="closure").json["items"]
    assert (cancelled["cancelled"], cancelled["by"]["name"]) == (True, "Anne Hansen")
    assert doors.signed("POST", path, doors.call(), **{"if-none-match": "*"}).status_code == 404
    again = doors.signed("PUT", "/v1/clinic/closures/christmas", doors.call(**CHRISTMAS), **{"if-none-match": "*"})
    assert again.json["version"] == 3


@pytest.mark.rule("CLN-1", "PRA-1", "HOL-3", "PAT-1", "F29")
@pytest.mark.parametrize(
    ("path", "sent"),
    [("practitioners/hansen", HANSEN), ("closures/christmas", CHRISTMAS), ("rights", CARD)],
)
def test_of_two_staff_who_have_read_the_same_tab_the_second_is_told(doors, path, sent):
    first = doors.decide(path, **sent)
    tag = {"if-match": first.headers["etag"]}
    changed = sent | ({"services": {}} if "services" in sent else {"substitute": "Havnen"})
    once, twice = (doors.signed("PUT", f"/v1/clinic/{path}", doors.call(**body), **tag) for body in (changed, sent))
    assert (once.status_code, twice.status_code, twice.json["code"]) == (200, 412, "version_mismatch")
    assert doors.signed("PUT", f"/v1/clinic/{path}", doors.call(**sent)).status_code == 428


def test_two_at_once_with_one_tag_make_one_version(doors):
    tag = {"if-match": doors.decide("rights", **CARD).headers["etag"]}
    sent = [doors.call(**CARD | {"services": {"e_kons": False, kind: True}}) for kind in ("booking", "renewal")]
    replies = call_at_once([lambda body=body: doors.signed("PUT", "/v1/clinic/rights", body, **tag) for body in sent])
    assert sorted(each.status_code for each in replies) == [200, 412]


@pytest.mark.rule("PRA-2", "PRA-5", "PRA-6")
def test_a_practitioner_is_shown_beforehand_as_patients_would_see_them(doors):
    def preview(**line):
        sent = {"name": "Bo Holm", "title": "", "services": {"e_kons": True, "booking": True}} | line
        return doors.signed("POST", "/v1/clinic/practitioners/preview", doors.call(**sent)).json

    plain = preview(title="Sygeplejerske", calendar_synchronised=False)
    assert plain["display_name"] == "Sygeplejerske Bo Holm"
    assert plain["icons"] == {"e_kons": True, "booking": False, "renewal": False}
    assert [each["code"] for each in plain["warnings"]] == ["booking_without_calendar"]
    assert preview(custom_name="Doktor Bo", title="Læge")["display_name"] == "Doktor Bo"
    (fault,) = preview(title="Overlæge og venner")["errors"]
    assert (fault["field"], fault["code"]) == ("/content/title", "title_unknown")
    assert "Sygeplejerske" in fault["detail"]
    doors.decide("practitioners/holm", name="Bo Holm", title="Sygeplejerske", services={"renewal": True})
    page = doors.get("/v1/clinics/nygade").json
    (shown,) = [each for each in page["practitioners"] if each["key"] == "holm"]
    assert shown["icons"] == {"e_kons": False, "booking": False, "renewal": True}
    assert "Læge" in read(doors, "practitioners").json["titles"]


@pytest.mark.rule("PRA-1")
def test_a_switch_that_stays_on_where_the_clinics_is_off_is_warned_of_wherever_it_is_read(doors):
    doors.house.settings("nygade", services={"e_kons": "on"})
    codes = [each["code"] for each in read(doors, "practitioners/hansen").json["warnings"]]
    assert codes == ["clinic_switched_off"] * 2
    assert "practitioners_left_on" in [each["code"] for each in read(doors, "settings").json["warnings"]]


def test_a_practitioner_is_removed_and_can_be_chosen_no_longer(doors):
    tag = {"if-match": read(doors, "practitioners/hansen").headers["etag"]}
    assert doors.signed("POST", "/v1/clinic/practitioners/hansen/removal", doors.call(), **tag).status_code == 200
    assert doors.get("/v1/clinics/nygade").json["practitioners"] == []
    assert doors.get("/v1/clinics/havnen").json["practitioners"]


@pytest.mark.parametrize(
    ("path", "changed", "field", "code"),
    [
        ("settings", {"longest_text": 5001}, "/content/longest_text", "less_than_equal"),
        ("settings", {"phone": "ring bare"}, "/content/phone", "string_pattern_mismatch"),
        ("settings", {"services": {"astrology": "on"}}, "/content/services/astrology", "service_unknown"),
        ("settings", {"services": {"e_kons": "perhaps"}}, "/content/services/e_kons", "enum"),
        ("settings", {"not_shown": {"min_laege": ["gossip"]}}, "/content/not_shown/min_laege/0", "service_unknown"),
        (
            "settings",
            EMPTY_WINDOW,
            "/content/latest_booking_days",
            "booking_window_empty",
        ),
        ("settings", {"closing_days": ["5. juni"]}, "/content/closing_days/0", "date_parsing"),
        ("closures/long", CHRISTMAS | {"last_day": "2028-01-01"}, "/content/last_day", "holiday_too_long"),
        ("closures/odd", CHRISTMAS | {"closes": ["gossip"]}, "/content/closes/0", "service_unknown"),
        ("rights", CARD | {"services": {"gossip": False}}, "/content/services/gossip", "service_unknown"),
    ],
)
@pytest.mark.rule("CLN-1", "CLN-3")
def test_what_cannot_be_decided_is_refused_by_field_and_rule(doors, path, changed, field, code):
    sent = read(doors, "settings").json["content"] | changed if path == "settings" else changed
    before = doors.kept()
    refused = doors.decide(path, **sent)
    assert refused.status_code == 422
    assert [(each["field"], each["code"]) for each in refused.json["errors"]] == [(field, code)]
    assert doors.kept() == before


@pytest.mark.rule("PAT-1", "NEW-10", "LAW-8")
def test_a_card_is_read_with_its_history_as_of_any_moment_and_the_look_is_noted(doors):
    first = moment(doors)
    doors.decide("rights", **CARD)
    now = look_up(doors)
    assert (now.json["services"], now.json["ended"], now.headers["etag"]) == ({"booking": False}, None, '"2"')
    assert look_up(doors, as_of=first).json["version"] == 1
    (latest, _) = now.json["changes"]
    assert latest["by"]["name"] == "Anne Hansen"
    assert {each["field"] for each in latest["members"]} >= {"/services/booking"}
    assert str(doors.house.people[BOB]) not in now.text
    looks = [row for row in doors.house.rows(ACCESS) if row.act == "clinic.right.read"]
    assert {(row.actor, row.person_id, row.purpose) for row in looks} == {("s1", doors.house.people[BOB], "treatment")}
    elsewhere = doors.signed("POST", "/v1/clinic/rights/lookup", doors.call(cpr=BOB.digits), clinic="havnen")
    assert elsewhere.status_code == 404


@pytest.mark.rule("NEW-10", "NEW-8")
def test_an_auditor_reads_what_held_within_the_grant_and_the_look_is_noted(doors):
    request, other = doors.house.e_kons(who=BOB), doors.house.e_kons(who=ALICE, clinic="havnen")
    before = moment(doors)
    doors.decide("rights", **CARD)
    doors.decide("closures/christmas", **CHRISTMAS)
    proof = doors.auditor("nygade", last=doors.house.clock().date())
    path = "/v1/audit/clinics/nygade/settings"
    assert doors.get(path, proof).status_code == 400, "a look needs a purpose"
    assert len(doors.get(path, proof, **WHY).json["closures"]) == 1
    assert doors.get(path, proof, as_of=before, **WHY).json["closures"] == []
    assert doors.get(path, proof, as_of="2020-01-01T00:00:00Z", **WHY).status_code == 404
    assert doors.get("/v1/audit/clinics/havnen/settings", proof, **WHY).status_code == 404
    changes = doors.get("/v1/audit/clinics/nygade/changes", proof, **WHY).json["items"]
    assert "closure" in {each["topic"] for each in changes}
    assert "right" not in {each["topic"] for each in changes}
    held = doors.get(f"/v1/audit/requests/{request}/settings", proof, **WHY)
    assert held.json["rights"]["content"]["services"]["booking"] is True, "as it was when the request was made"
    assert held.json["closures"] == []
    assert doors.get(f"/v1/audit/requests/{other}/settings", proof, **WHY).status_code == 404
    noted = [row.outcome for row in doors.house.rows(ACCESS) if row.act == "auditor.settings.read"]
    assert noted.count("ok") >= 4
    assert "refused" in noted


def test_an_auditor_whose_days_are_over_reads_the_last_of_them(doors):
    today = doors.house.clock().date()
    proof = doors.auditor("nygade", first=today - timedelta(days=9), last=today - timedelta(days=1))
    then = doors.get("/v1/audit/clinics/nygade/settings", proof, **WHY).json
    assert (then["settings"], date.fromisoformat(then["as_of"][:10])) == (None, today - timedelta(days=1))
