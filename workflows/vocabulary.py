"""The words in which a request type is written: states, roles, steps, rules, effects."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from workflows.content import Content, Nothing
from workflows.deadlines import Deadline, Since
from workflows.facts import Facts
from workflows.handover import Handover
from workflows.states import Layer, Role, State

__all__ = ["Deadline", "Layer", "Role", "Since", "State"]  # a page takes all its words from here


class Do(StrEnum):
    """A later effect of a step, or of reading, which is no step: one outbox row, carried out by exactly one actor."""

    FILE_IN_WINPLC = "file_in_winplc"
    CHECK_IDENTITY = "check_identity"
    TELL_WINPLC_IT_ENDED = "tell_winplc_it_ended"
    FILE_FORM = "file_form"
    TELL_WINPLC_IT_WAS_READ = "tell_winplc_it_was_read"
    MAIL = "mail"
    SMS = "sms"


class Now(StrEnum):
    """A deed of the step itself, done in the same transaction as the change of state."""

    TAKE_SLOT = "take_slot"
    FREE_SLOT = "free_slot"
    HOLD_OFFERED = "hold_offered"
    RELEASE_OFFERED = "release_offered"
    HAND_OVER_SLOT = "hand_over_slot"
    JOIN_LINE = "join_line"
    STEP_ASIDE = "step_aside"
    LEAVE_LINE = "leave_line"
    SET_REMINDER = "set_reminder"
    MARK_OPENED = "mark_opened"
    MARK_LATE = "mark_late"
    LIST_UNREAD = "list_unread"
    SETTLE_NOT_REACHED = "settle_not_reached"
    SET_PASSWORD = "set_password"  # noqa: S105 - the name of a deed
    NAME_PERSON = "name_person"
    ADMIT = "admit"
    FORGET_WHAT_WAS_TYPED = "forget_what_was_typed"
    LOCK_ACCOUNT = "lock_account"
    NOTE_NOTICE = "note_notice"


class Letter(StrEnum):
    """The letters a step may send; their texts live in `notifications/`."""

    MESSAGE_WAITING = "message_waiting"
    APPOINTMENT_NEWS = "appointment_news"
    SLOT_OFFERED = "slot_offered"
    APPOINTMENT_REMINDER = "appointment_reminder"
    REQUEST_CLOSED = "request_closed"
    REQUEST_DELAYED = "request_delayed"
    REQUEST_LATE = "request_late"
    REQUEST_UNDELIVERED = "request_undelivered"
    RECOVERY_LINK = "recovery_link"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a letter
    ACTIVATION_LINK = "activation_link"
    CLINIC_JOINED = "clinic_joined"
    ENROLMENT_DECLINED = "enrolment_declined"


class Need(StrEnum):
    """What must be looked up before a rule can be judged; a decision costs only the look-ups its rules need."""

    SERVICE = "service"
    AGE = "age"
    THREAD = "thread"
    SLOT = "slot"
    OFFERED = "offered"
    OFFER = "offer"
    TURN = "turn"
    SWAP = "swap"
    REFILL = "refill"
    FORM = "form"
    MEDICINES = "medicines"
    ITEMS = "items"
    LINK = "link"
    DISPUTE = "dispute"
    RIGHTS = "rights"
    REACH = "reach"
    READING = "reading"
    ACTIVATION = "activation"


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence in both languages."""

    da: str
    en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A named condition: its code, the layer that decides it, what is said when it fails, and what to do instead.

    `holds` is a pure predicate over the facts of one decision; `field` names the input it concerns, if any;
    `conflict` says that the world has moved on (answered with 409) rather than that the wish is against the rules;
    `needs` is what must be looked up first, if anything. Of a `hint`, its `field` says that it was read; then it holds.
    `needs` is what must be looked up first, if anything. `leads_to` is the type of request that the next step makes, if
    it makes one. `excepted` tells where the rule holds only by somebody's leave: the history then says so.
    """

    code: str
    layer: Layer
    sentence: Say
    next_step: Say
    holds: Callable[[Facts], bool]
    field: str | None = None
    conflict: bool = False
    needs: Need | None = None
    hint: bool = False
    leads_to: str | None = None
    excepted: Callable[[Facts], bool] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What is to be done later, and with which letter where it is a mail."""

    do: Do
    letter: Letter | None = None


FILE = Effect(Do.FILE_IN_WINPLC)
CHECK = Effect(Do.CHECK_IDENTITY)
TELL_ENDED = Effect(Do.TELL_WINPLC_IT_ENDED)


def mail(letter: Letter) -> Effect:
    """Return the effect of sending this letter."""
    return Effect(Do.MAIL, letter)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table: this trigger leads from here to there, for these roles, if these rules hold.

    `then` are later effects, `at_once` deeds of the same transaction, `outcome` what the step decided (kept on the
    request for later rules), `says` the shape of what the caller sends with it. `followed_by` is the first step of a
    new request that takes this one's place: opened in the same transaction, with the same words, or neither happens.
    `hands_over` is the same into a request of another type, which takes over the time that this one holds.
    """

    trigger: str
    source: State
    target: State
    by: Role
    only_if: tuple[Rule, ...] = ()
    then: tuple[Effect, ...] = ()
    at_once: tuple[Now, ...] = ()
    outcome: str | None = None
    says: type[Content] = Nothing
    followed_by: str | None = None
    hands_over: Handover | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """One request type: its wire name, what the two languages call it, its table and its deadlines.

    `receipt` records arrival: any word from the clinic proves it, and walks it first where it is missing. Histories are
    shown where `public_timeline` is, an answer is promised in time where `promised` is. `part_of` is the service
    whose switches close this one too, `door` the collection in which a request of this type is made. `shelf` is what a
    patient's own requests of this type are called together, `invitation` what leads to a new one.
    """

    kind: str
    title: Say
    steps: tuple[Step, ...]
    deadlines: tuple[Deadline, ...] = ()
    receipt: str = "delivered"
    public_timeline: bool = True
    promised: bool = True
    part_of: str | None = None
    door: str = "requests"
    shelf: Say | None = None
    invitation: Say | None = None
    states: tuple[State, ...] = field(init=False)

    def __post_init__(self) -> None:
        seen = dict.fromkeys(state for step in self.steps for state in (step.source, step.target))
        object.__setattr__(self, "states", tuple(seen))

    def step(self, trigger: str, source: State) -> Step | None:
        """Return the row for this trigger in this state, if the table has one."""
        return next((row for row in self.steps if row.trigger == trigger and row.source is source), None)

    def rules(self, trigger: str) -> tuple[Rule, ...]:
        """Return the rules of every row of this trigger, each once."""
        rows = (row for row in self.steps if row.trigger == trigger)
        return tuple(dict.fromkeys(rule for row in rows for rule in row.only_if))

    def triggers(self) -> tuple[str, ...]:
        """Return every trigger of the table once, in the table's order."""
        return tuple(dict.fromkeys(row.trigger for row in self.steps))

    def ends(self) -> tuple[State, ...]:
        """Return the states that no step leaves for another state."""
        left = {row.source for row in self.steps if row.target is not row.source}
        return tuple(state for state in self.states if state not in left)

    def shape(self, trigger: str) -> type[Content] | None:
        """Return the shape of what is said with this trigger; None if the table has no such trigger."""
        return next((row.says for row in self.steps if row.trigger == trigger), None)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no: an expected outcome, not an exception."""

    rule: Rule


class NotApplicableError(Exception):
    """The trigger has no row in this state for this role; the text names kind, state and trigger only."""

    def __init__(self, kind: str, state: State, trigger: str) -> None:
        super().__init__(f"{kind}: {trigger} does not apply in {state}")
        self.kind, self.state, self.trigger = kind, state, trigger


@dataclass(frozen=True, slots=True)
class Decision:
    """The steps to walk, in order: one, or two where an early word from the clinic first proves the receipt.

    `leave` is what the history says where a rule holds only by an exception that somebody made.
    """

    steps: tuple[Step, ...]
    leave: str | None = None
