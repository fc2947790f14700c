"""A browser that logs in with MitID: it keeps its cookie, follows the portal to the broker, and comes back."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import urllib3

from api.identity_broker import OidcBroker
from api.identity_wire import Wire
from api.patient.mitid import ACTION, CALLBACK, COOKIE
from identity.mitid import DIALECTS
from identity.oidc import Client
from portal.mitid_broker import MitIdBroker
from portal.mitid_pages.books import CLIENT_ID, Identity
from storage.registers import ACCESS
from tests.knocking import Doors
from tests.people import ALICE, BOB, CARLA, DAVID

PORTAL = "http://localhost"
BEGIN = "/v1/session/mitid"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def identity_of(persona):
    return Identity(persona.name, persona.digits)


def mock_broker(clock):
    """Return a mock broker that knows everybody of the standing cast; not started."""
    return MitIdBroker([identity_of(each) for each in (ALICE, BOB, CARLA, DAVID)], PORTAL, clock=clock)


def client_of(issuer, dialect="mock", **changes):
    plain = {"client_id": CLIENT_ID, "redirect_uri": f"{PORTAL}{CALLBACK}", "dialect": DIALECTS[dialect]}
    return Client(issuer=issuer, **(plain | changes))


def doors_with(house, passwords, issuer, **changes):
    """Return the portal's doors, connected to the broker of this address."""
    broker = OidcBroker(client_of(issuer, **changes), Wire(only_tls=False), house.clock)
    return Doors.of(house, passwords, mitid=broker)


@dataclass
class Browser:
    """One browser in front of the portal's doors."""

    doors: object
    cookie: str | None = None
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=10))

    def begin(self, clinic="nygade", **query):
        """Ask to log in; return the portal's answer, whose cookie is kept."""
        answer = self.doors.client.simulate_get(BEGIN, params={"clinic": clinic, **query})
        if COOKIE in answer.cookies:
            self.cookie = answer.cookies[COOKIE].value
        return answer

    def chosen(self, address, who, evil="none"):
        """Choose a person on the broker's page; return what the broker sends the browser back with."""
        page = self.http.request("GET", address)
        assert page.status == 200, page.data
        form = {name: unescape(value) for name, value in _HIDDEN.findall(page.data.decode())}
        form |= {"person": identity_of(who).subject if who else "", "evil": evil}
        return back_from(
            self.http.request_encode_body(
                "POST", address.partition("?")[0], fields=form, encode_multipart=False, redirect=False
            )
        )

    def complete(self, returned, **changes):
        """Bring back what the broker gave; return the portal's answer."""
        headers = {} if self.cookie is None else {"Cookie": f"{COOKIE}={self.cookie}"}
        return self.doors.client.simulate_get(CALLBACK, params=returned | changes, headers=headers)

    def log_in(self, who, evil="none", clinic="nygade"):
        """Walk the whole way; return the portal's last answer."""
        return self.complete(self.chosen(self.begin(clinic).headers["location"], who, evil))


def back_from(reply):
    """Return the parameters with which a broker sends a browser back to the portal."""
    assert reply.status in {302, 303}, reply.data
    address = urlsplit(reply.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{PORTAL}{CALLBACK}"
    return dict(parse_qsl(address.query))


def seen(doors):
    """Return what the access log says of log-ins with MitID, in order."""
    rows = sorted(doors.house.rows(ACCESS, ACCESS.c.act == ACTION), key=lambda row: row.id)
    return [(row.actor_kind, row.outcome, row.actor, row.clinic_id) for row in rows]
