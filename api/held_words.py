"""What is said of content that a clinic keeps back: until when, why, and what to do instead."""

from datetime import datetime

from workflows.vocabulary import Say
from workflows.working_days import COPENHAGEN

NEXT_STEP = Say("Log ind med MitID, eller ring til klinikken.", "Log in with MitID, or phone the clinic.")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def held_sentence(until: datetime | None) -> Say:
    """Return why content is kept back and until when, in Copenhagen time; None is until the clinic has confirmed."""
    da, en = _until(until)
    return Say(
        f"Adgangskoden eller mailadressen er skiftet for nylig. Derfor er dit indhold lukket {da}.",
        f"The password or the mail address was changed recently. Your content is therefore closed {en}.",
    )


def _until(until: datetime | None) -> tuple[str, str]:
    if until is None:
        return "til klinikken har bekræftet, at det er dig", "until the clinic has confirmed that it is you"
    local = until.astimezone(COPENHAGEN)
    return (
        f"til den {local.day}.{local.month}.{local.year} kl. {local:%H.%M}",
        f"until {local.day} {_MONTHS[local.month - 1]} {local.year} at {local:%H:%M}",
    )
