"""Faults on demand: how a mail server misbehaves, so that tests can see us cope."""

import threading
from random import Random
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Stage = Literal["rcpt", "data"]


class Fault(BaseModel):
    """One way to misbehave; exactly one of `reply`, `late` and `cut`.

    Attributes:
        reply: Refuse with this code, at `stage`; the mail is not kept.
        stage: After the recipient was named, or after the whole mail was heard.
        late: Keep the mail, and say 250 only after so many seconds.
        cut: Keep the mail, and hang up without a reply.
        rate: The share of mails it strikes, above 0 and at most 1.
        count: It ends after so many strikes; never, when not given.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    reply: Annotated[str, Field(pattern=r"^[45][0-9][0-9]$")] | None = None
    stage: Stage = "rcpt"
    late: Annotated[float, Field(gt=0, le=600)] | None = None
    cut: Literal[True] | None = None
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    count: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _is_one_fault(self) -> Self:
        if sum(choice is not None for choice in (self.reply, self.late, self.cut)) != 1:
            raise ValueError("choose one of reply, late and cut")
        return self

    def strikes_at(self, stage: Stage) -> bool:
        """Return whether this is the moment; a late or missing reply always belongs to the whole mail."""
        return stage == (self.stage if self.reply is not None else "data")


class FaultPlan:
    """The faults in force, shared by the SMTP side that suffers them and the web side that orders them."""

    def __init__(self, randomness: Random) -> None:
        self._randomness = randomness
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        """Add a fault; where several could strike, the one ordered first is asked first."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._faults.clear()

    def in_force(self) -> list[Fault]:
        """Return the faults that may still strike, with the strikes they have left."""
        with self._lock:
            return list(self._faults)

    def strike(self, stage: Stage) -> Fault | None:
        """Return the fault that strikes now, if any, and use up one of its strikes."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.strikes_at(stage) and self._randomness.random() < fault.rate:
                    self._use_up(place, fault)
                    return fault
        return None

    def _use_up(self, place: int, fault: Fault) -> None:
        if fault.count == 1:
            del self._faults[place]
        elif fault.count is not None:
            self._faults[place] = fault.model_copy(update={"count": fault.count - 1})
