"""The desk's lists of what waits for somebody, and the clinic's numbers, as the portal keeps them."""

from datetime import timedelta

import falcon
from jinja2 import Environment

from winplc_mock.books import Books
from winplc_mock.desk import labels, views
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.refusals import RefusedError
from winplc_mock.tasks import Tasks

NAMES = {
    "due-soon": "Snart frist",
    "overdue": "Frist overskredet",
    "not-reached": "Ikke nået",
    "unread-answers": "Ulæste svar hos patienten",
    "departed": "Patienter, der er rejst",
}
EXPLAINED = {
    "due-soon": "Patienten er lovet svar senest i dag eller den næste arbejdsdag.",
    "overdue": "Patienten har fået besked om, at svaret mangler.",
    "not-reached": "En mail nåede ikke frem, eller svaret er ikke læst. Ring, eller send et brev.",
    "departed": "Patienten er flyttet eller død, eller klinikken er lukket, og noget venter endnu.",
    "unread-answers": "Svar, som klinikken følger, og som patienten ikke har læst.",
}
REASONS = {
    "unread": "Svaret er ikke læst",
    "bounced": "Mailen kom retur",
    "refused": "Mailen blev afvist",
    "address": "Ingen brugbar e-mail",
    "gave_up": "Mailen kunne ikke sendes",
    "unknown": "Uvist, om mailen kom frem",
}
HOW = {"phone": "Ringet", "letter": "Sendt brev", "in_person": "Talt med patienten", "other": "Andet"}
TOLD = {
    "handled": "Noteret. Opgaven er taget af listen.",
    "handled_before": "Opgaven var allerede taget af listen.",
    "refused": "Portalen tog ikke imod det.",
    "unreachable": "Portalen svarede ikke. Prøv igen.",
}
WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
USUAL_DAYS = timedelta(days=29)


class WorklistPage(Page):
    """/desk/{clinic}/lists/{name}: one of the portal's lists."""

    def __init__(self, books: Books, environment: Environment, tasks: Tasks) -> None:
        super().__init__(books, environment)
        self._tasks = tasks

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, name: str) -> None:
        """The list, with the patients' names from the clinic's own books."""
        if name not in NAMES:
            raise RefusedError(404, "unknown_list")
        page = self._tasks.listed(clinic, name, req.get_param("cursor"))
        with self._books.store.read() as db:
            patients = {each["id"]: views.patient_of(db, clinic, each["id"]) for each in page["items"]}
        shown = {"name": name, "title": NAMES[name], "explained": EXPLAINED[name], "items": page["items"]}
        shown |= {"patients": patients, "more": page.get("next_cursor"), "reasons": REASONS, "how": HOW}
        told = TOLD.get(req.get_param("told") or "")
        self._show_desk(req, resp, clinic, "worklist.html", told=told, **shown)

    def on_post_handled(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str) -> None:
        """Note how the patient was reached."""
        how = filled(req).get("how", [""])[0]
        word = self._tasks.handled(clinic, request, how, self._acting(req, clinic))
        go(resp, f"/desk/{clinic}/lists/not-reached?told={word}")


class StatisticsPage(Page):
    """/desk/{clinic}/statistics: the clinic's numbers, the last thirty days unless other days are chosen."""

    def __init__(self, books: Books, environment: Environment, tasks: Tasks) -> None:
        super().__init__(books, environment)
        self._tasks = tasks

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """The numbers of the chosen days."""
        today = self._books.clock().astimezone(labels.COPENHAGEN).date()
        last = req.get_param("last") or today.isoformat()
        first = req.get_param("first") or (today - USUAL_DAYS).isoformat()
        numbers = self._tasks.numbers(clinic, first, last)
        self._show_desk(
            req, resp, clinic, "statistics.html", numbers=numbers, first=first, last=last, weekdays=WEEKDAYS
        )
