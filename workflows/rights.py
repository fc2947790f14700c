"""Effective rights: clinic and practitioner and patient and no holiday and age, for every (service, act).

Reading is never taken away (PAT-2..4): "off" removes new, reply, cancel, and says which layer did it.
"""

from collections.abc import Callable, Iterable

from workflows.facts import Facts, Service, Switch
from workflows.vocabulary import Layer, Need, Refusal, Rule, Say

PHONE = Say("Ring til klinikken.", "Phone the clinic.")


def _service(test: Callable[[Service], bool]) -> Callable[[Facts], bool]:
    return lambda facts: test(facts.service)


CLINIC_STANDS = Rule(
    "clinic_closed",
    Layer.CLINIC,
    Say("Klinikken er lukket for altid.", "The clinic has closed for good."),
    Say("Se på klinikkens side, hvor du skal gå hen.", "See on the clinic's page where to turn."),
    _service(lambda service: not service.clinic_closed),
    needs=Need.SERVICE,
)
CLINIC_OFFERS = Rule(
    "not_offered",
    Layer.CLINIC,
    Say("Klinikken tilbyder ikke dette på nettet.", "The clinic does not offer this online."),
    PHONE,
    _service(lambda service: service.clinic is not Switch.OFF),
    needs=Need.SERVICE,
)
CLINIC_TAKES_NEW = Rule(
    "receive_only",
    Layer.CLINIC,
    Say(
        "Klinikken skriver til dig her, men modtager ikke.",
        "The clinic writes to you here but does not receive.",
    ),
    PHONE,
    _service(lambda service: service.clinic is not Switch.RECEIVE_ONLY),
    needs=Need.SERVICE,
)
CHANNEL_OPEN = Rule(
    "channel_off",
    Layer.CLINIC,
    Say("Klinikken tager ikke imod ad denne vej.", "The clinic does not receive this way."),
    Say(
        "Brug en anden vej, som klinikken tilbyder, eller ring til klinikken.",
        "Use another way that the clinic offers, or phone the clinic.",
    ),
    _service(lambda service: service.channel),
    needs=Need.SERVICE,
)
PRACTITIONER_TAKES = Rule(
    "practitioner_off",
    Layer.PRACTITIONER,
    Say("Behandleren tager ikke imod dette på nettet.", "The practitioner does not take this online."),
    Say(
        "Vælg en anden behandler, eller ring til klinikken.",
        "Choose another practitioner, or phone the clinic.",
    ),
    _service(lambda service: service.practitioner),
    field="practitioner",
    needs=Need.SERVICE,
)
PATIENT_STAYED = Rule(
    "patient_moved",
    Layer.PATIENT,
    Say("Du er ikke længere patient hos klinikken.", "You are the clinic's patient no longer."),
    Say(
        "Henvend dig til din nye læge, eller ring til klinikken, hvis det er forkert.",
        "Turn to your new doctor, or phone the clinic if this is wrong.",
    ),
    _service(lambda service: service.ended != "moved"),
    needs=Need.SERVICE,
)
PATIENT_LIVES = Rule(
    "patient_deceased",
    Layer.PATIENT,
    Say(
        "Klinikken har fået besked om, at patienten er død.",
        "The clinic has been told that the patient has died.",
    ),
    PHONE,
    _service(lambda service: service.ended != "deceased"),
    needs=Need.SERVICE,
)
PATIENT_MAY = Rule(
    "right_removed",
    Layer.PATIENT,
    Say("Klinikken har slået denne mulighed fra for dig.", "The clinic has switched this off for you."),
    PHONE,
    _service(lambda service: service.patient),
    needs=Need.SERVICE,
)
NOT_ON_HOLIDAY = Rule(
    "holiday",
    Layer.HOLIDAY,
    Say(
        "Klinikken holder ferie og tager ikke imod lige nu.",
        "The clinic is on holiday and does not receive now.",
    ),
    Say("Se klinikkens feriebesked.", "See the clinic's holiday message."),
    _service(lambda service: not service.holiday),
    needs=Need.SERVICE,
)

TOLD_WHO_SEES = Rule(
    "custody_notice",
    Layer.AGE,
    Say(
        "Er du under 15 år, kan alle med forældremyndighed se dine beskeder og tider i Min Læge.",
        "If you are under 15, all who hold custody can see your messages and appointments in Min Læge.",
    ),
    Say("Sig, at du har læst det, og send igen.", "Say that you have read this, and send again."),
    lambda facts: facts.notice_seen or not facts.under_15,
    field="notice_under_15",
    needs=Need.AGE,
)

TAKES_SIGN_UPS = Rule(
    "sign_up_closed",
    Layer.CLINIC,
    Say("Man kan ikke oprette sig hos klinikken på nettet.", "One cannot enrol with the clinic online."),
    Say("Ring til klinikken, så kan den oprette dig.", "Phone the clinic, which can create your account."),
    lambda facts: facts.sign_up != "none",
)

OF_THE_PATIENT = (PATIENT_STAYED, PATIENT_LIVES, PATIENT_MAY)
MAY_START = (
    CLINIC_STANDS,
    CLINIC_OFFERS,
    CLINIC_TAKES_NEW,
    CHANNEL_OPEN,
    PRACTITIONER_TAKES,
    *OF_THE_PATIENT,
    NOT_ON_HOLIDAY,
)
"""The layers a new request or a reply must pass, outermost first."""

ABOUT_THE_SERVICE = (*MAY_START, TOLD_WHO_SEES, TAKES_SIGN_UPS)
"""The layers that say whether a service is open at all, before anything is written."""

MAY_CHANGE = (CLINIC_STANDS, CLINIC_OFFERS, *OF_THE_PATIENT)
"""The layers that govern changing what already stands (PAT-3: booking off, no cancelling)."""


NOT_NOW = Rule(
    "not_applicable",
    Layer.REQUEST,
    Say("Det kan ikke gøres, som sagen står nu.", "This cannot be done as the request stands now."),
    PHONE,
    lambda _facts: False,
    conflict=True,
)


def by_leave(rules: Iterable[Rule], facts: Facts) -> str | None:
    """Return what the history says of rules that hold by somebody's leave only, or None where none does (NEW-13)."""
    return next((f"by_exception:{rule.code}" for rule in rules if rule.excepted and rule.excepted(facts)), None)


def first_refusal(rules: Iterable[Rule], facts: Facts) -> Refusal | None:
    """Return the first rule that does not hold, or None when all do: the one judge of every door, button and table."""
    for rule in rules:
        if not rule.holds(facts):
            return Refusal(rule)
    return None
