"""Tasks: lists of what somebody must look after."""

from collections.abc import Iterable

from winplc_mock.accounts import Accounts
from winplc_mock.desk.accounts import AccountsPage
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.worklists import NAMES, StatisticsPage, WorklistPage
from winplc_mock.tasks import Tasks


def _ways(desk: Desk) -> Iterable[Way]:
    tasks = Tasks(desk.books, desk.portal)
    lists = WorklistPage(desk.books, desk.environment, tasks)
    yield Way("/held", AccountsPage(desk.books, desk.environment, Accounts(desk.books, desk.portal)))
    yield Way("/lists/{name}", lists)
    yield Way("/requests/{request}/not-reached", lists, "handled")
    yield Way("/statistics", StatisticsPage(desk.books, desk.environment, tasks))


AREA = Area(
    "Opgaver",
    (
        *(Link(title, f"/lists/{name}") for name, title in NAMES.items()),
        Link("Venter på bekræftelse", "/held"),
        Link("Statistik", "/statistics"),
    ),
    _ways,
)
