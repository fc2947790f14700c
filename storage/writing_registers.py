"""The tables beside what patients send: drafts that are not sent yet, and messages that warning signs have stopped."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, required

DRAFT = sa.Table(
    "draft",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("kind", sa.String(40), primary_key=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("version", sa.Integer),
    required("sealed", sa.LargeBinary),
    required("changed_at", UtcDateTime, index=True),
)

STOPPED = sa.Table(
    "stopped",
    METADATA,
    identifier(primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("sealed", sa.LargeBinary),
    required("at", UtcDateTime, index=True),
    sa.Index("ix_stopped_clinic", "clinic_id", "at", "id"),
)
