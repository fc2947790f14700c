"""Clinic and practitioner and patient and no holiday: every layer can say no, and is named when it does."""

import itertools
from datetime import date

import pytest
from pydantic import ValidationError

from tests.situations import ALL_WELL, facts, without
from workflows import rights
from workflows.catalogue import CATALOGUE
from workflows.clinic_settings import Closure, PractitionerSettings
from workflows.engine import Engine
from workflows.facts import Switch
from workflows.vocabulary import Decision, Layer, Role, Say, State

STARTED_BY_PATIENT = ("e_kons", "renewal", "booking")
LAYERS = [
    pytest.param({"clinic_closed": True}, "clinic_closed", Layer.CLINIC, id="clinic closed"),
    pytest.param({"ended": "moved"}, "patient_moved", Layer.PATIENT, id="patient moved"),
    pytest.param({"ended": "deceased"}, "patient_deceased", Layer.PATIENT, id="patient died"),
    pytest.param({"clinic": Switch.OFF}, "not_offered", Layer.CLINIC, id="clinic off"),
    pytest.param({"clinic": Switch.RECEIVE_ONLY}, "receive_only", Layer.CLINIC, id="clinic only writes"),
    pytest.param({"channel": False}, "channel_off", Layer.CLINIC, id="channel off"),
    pytest.param({"practitioner": False}, "practitioner_off", Layer.PRACTITIONER, id="practitioner off"),
    pytest.param({"patient": False}, "right_removed", Layer.PATIENT, id="right removed"),
    pytest.param({"holiday": True}, "holiday", Layer.HOLIDAY, id="holiday"),
]


@pytest.mark.rule("NEW-11", "CLN-2", "EKO-12", "PAT-4", "PRA-1", "APP-3")
@pytest.mark.parametrize(("off", "code", "layer"), LAYERS)
@pytest.mark.parametrize("kind", STARTED_BY_PATIENT)
def test_each_layer_refuses_a_new_request_and_is_named(kind, off, code, layer):
    outcome = Engine(CATALOGUE[kind]).decide(State.DRAFT, "submit", Role.PATIENT, without(**off))
    assert (outcome.rule.code, outcome.rule.layer) == (code, layer)
    assert outcome.rule.next_step.da
    assert outcome.rule.next_step.en


@pytest.mark.rule("ACC-12", "BOO-9", "NEW-11")
@pytest.mark.parametrize(("kind", "told"), [("e_kons", True), ("booking", True), ("renewal", False)])
def test_who_is_under_15_is_told_before_writing_or_booking_who_else_can_see_it(kind, told):
    engine = Engine(CATALOGUE[kind])
    outcome = engine.decide(State.DRAFT, "submit", Role.PATIENT, facts(under_15=True))
    assert isinstance(outcome, Decision) is not told
    if told:
        assert (outcome.rule.code, outcome.rule.layer, outcome.rule.field) == (
            "custody_notice",
            Layer.AGE,
            "notice_under_15",
        )
    seen = engine.decide(State.DRAFT, "submit", Role.PATIENT, facts(under_15=True, notice_seen=True))
    assert isinstance(seen, Decision)


@pytest.mark.parametrize("kind", STARTED_BY_PATIENT)
def test_a_new_request_passes_when_every_layer_says_yes(kind):
    rules = CATALOGUE[kind].step("submit", State.DRAFT).only_if
    assert rules[: len(rights.MAY_START)] == rights.MAY_START
    assert rights.first_refusal(rights.MAY_START, ALL_WELL) is None


def test_the_outermost_layer_speaks_first_whatever_else_is_off():
    for clinic, *others in itertools.product(Switch, *[(True, False)] * 4):
        channel, practitioner, patient, holiday = others
        layers = {"channel": channel, "practitioner": practitioner, "patient": patient, "holiday": holiday}
        situation = without(clinic=clinic, **layers)
        said = rights.first_refusal(rights.MAY_START, situation)
        expected = next(
            (
                code
                for code, refuses in (
                    ("not_offered", clinic is Switch.OFF),
                    ("receive_only", clinic is Switch.RECEIVE_ONLY),
                    ("channel_off", not channel),
                    ("practitioner_off", not practitioner),
                    ("right_removed", not patient),
                    ("holiday", holiday),
                )
                if refuses
            ),
            None,
        )
        assert (said and said.rule.code) == expected


@pytest.mark.parametrize(
    ("kind", "state", "trigger"),
    [
        ("e_kons", State.DELIVERED, "answer"),
        ("e_kons", State.DRAFT, "write"),
        ("renewal", State.DELIVERED, "answer"),
        ("booking", State.DELIVERED, "confirm"),
    ],
)
def test_what_the_clinic_does_is_stopped_by_no_switch(kind, state, trigger):
    everything_off = without(clinic=Switch.OFF, channel=False, practitioner=False, patient=False, holiday=True)
    assert isinstance(Engine(CATALOGUE[kind]).decide(state, trigger, Role.CLINIC, everything_off), Decision)


@pytest.mark.rule("PAT-3", "BOO-12")
@pytest.mark.parametrize(
    ("off", "code"), [({"clinic": Switch.OFF}, "not_offered"), ({"patient": False}, "right_removed")]
)
@pytest.mark.parametrize("trigger", ["cancel", "move"])
def test_without_booking_nothing_that_stands_is_changed_and_the_phone_is_shown(trigger, off, code):
    outcome = Engine(CATALOGUE["booking"]).decide(State.NOTIFIED, trigger, Role.PATIENT, without(**off))
    assert outcome.rule.code == code
    assert outcome.rule.next_step == rights.PHONE == Say("Ring til klinikken.", "Phone the clinic.")


@pytest.mark.parametrize("off", [{"practitioner": False}, {"holiday": True}, {"clinic": Switch.RECEIVE_ONLY}])
def test_a_holiday_or_a_practitioners_switch_does_not_keep_a_patient_from_cancelling(off):
    decision = Engine(CATALOGUE["booking"]).decide(State.NOTIFIED, "cancel", Role.PATIENT, without(**off))
    assert decision.steps[0].target is State.CANCELLED_BY_PATIENT


def test_withdrawing_is_no_new_request_and_no_switch_stops_it():
    everything_off = without(clinic=Switch.OFF, channel=False, practitioner=False, patient=False, holiday=True)
    decision = Engine(CATALOGUE["e_kons"]).decide(State.SUBMITTED, "withdraw", Role.PATIENT, everything_off)
    assert decision.steps[0].target is State.WITHDRAWN


@pytest.mark.rule("HOL-1")
def test_a_holiday_has_a_message_and_leaves_booking_alone_unless_the_clinic_says_so():
    days = {"first_day": date(2026, 12, 24), "last_day": date(2026, 12, 31)}
    assert Closure(**days, message="Vi holder juleferie.").closes == ("e_kons", "renewal")
    assert "booking" in Closure(**days, message="Lukket.", closes=("booking",)).closes
    assert Closure(**days).message == "", "the portal warns of a holiday without a message and takes it"
    with pytest.raises(ValidationError, match="too_long"):
        Closure(**days, message="x" * 1001)


def test_a_holiday_may_be_one_day_and_never_ends_before_it_begins():
    day = date(2026, 12, 24)
    assert Closure(first_day=day, last_day=day, message="Lukket.").last_day == day
    with pytest.raises(ValidationError, match="days_reversed"):
        Closure(first_day=day, last_day=date(2026, 12, 23), message="Lukket.")


@pytest.mark.rule("PRA-5")
def test_booking_needs_a_calendar_that_synchronises():
    switched_on = dict.fromkeys(STARTED_BY_PATIENT, True)
    plain = PractitionerSettings(name="Anne Hansen", services=switched_on)
    alone = plain.model_copy(update={"calendar_synchronised": False})
    assert [plain.takes(kind) for kind in STARTED_BY_PATIENT] == [True, True, True]
    assert [alone.takes(kind) for kind in STARTED_BY_PATIENT] == [True, True, False]
    assert not plain.takes("letter_request")


@pytest.mark.rule("PRA-2")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, "Anne Hansen"),
        ({"title": "Læge"}, "Læge Anne Hansen"),
        ({"title": "Læge", "custom_name": "Dr. Hansen"}, "Dr. Hansen"),
    ],
)
def test_a_custom_name_wins_over_title_and_name(given, shown):
    assert PractitionerSettings(name="Anne Hansen", services={}, **given).display_name() == shown
