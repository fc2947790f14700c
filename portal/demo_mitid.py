"""A log-in with MitID as a browser would do it, played against the mock broker."""

import json
import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import urllib3

from portal.demo_client import DemoFailedError
from portal.demo_data import DemoPatient

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_BUTTON = re.compile(r'<button name="person" value="([^"]+)">([^<]+)</button>')


def log_in_with_mitid(http: urllib3.PoolManager, portal: str, patient: DemoPatient) -> Mapping[str, str]:
    """Walk from the portal to the broker and back; return the header that proves the log-in.

    Raises:
        DemoFailedError: something on the way did not answer as the demo needs.
    """
    begun = _sent_on(http.request("GET", f"{portal}/v1/session/mitid?clinic={patient.clinics[0]}", redirect=False))
    cookie = begun.headers["set-cookie"].partition(";")[0]
    address = begun.headers["location"]
    page = http.request("GET", address).data.decode()
    form = {name: unescape(value) for name, value in _HIDDEN.findall(page)}
    person = next((subject for subject, name in _BUTTON.findall(page) if unescape(name) == patient.name), "")
    words = urlencode({**form, "person": person})
    chosen = http.request("POST", address.partition("?")[0], body=words, headers=_FORM, redirect=False)
    back = _sent_on(chosen).headers["location"]
    reply = http.request("GET", back, headers={"cookie": cookie})
    if reply.status != 200:  # noqa: PLR2004 - HTTP's own
        raise DemoFailedError(f"logging in with MitID: {reply.status} {reply.data.decode()[:500]}")
    return {"authorization": f"Bearer {json.loads(reply.data)['token']}"}


def _sent_on(reply: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    if reply.status != 303:  # noqa: PLR2004 - HTTP's own
        raise DemoFailedError(f"logging in with MitID: {reply.status} where the browser is sent on")
    return reply
