"""Why an auditor looks: said with every look-up, and recorded."""

import re
from typing import Annotated

from pydantic import BaseModel, Field

from api.call import Call
from api.cursor import Paging
from api.inputs import Fault, InvalidQueryError

_HEADER = "Purpose"
_SAID = re.compile(r"[\x20-\x7e]{1,200}")

Why = Annotated[
    str | None,
    Field(
        description="Why you look, in your own words; may come in a header `Purpose` instead",
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        examples=["Complaint 2026-17"],
    ),
]


class Purpose(BaseModel):
    """The query of a look-up."""

    purpose: Why = None


class PurposefulPaging(Paging):
    """The query of a list."""

    purpose: Why = None


class Search(PurposefulPaging):
    """The query of a search: a filter that is left out admits everything within the grant."""

    clinic: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$", examples=["nygade"])] = None
    kind: Annotated[str | None, Field(pattern=r"^[a-z][a-z_]{0,39}$")] = None
    state: Annotated[str | None, Field(pattern=r"^[a-z][a-z_]{0,39}$")] = None


def purpose_of(call: Call, query: Purpose | PurposefulPaging) -> str:
    """Return why the auditor looks. Raises as `stated` does."""
    return stated(call, query.purpose)


def stated(call: Call, purpose: str | None) -> str:
    """Return why the auditor looks, as the query or the header says.

    Raises:
        InvalidQueryError: neither does.
    """
    said = (purpose or call.get_header(_HEADER) or "").strip()
    if not said:
        raise InvalidQueryError((Fault("purpose", "missing"),))
    if purpose is None and not _SAID.fullmatch(said):
        raise InvalidQueryError((Fault("purpose", "string_pattern_mismatch"),))
    return said
