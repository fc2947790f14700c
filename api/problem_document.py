"""The document of a problem: why something did not succeed (RFC 9457), with what a page needs to help."""

from pydantic import BaseModel, ConfigDict, Field

from api.contacts import Contact
from api.fresh import FreshTime
from api.onward import Onward
from api.strict_json import Moment
from workflows.vocabulary import Layer


class OffendingCharacter(BaseModel):
    """A character that cannot be sent, and its places in the text, counted in code points from 0."""

    character: str
    code_point: str
    at: tuple[int, ...]


class FaultDocument(BaseModel):
    """One thing that is wrong with what was sent."""

    model_config = ConfigDict(title="Fault")

    field: str = Field(description="JSON pointer into the body, or the name of a query parameter or header")
    code: str = Field(description="Stable machine word")
    detail: str = Field(description="What is wrong, in the caller's language")
    characters: tuple[OffendingCharacter, ...] | None = Field(None, description="Which characters cannot be sent")


class ProblemDocument(BaseModel):
    """Why it did not succeed (RFC 9457). Members that do not apply are left out."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        description="`/problems/` and the code; a page that explains it", json_schema_extra={"format": "uri-reference"}
    )
    title: str
    status: int
    detail: str | None = None
    code: str = Field(description="Stable machine word")
    layer: Layer | None = Field(None, description="Which part of the house said no")
    field: str | None = Field(None, description="The input it concerns")
    errors: tuple[FaultDocument, ...] | None = Field(None, description="Every fault of the input")
    next_step: str | None = Field(None, description="What to do instead")
    onward: Onward | None = Field(None, description="The request that the next step makes, and where it begins")
    until: Moment | None = Field(None, description="When it is possible again, where that is known")
    free_times: tuple[FreshTime, ...] | None = Field(None, description="Free instead of one that is gone")
    see: str | None = Field(None, description="Where to look for more of them")
    verified: str | None = Field(None, description="What shows to the enrolment who you are, for half an hour")
    contact: Contact | None = Field(None, description="Whom to phone now, where it cannot wait")
    instance: str = Field(description="The path that was called")
    request_id: str = Field(description="The id to name when asking for help")
