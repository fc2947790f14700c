"""The shape of what a clinic's system says: who acted, when, and the words."""

import json
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.strict_json import Moment
from identity.subject import Staff
from workflows.content import Code, Key, WrittenText

Content = TypeVar("Content", bound=BaseModel)


class ActingStaff(BaseModel):
    """The member of staff who acts, as the clinic vouches; `role` is `system` where nobody did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[Key, Field(examples=["s1"])]
    name: Annotated[WrittenText, Field(max_length=100, examples=["Anne Hansen"])]
    role: Annotated[Code, Field(examples=["doctor", "nurse", "secretary", "system"])]

    def as_staff(self) -> Staff:
        """Return the member of staff as the memory knows them."""
        return Staff(self.id, self.name, self.role)


class ClinicCall(BaseModel, Generic[Content]):
    """What every call of a clinic's system holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    acting_staff: ActingStaff
    at: Moment
    content: Content


def in_a_call(shape: type[BaseModel]) -> type[BaseModel]:
    """Return the shape of a call with such content."""
    return ClinicCall[shape]  # type: ignore[valid-type]


def content_as_sent(call: Call) -> dict[str, Any]:
    """Return the content of a body that has been read, as it was sent: the same words arrive by the event feed."""
    content: dict[str, Any] = json.loads(call.body_bytes())["content"]
    return content
