"""What operators grant and undo from the command line."""

from datetime import date, timedelta
from uuid import UUID

import click

from identity.outcomes import NotFoundError
from identity.tokens import new_token
from portal.wiring import Services
from storage import auditors, operations
from storage.webhook_secrets import clinic_id
from workflows.vocabulary import NotApplicableError, Refusal


def grant(services: Services, name: str, slugs: tuple[str, ...], first: date, last: date, life: timedelta) -> str:
    """Store a grant and return its token.

    Raises:
        click.ClickException: a clinic does not exist, or the days are the wrong way round.
    """
    if last < first:
        raise click.ClickException("the last day comes before the first")
    token, now = new_token(), services.clock()
    with services.database.writing() as connection:
        clinics = tuple(_clinic(clinic_id(connection, slug), slug) for slug in slugs)
        auditors.grant(
            connection,
            identifier=services.new_id(),
            name=name,
            token=token,
            clinics=clinics,
            first_day=first,
            last_day=last,
            now=now,
            expires_at=now + life,
        )
    return token


def _clinic(found: UUID | None, slug: str) -> UUID:
    if found is None:
        raise click.ClickException(f"there is no clinic {slug}")
    return found


def resend(services: Services, request: UUID, operator: str) -> str:
    """Send a request again and say where it stands now.

    Raises:
        click.ClickException: there is no such request, or it is not undeliverable.
    """
    try:
        with services.database.writing() as connection:
            outcome = operations.resend(connection, services.ledger, request, operator)
    except NotFoundError:
        raise click.ClickException(f"there is no request {request}") from None
    except NotApplicableError as error:
        raise click.ClickException(str(error)) from None
    if isinstance(outcome, Refusal):
        raise click.ClickException(outcome.rule.sentence.en)
    return f"{request}: {outcome.state}"
