"""Log in, send an e-consultation, wait for the clinic's answer and print it. Needs nothing but Python.

python examples/submit_e_kons.py http://localhost:8000 nygade 6101851234 "May I take two?"

In the demo the code comes by mail to http://localhost:8200 and the password is the one that the demo prints.
"""

import argparse
import getpass
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any

LOOK_EVERY = 1.0  # seconds


class Portal:
    """The portal at one address; `call` raises SystemExit with the portal's own words when it says no."""

    def __init__(self, address: str) -> None:
        self._address, self._headers = address.rstrip("/"), {"Accept-Language": "en"}

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Make one call and return the JSON of the answer."""
        words = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self._headers, **(headers or {})}
        request = urllib.request.Request(self._address + path, words, sent, method=method)  # noqa: S310 - as given
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the address is the caller's own
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read())
            faults = [fault["detail"] for fault in problem.get("errors", ())]
            said = [problem["title"], problem.get("detail"), *faults, problem.get("next_step")]
            raise SystemExit(" ".join(part for part in said if part)) from None

    def log_in(self, clinic: str, cpr: str) -> None:
        """Show both factors; later calls carry the token."""
        claim = {"clinic": clinic, "cpr": cpr, "password": getpass.getpass("Password: ")}
        attempt = self.call("POST", "/v1/session", claim)["attempt"]
        code = input("Code from the mail: ").strip()
        token = self.call("POST", "/v1/session/code", {"attempt": attempt, "code": code})["token"]
        self._headers["Authorization"] = f"Bearer {token}"


def main() -> None:
    """Run the example."""
    arguments = argparse.ArgumentParser(description="Send an e-consultation and wait for the answer")
    for name in ("address", "clinic", "cpr", "text"):
        arguments.add_argument(name)
    given = arguments.parse_args()
    portal = Portal(given.address)
    portal.log_in(given.clinic, given.cpr)
    # One key per question: sending it again after a lost answer makes no second question.
    key = {"Idempotency-Key": str(uuid.uuid4())}
    asked = portal.call("POST", f"/v1/clinics/{given.clinic}/requests/e_kons", {"text": given.text}, key)
    seen = portal.call("GET", f"/v1/requests/{asked['id']}")
    # A clinic that has answered already promises nothing any more.
    print("Sent." + (f" The clinic promises an answer by {seen['answer_by']}." if seen["answer_by"] else ""))
    while not (answers := [each for each in seen["messages"] if each["author"] == "clinician"]):
        time.sleep(LOOK_EVERY)
        seen = portal.call("GET", f"/v1/requests/{asked['id']}")
    print(answers[0]["content"]["text"])
    # Shown, so it is read: the clinic sees when.
    portal.call("POST", "/v1/messages/read", {"messages": [answers[0]["id"]]})


if __name__ == "__main__":
    main()
