"""The catcher's web side: pages for eyes, JSON for tests and the demonstration, a switch for faults."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import falcon
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import ValidationError

from portal.mail_pages.faults import Fault, FaultPlan
from portal.mail_pages.mailbox import Caught, Mailbox

_MOST: Final = 1000
_ON_A_PAGE: Final = 200
_PAGE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
# A mail is a stranger's page: no script, no picture from outside, no say over the page around it.
_MAIL_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'"

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
    auto_reload=False,
)


def web_app(mailbox: Mailbox, faults: FaultPlan) -> "falcon.App[falcon.Request, falcon.Response]":
    """Return the WSGI application over one mailbox and its faults."""
    app = falcon.App()
    mails = _Mails(mailbox)
    app.add_route("/", _Front(mailbox))
    app.add_route("/mails/{key}", mails)
    app.add_route("/mails/{key}/html", mails, suffix="html")
    app.add_route("/mails/{key}/source", mails, suffix="source")
    app.add_route("/api/mails", _MailList(mailbox))
    app.add_route("/control", _Control(faults))
    app.add_route("/sms", _TextMessages(mailbox))
    app.add_error_handler(FileNotFoundError, _cleared_meanwhile)
    return app


def _cleared_meanwhile(_req: falcon.Request, _resp: falcon.Response, _error: Exception, _params: Any) -> None:
    raise falcon.HTTPNotFound


def _page(resp: falcon.Response, template: str, **values: object) -> None:
    resp.content_type = falcon.MEDIA_HTML
    resp.set_header("Content-Security-Policy", _PAGE_POLICY)
    resp.text = _TEMPLATES.get_template(template).render(values)


class _Front:
    """The mails, newest first."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        to = req.get_param("to")
        mails = self._mailbox.newest(to=to, limit=_ON_A_PAGE)
        shown = [(mail, self._mailbox.open(mail).header("Subject")) for mail in mails]
        _page(resp, "front.html.j2", mails=shown, to=to, most=_ON_A_PAGE)


class _Mails:
    """One mail: as a page, as its HTML alone, as its source."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def _find(self, key: str) -> Caught:
        mail = self._mailbox.find(key)
        if mail is None:
            raise falcon.HTTPNotFound
        return mail

    def on_get(self, _req: falcon.Request, resp: falcon.Response, key: str) -> None:
        mail = self._find(key)
        _page(resp, "mail.html.j2", mail=mail, opened=self._mailbox.open(mail))

    def on_get_html(self, _req: falcon.Request, resp: falcon.Response, key: str) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", _MAIL_POLICY)
        resp.text = self._mailbox.open(self._find(key)).html

    def on_get_source(self, _req: falcon.Request, resp: falcon.Response, key: str) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.data = self._mailbox.source(self._find(key))


class _MailList:
    """The mails as JSON, in the order they came; `cursor` goes into the next `after`."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        after = req.get_param("after", default="")
        limit = req.get_param_as_int("limit", min_value=1, max_value=_MOST, default=100)
        mails = self._mailbox.since(to=req.get_param("to"), after=after, limit=limit)
        resp.media = {
            "mails": [self._told(mail) for mail in mails],
            "cursor": mails[-1].key if mails else after,
        }

    def on_delete(self, _req: falcon.Request, resp: falcon.Response) -> None:
        self._mailbox.clear()
        resp.status = falcon.HTTP_NO_CONTENT

    def _told(self, mail: Caught) -> dict[str, object]:
        opened = self._mailbox.open(mail)
        return {
            "key": mail.key,
            "received_at": mail.at,
            "envelope_from": mail.sender,
            "to": list(mail.to),
            "message_id": opened.header("Message-ID"),
            "subject": opened.header("Subject"),
            "text": opened.text,
        }


class _TextMessages:
    """A gateway for text messages: each is kept among the mails, once for each key of idempotence."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._taken: set[str] = set()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        said = req.get_media()
        if not (isinstance(said, dict) and all(isinstance(said.get(name), str) for name in ("to", "text"))):
            raise falcon.HTTPUnprocessableEntity(description="to and text must be texts")
        key = req.get_header("idempotency-key") or ""
        if key not in self._taken:
            message = EmailMessage()
            message["Subject"] = "SMS"
            message["Message-ID"] = f"<sms-{key}@localhost>"
            message.set_content(said["text"])
            self._mailbox.keep("sms", [said["to"]], message.as_bytes())
            self._taken |= {key} if key else set()
        resp.status, resp.media = falcon.HTTP_202, {"taken": True}


class _Control:
    """The switch: order a fault, see which are in force, behave again."""

    def __init__(self, faults: FaultPlan) -> None:
        self._faults = faults

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"faults": [fault.model_dump(exclude_none=True) for fault in self._faults.in_force()]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            self._faults.order(Fault.model_validate(req.get_media()))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise falcon.HTTPUnprocessableEntity(description=wrong) from None
        self.on_get(req, resp)

    def on_delete(self, _req: falcon.Request, resp: falcon.Response) -> None:
        self._faults.clear()
        resp.status = falcon.HTTP_NO_CONTENT
