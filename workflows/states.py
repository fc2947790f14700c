"""Where a request can stand, and who may move it."""

from enum import Flag, StrEnum, auto


class State(StrEnum):
    """Where a request stands. `DRAFT` is before the first step and is never stored."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    NOTIFIED = "notified"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    UNDELIVERABLE = "undeliverable"
    UNREACHABLE = "unreachable"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    MOVED = "moved"
    USED = "used"
    NO_SHOW = "no_show"
    PASSED = "passed"
    COMPLETED = "completed"
    ACTIVATED = "activated"
    EXPIRED = "expired"


class Role(Flag):
    """Who may pull a trigger, several combined with `|`: ANYONE is not logged in, SYSTEM the portal's own workers."""

    PATIENT = auto()
    ANYONE = auto()
    CLINIC = auto()
    SYSTEM = auto()
    OPERATOR = auto()


class Layer(StrEnum):
    """Which part of the house said no."""

    CLINIC = "clinic"
    PRACTITIONER = "practitioner"
    PATIENT = "patient"
    HOLIDAY = "holiday"
    AGE = "age"
    MEDICINE = "medicine"
    CALENDAR = "calendar"
    CONTENT = "content"
    REQUEST = "request"
