"""Appointment types and warning signs in versions, like the tabs: checked against what was read, and in the history."""

import pytest

from tests.knocking import Doors


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


@pytest.mark.rule("NEW-10")
def test_of_two_who_change_an_appointment_type_at_once_the_second_is_told_and_both_kinds_are_in_the_history(doors):
    path, kind = "/v1/clinic/appointment-types/vaccination", {"description": "Vaccination", "minutes": 10, "code": "V"}

    def put(minutes, **read):
        return doors.signed("PUT", path, doors.call(**kind | {"minutes": minutes}), **read)

    first = put(10, if_none_match="*")
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert put(15, if_match='"1"').headers["etag"] == '"2"'
    late = put(20, if_match='"1"')
    assert (late.status_code, late.json["code"]) == (412, "version_mismatch")
    assert put(20, if_match="1").status_code == 400
    signs = doors.signed("GET", "/v1/clinic/warning-signs").json
    assert doors.signed("PUT", "/v1/clinic/warning-signs", doors.call(**signs), if_match='"0"').status_code == 200
    listed = doors.signed("GET", "/v1/clinic/changes").json["items"]
    assert {each["topic"] for each in listed} >= {"appointment_type", "warning_signs"}
    newest = doors.signed("GET", "/v1/clinic/changes?topic=appointment_type&key=vaccination").json["items"][0]
    assert (newest["version"], newest["members"]) == (2, [{"field": "/minutes", "before": 10, "after": 15}])
