"""Mails at hand for the stories about sending them."""

from datetime import UTC, datetime

import pytest

from notifications.envelope import Mail, compose, message_id
from notifications.letters import ClinicCard, write
from notifications.rendering import Language
from notifications.smtp import SmtpTransport
from notifications.transport import SendFailed

CLINIC = ClinicCard("Lægerne Østergade", "12 34 56 78", "8-15", "112", "https://portal.example/nygade")
EXTRAS = {
    "activation_link": {"link": "https://portal.example/nygade/activation#abc"},
    "login_code": {"code": "042917"},
    "recovery_link": {"link": "https://portal.example/recover#t=abc"},
}
CANARY = "kanariefugl@example.dk"


def mail(name: str = "message_waiting", language: Language = "da", outbox_id: str = "1") -> Mail:
    return compose(
        write(name, CLINIC, language, **EXTRAS.get(name, {})),
        clinic=CLINIC,
        portal_address="post@portal.example",
        recipient=CANARY,
        outbox_id=outbox_id,
        stable_id=message_id(outbox_id, "post@portal.example"),
        written_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    )


class Intent:
    """The caller's note that it is about to send; counts how often it was asked."""

    def __init__(self, *, agrees: bool = True) -> None:
        self.asked = 0
        self._agrees = agrees

    def __call__(self) -> bool:
        self.asked += 1
        return self._agrees


def failure_of(transport: SmtpTransport, intent: Intent) -> tuple[str, bool, bool]:
    with pytest.raises(SendFailed) as caught:
        transport.send(mail(), before_body=intent)
    told = "".join(map(str, (caught.value, repr(caught.value), caught.value.__cause__)))
    assert CANARY not in told
    return caught.value.code, caught.value.permanent, caught.value.ambiguous
