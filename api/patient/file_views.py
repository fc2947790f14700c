"""How the files of a message look to its patient."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from storage.files import FileShown


class FileLink(BaseModel):
    """A file of a message: `kind` is jpeg, png or pdf, `size` its bytes, `href` where it is fetched."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    kind: str
    size: int
    href: str = Field(json_schema_extra={"format": "uri-reference"})


def links(files: Iterable[FileShown]) -> tuple[FileLink, ...]:
    """Return the files with where they are fetched."""
    return tuple(
        FileLink(
            id=each.id,
            name=each.name,
            kind=each.kind,
            size=each.size,
            href=f"/v1/requests/{each.request}/files/{each.id}",
        )
        for each in files
    )
