"""What a refusal carries beyond its words where a time is gone: other times that are free now (BOO-3)."""

from pydantic import BaseModel, ConfigDict

from api.strict_json import Moment


class FreshTime(BaseModel):
    """A time that can be had instead."""

    model_config = ConfigDict(frozen=True)

    key: str
    practitioner: str
    reason: str
    starts_at: Moment
    ends_at: Moment


class Fresh(BaseModel):
    """The next free times like the one that is gone, and where to look for more."""

    model_config = ConfigDict(frozen=True)

    free_times: tuple[FreshTime, ...]
    see: str
