"""The documentation works offline under its policy, and holds exactly the files it says it holds."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from toy_doors import Toy

from api import docs_page

FOLDER = Path(docs_page.__file__).parent / "static" / "docs"


@pytest.fixture(scope="module")
def client():
    return Toy().client


class Asked(HTMLParser):
    """What a page loads, and whether it holds anything inline."""

    def __init__(self):
        super().__init__()
        self.loads, self.inline = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.loads += [given[name] for name in ("src", "href", "spec-url") if name in given]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


def test_the_page_loads_only_what_the_portal_itself_serves(client):
    answer = client.simulate_get("/docs")
    asked = Asked()
    asked.feed(answer.text)
    assert asked.inline == []
    assert set(asked.loads) == {
        *("/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/docs.js"),
        "/openapi.json",
    }
    for path in asked.loads:
        assert client.simulate_get(path).status_code == 200
    assert 'url: "/openapi.json"' in (script := client.simulate_get("/docs/docs.js").text)
    assert "validatorUrl: null" in script


def test_its_policy_lets_nothing_else_in(client):
    policy = client.simulate_get("/docs").headers["content-security-policy"]
    sources = {word for part in policy.split("; ") for word in part.split()[1:]}
    assert sources == {"'none'", "'self'", "data:"}


def test_the_front_page_leads_to_it(client):
    answer = client.simulate_get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("name", ["VENDORED.md", "docs.html", "..%2fdocs_page.py", "nothing.js"])
def test_no_other_file_can_be_named(client, name):
    assert client.simulate_get(f"/docs/{name}").status_code == 404


def test_a_file_is_sent_once(client):
    first = client.simulate_get("/docs/swagger-ui-bundle.js")
    again = client.simulate_get("/docs/swagger-ui-bundle.js", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert (again.status_code, again.content) == (304, b"")


def test_the_vendored_files_are_those_of_the_note():
    rows = dict(
        re.findall(r"^\| `([\w.-]+)` \|.*\| `([0-9a-f]{64})` \|", (FOLDER / "VENDORED.md").read_text(), re.MULTILINE)
    )
    assert rows == {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in rows}
    assert {path.name for path in FOLDER.iterdir()} == rows.keys() | {
        *("docs.html", "docs.js", "VENDORED.md"),
        *("swagger-ui.LICENSE.txt", "swagger-ui.NOTICE.txt", "swagger-ui-bundle.js.LICENSE.txt"),
    }
    assert "Apache License" in (FOLDER / "swagger-ui.LICENSE.txt").read_text()
