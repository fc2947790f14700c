"""What stands in the access log, in words: an act is named by what it was about and what was done with it."""

from collections.abc import Mapping

from api.call import Language
from api.patient.words import said
from workflows.vocabulary import Say

# fmt: off
_THINGS: Mapping[str, Say] = {
    "access":      Say("Hvem der har set dine oplysninger", "Who has looked at your data"),
    "account":     Say("Din bruger", "Your account"),
    "clinic":      Say("Din plads hos klinikken", "Your place at the clinic"),
    "delivery":    Say("Bevis for levering", "Proof of delivery"),
    "draft":       Say("Kladder", "Drafts"),
    "factor":      Say("Anden bekræftelse ved log-in", "Second factors"),
    "file":        Say("Filer", "Files"),
    "history":     Say("Historik", "History"),
    "list":        Say("Klinikkens lister", "The clinic's lists"),
    "log_in":      Say("Dine log-in", "Your log-ins"),
    "me":          Say("Din bruger", "Your account"),
    "medicine":    Say("Faste lægemidler", "Regular medicines"),
    "message":     Say("Beskeder", "Messages"),
    "notice":      Say("Hvordan du får besked", "How you are told"),
    "number":      Say("CPR-nummer", "CPR number"),
    "parked":      Say("Henvendelser, der ventede", "Requests that waited"),
    "password":    Say("Adgangskode", "Password"),
    "patient":     Say("Din plads hos klinikken", "Your place at the clinic"),
    "person":      Say("Din bruger", "Your account"),
    "preparation": Say("Svar før besøget", "Answers before the visit"),
    "renewal":     Say("Fornyelser", "Renewals"),
    "request":     Say("Henvendelser", "Requests"),
    "right":       Say("Hvad du kan bruge", "What you may use"),
    "session":     Say("Log-in", "Log-in"),
    "slot":        Say("Ledige tider", "Free times"),
    "stop":        Say("Advarsler om akutte tegn", "Warnings about urgent signs"),
    "thread":      Say("E-konsultationer", "E-consultations"),
    "user":        Say("Din bruger", "Your account"),
}
_DEEDS: Mapping[str, Say] = {
    "begin":      Say("begyndt", "begun"),
    "change":     Say("ændret", "changed"),
    "change_cpr": Say("CPR-nummer rettet", "CPR number corrected"),
    "confirm":    Say("bekræftet", "confirmed"),
    "depart":     Say("afsluttet", "ended"),
    "detach":     Say("afsluttet", "ended"),
    "end":        Say("afsluttet", "ended"),
    "enter":      Say("gennemført", "completed"),
    "erase":      Say("slettet", "erased"),
    "export":     Say("hentet", "downloaded"),
    "hold":       Say("holdt", "held"),
    "leave":      Say("forladt", "left"),
    "list":       Say("set", "looked at"),
    "merge":      Say("samlet", "joined"),
    "mitid":      Say("med MitID", "with MitID"),
    "password":   Say("ny adgangskode givet", "new password given"),
    "read":       Say("set", "looked at"),
    "remove":     Say("fjernet", "removed"),
    "resend":     Say("sendt igen", "sent again"),
    "submit":     Say("sendt", "sent"),
    "tell":       Say("besvaret eller ændret", "answered or changed"),
    "upload":     Say("lagt op", "uploaded"),
    "write":      Say("skrevet", "written"),
}
# fmt: on
_DONE, _HELD = Say("Ja", "Yes"), Say("Nej, holdt tilbage", "No, kept back")
_REFUSED = Say("Nej, afvist", "No, refused")


def what_words(act: str, language: Language) -> str:
    """Return what was looked at or done; an act that has no words here is named as the log has it."""
    _, _, rest = act.partition(".")
    thing, _, deed = rest.partition(".")
    if thing not in _THINGS or deed not in _DEEDS:
        return act
    return f"{said(_THINGS[thing], language)}: {said(_DEEDS[deed], language)}"


def outcome_words(outcome: str, language: Language) -> str:
    """Return whether it could be done; a log-in that waits for its code has begun well."""
    words = {"ok": _DONE, "begun": _DONE, "content_held": _HELD}
    return said(words.get(outcome.partition(":")[0], _REFUSED), language)
