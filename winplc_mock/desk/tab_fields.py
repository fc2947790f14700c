"""The fields of the three tabs and of the stamkort's rights: what staff see, and the content that a form becomes."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

Filled = Mapping[str, Sequence[str]]
Kind = Literal["line", "text", "number", "check", "choice", "days", "day", "list"]


@dataclass(frozen=True)
class TabField:
    """One field: where it stands in the content (``/`` leads into a member), its label, how it is filled in."""

    name: str
    label: str
    kind: Kind = "line"
    choices: tuple[tuple[str, str], ...] = ()
    usual: Any = None


SERVICES = (("e_kons", "E-konsultation"), ("booking", "Tidsbestilling"), ("renewal", "Receptfornyelse"))
AFTER_RESET = (
    ("hold", "Indhold vises efter et døgn"),
    ("approval", "Indhold vises, når klinikken siger ja"),
)
ON_OFF = (("on", "Til"), ("off", "Fra"))
MIN_LAEGE = "min_laege"

CLINIC = (
    TabField("name", "Klinikkens navn"),
    TabField("phone", "Telefon"),
    TabField("opening_hours", "Åbningstid", "text"),
    TabField("emergency_text", "Tekst om akut hjælp", "text"),
    TabField("services/e_kons", "E-konsultation", "choice", (*ON_OFF, ("receive_only", "Patienten kan kun modtage"))),
    TabField("services/renewal", "Receptfornyelse", "choice", ON_OFF),
    TabField("services/booking", "Tidsbestilling", "choice", ON_OFF),
    TabField("channels/min_laege", "Tag imod fra Min Læge", "check", usual=True),
    TabField("not_shown/min_laege", "Vis ikke i Min Læge", "list", SERVICES),
    TabField("longest_text", "Længste besked, tegn", "number"),
    TabField("files_taken", "Patienter må vedhæfte filer", "check"),
    TabField("auto_create_bookings", "Opret tider i kalenderen automatisk", "check"),
    TabField("earliest_booking_minutes", "Bestilling tidligst, minutter frem", "number"),
    TabField("earliest_booking_days", "Bestilling tidligst, dage frem", "number"),
    TabField("latest_booking_days", "Bestilling senest, dage frem", "number"),
    TabField("cancel_hours", "Afbestilling senest, timer før", "number"),
    TabField("answer_promise_days", "Svar inden, arbejdsdage", "number"),
    TabField("deadline_pauses_in_holiday", "Svartiden står stille i ferier", "check"),
    TabField("closing_days", "Klinikkens egne lukkedage, én dato på hver linje", "days"),
    TabField(
        "sign_up",
        "Oprettelse på nettet",
        "choice",
        (("none", "Ingen"), ("with_approval", "Med godkendelse"), ("without_approval", "Uden godkendelse, med MitID")),
    ),
    TabField("front_page", "Klinikkens hjemmeside"),
    TabField("mailed_codes", "Koder til login må sendes på mail", "check", usual=True),
    TabField("shortest_password", "Korteste adgangskode, tegn", "number"),
    TabField("after_reset", "Efter ny adgangskode", "choice", AFTER_RESET),
    TabField("allow_ecpr", "Patienter med erstatnings-CPR kan oprettes", "check"),
    TabField("closes_on", "Klinikken lukker for altid efter", "day"),
    TabField("closing_message", "Besked, når klinikken lukker", "text"),
)
PRACTITIONER = (
    TabField("name", "Brugernavn"),
    TabField("title", "Titel", "choice"),
    TabField("custom_name", "Vist navn, hvis et andet"),
    TabField("services/e_kons", "Modtager e-konsultationer", "check"),
    TabField("services/booking", "Modtager tidsbestillinger", "check"),
    TabField("services/renewal", "Modtager receptfornyelser", "check"),
    TabField("comment_required", "Bemærkning kræves ved tidsbestilling", "check"),
    TabField("calendar_synchronised", "Kalenderen synkroniseres", "check"),
)
HOLIDAY = (
    TabField("first_day", "Første dag", "day"),
    TabField("last_day", "Sidste dag", "day"),
    TabField("message", "Besked til patienterne", "text"),
    TabField("substitute", "Afløser"),
    TabField("closes", "Lukket imens", "list", SERVICES),
)
NEW_PRACTITIONER = {"name": "", "title": "", "custom_name": "", "services": {}, "calendar_synchronised": True}
NEW_HOLIDAY = {"first_day": "", "last_day": "", "message": "", "substitute": "", "closes": ["e_kons", "renewal"]}


def value_of(content: Mapping[str, Any], field: TabField) -> Any:
    """Return what stands in the content, or what is usual where nothing does."""
    found: Any = content
    for part in field.name.split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return field.usual if found is None else found


def changed(content: Mapping[str, Any], fields: Sequence[TabField], filled: Filled) -> dict[str, Any]:
    """Return the content with what was filled in; what has no field stays as it is."""
    result: dict[str, Any] = deepcopy(dict(content))
    for field in fields:
        *path, last = field.name.split("/")
        inside = result
        for part in path:
            inside = inside.setdefault(part, {})
        inside[last] = _read(field, filled.get(field.name, ()))
    return result


def _read(field: TabField, given: Sequence[str]) -> Any:
    if field.kind == "check":
        return bool(given)
    if field.kind == "list":
        return list(given)
    text = (given[0] if given else "").replace("\r\n", "\n").strip()
    if field.kind == "days":
        return text.split()
    if field.kind == "number":
        return int(text) if text.isascii() and text.isdecimal() else text
    return text or (None if field.name == "closes_on" else "")
