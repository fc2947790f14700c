"""Renewals: the folder in which they wait to be decided."""

from collections.abc import Iterable

from winplc_mock.desk.area import Area, Desk, Link, Way


def _ways(_desk: Desk) -> Iterable[Way]:
    return ()


AREA = Area("Fornyelser", (Link("Receptfornyelser", "/folders/renewals", "renewals"),), _ways)
