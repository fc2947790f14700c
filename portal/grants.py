"""What operators grant and undo from the command line."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import click

from identity.authenticator import app_uri, new_app_secret
from identity.outcomes import NotFoundError
from identity.policy import Who
from identity.tokens import new_token
from portal.wiring import Services
from storage import auditors, operations, operators
from storage.grant_log_ins import app_place
from storage.webhook_secrets import clinic_id
from workflows.vocabulary import NotApplicableError, Refusal


@dataclass(frozen=True, slots=True)
class Granted:
    """A new grant, shown this once: its token, and the secret of the authenticator app that goes with it."""

    id: UUID
    token: str = field(repr=False)
    secret: str = field(repr=False)
    name: str

    @property
    def uri(self) -> str:
        """The secret as an address that an app takes up."""
        return app_uri(self.secret, self.name)


def grant(services: Services, name: str, slugs: tuple[str, ...], first: date, last: date, life: timedelta) -> Granted:
    """Store an auditor's grant and return it.

    Raises:
        click.ClickException: a clinic does not exist, or the days are the wrong way round.
    """
    if last < first:
        raise click.ClickException("the last day comes before the first")
    made, now = _new(services, name), services.clock()
    with services.database.writing() as connection:
        clinics = tuple(_clinic(clinic_id(connection, slug), slug) for slug in slugs)
        auditors.grant(
            connection,
            identifier=made.id,
            name=name,
            token=made.token,
            app_sealed=_sealed(services, Who.AUDITOR, made),
            clinics=clinics,
            first_day=first,
            last_day=last,
            now=now,
            expires_at=now + life,
        )
    return made


def add_operator(services: Services, name: str, life: timedelta) -> Granted:
    """Store an operator's grant and return it."""
    made, now = _new(services, name), services.clock()
    with services.database.writing() as connection:
        operators.add_operator(
            connection,
            identifier=made.id,
            name=name,
            token=made.token,
            app_sealed=_sealed(services, Who.OPERATOR, made),
            now=now,
            expires_at=now + life,
        )
    return made


def revoke(services: Services, kind: Who, identifier: UUID) -> str:
    """Revoke a grant with its log-ins and say so.

    Raises:
        click.ClickException: there is no such grant that stands.
    """
    with services.database.writing() as connection:
        stood = operators.revoke(connection, kind, identifier, services.clock())
    if not stood:
        raise click.ClickException(f"no grant of this {kind} stands")
    return f"{identifier}: revoked"


def listed(services: Services, kind: Who) -> list[str]:
    """Return a line for every grant of this kind."""
    now = services.clock()
    with services.database.reading() as connection:
        return [_line(each, over=each.expires_at <= now) for each in operators.grants(connection, kind)]


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


def _new(services: Services, name: str) -> Granted:
    return Granted(services.new_id(), new_token(), new_app_secret(), name)


def _sealed(services: Services, kind: Who, made: Granted) -> bytes:
    return services.keyring.seal(made.secret.encode(), app_place(kind, made.id))


def _clinic(found: UUID | None, slug: str) -> UUID:
    if found is None:
        raise click.ClickException(f"there is no clinic {slug}")
    return found


def _line(each: operators.Grant, *, over: bool) -> str:
    stands = "revoked" if each.revoked_at else "ended" if over else "stands"
    return f"{each.id}  {stands:<8} until {each.expires_at:%Y-%m-%d}  {each.name}"
