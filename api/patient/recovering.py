"""Using a mailed link, to a new password or against one: what the JSON doors and the plain pages share."""

from api.call import Call
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from identity.outcomes import NotFoundError
from identity.password_rules import LEAST, Standard, weakness
from storage.password_context import person_of_link, standard_at
from storage.recoveries import complete, dispute
from workflows.catalogue import Catalogue
from workflows.vocabulary import Need, NotApplicableError, Refusal, Rule, Say

WEAKNESSES = {
    "password_too_short": Say("Mindst {shortest} tegn.", "At least {shortest} characters."),
    "password_too_long": Say("Højst 128 tegn.", "At most 128 characters."),
    "password_too_plain": Say(
        "Brug både et stort bogstav, et lille bogstav og et tal.",
        "Use an upper-case letter, a lower-case letter and a digit.",
    ),
    "password_common": Say(
        "Den gættes for let. Vælg en anden, for eksempel flere ord efter hinanden.",
        "It is guessed too easily. Choose another one, several words in a row for instance.",
    ),
    "password_contextual": Say(
        "Brug hverken klinikkens navn, dit CPR-nummer eller din mailadresse.",
        "Use neither the clinic's name, nor your CPR number, nor your mail address.",
    ),
}
COMPLETE, DISPUTE = "complete", "dispute"


class Recovering:
    """Sets a new password by a link, once; takes it away again by another."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._link_rule = _rule(services.catalogue, COMPLETE, Need.LINK)
        self._dispute_rule = _rule(services.catalogue, DISPUTE, Need.DISPUTE)

    def use(self, call: Call, clinic: str, token: str, password: str) -> Refusal | None:
        """Set the password, or return the rule that refuses: a link that never was, was used or has ended is one.

        Raises:
            InvalidBodyError: the password breaks a rule for passwords (ACC-14); the link is not used up.
        """
        services = self._services
        with services.database.reading() as connection:
            standard = standard_at(connection, services.keyring, clinic, person_of_link(connection, token))
        refuse_weak(password, standard)
        password_hash = services.passwords.hash(password)
        try:
            with services.database.writing() as connection:
                outcome = complete(connection, services.ledger, clinic, token, password_hash, call.request_id)
        except (NotFoundError, NotApplicableError):
            return Refusal(self._link_rule)
        return outcome if isinstance(outcome, Refusal) else None

    def dispute(self, call: Call, clinic: str, token: str) -> Refusal | None:
        """Take away the password that somebody set, or return the rule that refuses; every link that fails is alike."""
        services = self._services
        try:
            with services.database.writing() as connection:
                outcome = dispute(connection, services.ledger, clinic, token, call.request_id)
        except (NotFoundError, NotApplicableError):
            return Refusal(self._dispute_rule)
        return outcome if isinstance(outcome, Refusal) else None


def refuse_weak(password: str, standard: Standard = LEAST) -> None:
    """Refuse a new password that is too weak.

    Raises:
        InvalidBodyError: it breaks a rule for passwords (ACC-14).
    """
    weak = weakness(password, standard)
    if weak is not None:
        said = WEAKNESSES[weak]
        words = {name: text.format(shortest=standard.shortest) for name, text in (("da", said.da), ("en", said.en))}
        raise InvalidBodyError((Fault("/password", weak, words=words),))


def _rule(catalogue: Catalogue, trigger: str, need: Need) -> Rule:
    """Return the rule of the pages by which a link holds."""
    rules = (rule for workflow in catalogue.values() for rule in workflow.rules(trigger))
    return next(rule for rule in rules if rule.needs is need)
