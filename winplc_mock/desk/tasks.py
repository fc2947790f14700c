"""Tasks: lists of what somebody must look after."""

from collections.abc import Iterable

from winplc_mock.accounts import Accounts
from winplc_mock.desk.accounts import AccountsPage
from winplc_mock.desk.area import Area, Desk, Link, Way


def _ways(desk: Desk) -> Iterable[Way]:
    yield Way("/held", AccountsPage(desk.books, desk.environment, Accounts(desk.books, desk.portal)))


AREA = Area("Opgaver", (Link("Venter på bekræftelse", "/held"),), _ways)
