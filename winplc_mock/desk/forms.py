"""One form per act: what staff fill in, in Danish, and the content it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from winplc_mock.desk import labels

Filled = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Field:
    """One field: its name in the content, its label, and how it is filled in.

    ``slot`` chooses one free time, ``slots`` several, ``rights`` among what is asked for; an empty optional field
    becomes null.
    """

    name: str
    label: str
    kind: Literal["text", "line", "check", "choice", "slot", "slots", "rights", "hidden"] = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Form:
    """The form of an act: its button, its fields, and the states of a request in which the desk shows it."""

    button: str
    states: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    per_medicine: bool = False


WAITING = ("new", "opened")
REASON = Field("reason", "Begrundelse")
DECISIONS = tuple(labels.DECISIONS.items())
REASON_CODES = (("", "(ingen)"), *labels.REASONS.items())

SIGN_UP_REASONS = (
    ("identity_unclear", "Identiteten er ikke bekræftet"),
    ("not_own_gp", "Ikke tilmeldt klinikken"),
    ("use_mitid", "Kan bruge MitID"),
    ("not_taking_patients", "Klinikken tager ikke nye patienter"),
    ("other", "Andet"),
)

FORMS: dict[tuple[str, str], Form] = {
    ("e_kons", "open"): Form("Åbn henvendelsen", ("new",)),
    ("e_kons", "answer"): Form(
        "Send svar",
        (*WAITING, "handled"),
        (Field("text", "Svar til patienten"), Field("watch_unread", "Hold øje med, om svaret bliver læst", "check")),
    ),
    ("e_kons", "close"): Form("Luk samtalen", (*WAITING, "handled"), (REASON,)),
    ("renewal", "open"): Form("Åbn henvendelsen", ("new",)),
    ("renewal", "decide"): Form(
        "Gem afgørelse",
        WAITING,
        (
            Field("medicine", "Præparat", "hidden"),
            Field("decision", "Afgørelse", "choice", choices=DECISIONS),
            Field("reason", "Årsag ved afvisning", "choice", required=False, choices=REASON_CODES),
            Field("text", "Bemærkning til patienten", "line", required=False),
        ),
        per_medicine=True,
    ),
    ("renewal", "answer"): Form("Afslut og send svar", WAITING, (Field("text", "Bemærkning", required=False),)),
    ("booking", "confirm"): Form("Bekræft tiden", WAITING),
    ("booking", "decline"): Form("Afvis", WAITING, (REASON,)),
    ("booking", "offer"): Form("Tilbyd andre tider", WAITING, (Field("slots", "Ledige tider", "slots"), REASON)),
    ("booking", "move_by_clinic"): Form("Flyt tiden", ("booked",), (Field("slot", "Ny tid", "slot"),)),
    ("booking", "cancel_by_clinic"): Form("Aflys tiden", ("booked",), (REASON,)),
    ("booking", "used"): Form("Patienten er kommet", ("booked",)),
    ("booking", "no_show"): Form("Patienten udeblev", ("booked",)),
    ("waiting", "close"): Form("Tag patienten af ventelisten", WAITING, (REASON,)),
    ("enrolment", "approve"): Form(
        "Godkend tilmeldingen",
        WAITING,
        (
            Field("services", "Rettigheder", "rights"),
            Field("no_mitid", "Patienten har ikke MitID: kode på mail må bruges", "check"),
            Field("create_record", "Opret stamkort, hvis patienten ikke har et", "check"),
        ),
    ),
    ("enrolment", "reject"): Form(
        "Afvis tilmeldingen", WAITING, (Field("reason", "Årsag", "choice", choices=SIGN_UP_REASONS),)
    ),
    ("recovery", "approve"): Form("Godkend identiteten", WAITING),
    ("recovery", "reject"): Form("Afvis", WAITING, (REASON,)),
}
OTHER = Form("Send svar", (*WAITING, "handled"), (Field("text", "Svar til patienten"),))
OWN_MESSAGE = Form(
    "Send E-svar",
    (),
    (
        Field("cpr", "Patient", "choice"),
        Field("text", "Besked til patienten"),
        Field("watch_unread", "Hold øje med, om beskeden bliver læst", "check"),
    ),
)


def forms_for(kind: str, state: str) -> dict[str, Form]:
    """The forms that the desk shows for a request, by trigger; a kind without forms of its own can be answered."""
    own = {trigger: form for (of_kind, trigger), form in FORMS.items() if of_kind == kind}
    return {trigger: form for trigger, form in (own or {"answer": OTHER}).items() if state in form.states}


def form_of(kind: str, trigger: str) -> Form | None:
    """The form of an act, or None if the desk has none."""
    return FORMS.get((kind, trigger)) or (OTHER if trigger == "answer" else None)


def content_of(form: Form, filled: Filled) -> dict[str, Any]:
    """The content that a filled-in form stands for; whether it is right is for the act to say."""
    return {field.name: _value(field, filled.get(field.name, ())) for field in form.fields}


def _value(field: Field, given: Sequence[str]) -> Any:
    if field.kind == "check":
        return bool(given)
    if field.kind in {"slots", "rights"}:
        return list(given)
    text = (given[0] if given else "").replace("\r\n", "\n").strip()
    return text if text or field.required else None
