"""What the access log keeps of log-ins: for whom one was tried, in which way, and how it went; never a number."""

from dataclasses import replace
from uuid import UUID

from storage.access import Seen, Source
from storage.accounts import Account

BEGIN, ENTER = "patient.session.begin", "patient.session.enter"
WHY = "log-in"


def begun(account: Account | None, clinic: UUID, source: Source, *, known: bool, unmarked: bool) -> Seen:
    """Return the row of a first factor.

    `two_factor_not_enabled` is for the clinic to see, and nobody else is told: the mark is missing that opens this way
    in (ACC-10).
    """
    person = None if account is None else account.person
    row = Seen("anyone", BEGIN, "refused", person=person, clinic=clinic, purpose=WHY, corr=source.corr, net=source.net)
    if not known and not unmarked:
        return row
    outcome = "begun" if known else "two_factor_not_enabled"
    return replace(row, actor_kind="patient", actor=str(person), outcome=outcome)


def entered(person: UUID, auth: str, source: Source) -> Seen:
    """Return the row of somebody who is logged in now, in which way."""
    return Seen(
        "patient",
        ENTER,
        f"ok:{auth}",
        actor=str(person),
        person=person,
        purpose=WHY,
        corr=source.corr,
        net=source.net,
    )


def missed(person: UUID | None, source: Source) -> Seen:
    """Return the row of a second factor that does not fit; `person` is whose attempt it was, if anybody's."""
    return Seen("anyone", ENTER, "code_wrong", person=person, purpose=WHY, corr=source.corr, net=source.net)
