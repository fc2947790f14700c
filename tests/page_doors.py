"""The pages as a browser without JavaScript uses them: read strictly, and their forms sent as they stand."""

import re
from urllib.parse import urlencode

import html5lib

from tests.patient_doors import OWN_PAGE, PatientDoors
from tests.people import ALICE

FORM = "application/x-www-form-urlencoded"
_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')


class Browser:
    """One browser at the pages; `sent` is what it sends with every call, the cookie of a log-in among it."""

    def __init__(self, doors: PatientDoors, who=ALICE):
        self.doors = doors
        self.sent = dict(OWN_PAGE) if who is None else doors.browse(who)
        self.sent.pop("X_CSRF_Token", None)

    def read(self, path, status=200, **headers):
        """Return a page's text, which parses without an error and has one heading of the first order."""
        answer = self.doors.call("GET", path, **self.sent, **headers)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return well_formed(answer.text)

    def send(self, path, page, **fields):
        """Send the form of a page: its hidden fields, and what is typed; return the answer."""
        action = page.index(f'action="{path}"')
        hidden = dict(_HIDDEN.findall(page[action : page.index("</form>", action)]))
        body = urlencode(hidden | fields, doseq=True)
        return self.doors.call("POST", path, body, **(self.sent | {"Content_Type": FORM}))


def well_formed(text):
    html5lib.HTMLParser(strict=True).parse(text)
    assert text.count("<h1") == 1
    assert "style=" not in text
    assert len(ids := re.findall(r' id="([^"]+)"', text)) == len(set(ids)), "an id stands twice"
    return text
