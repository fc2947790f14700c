"""The table of files that patients and clinics attach; their bytes lie in the file store. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

_UNUSED = sa.text("used_at IS NULL")
_ERASED = sa.text("sealed IS NULL")

STORED_FILE = sa.Table(
    "stored_file",
    METADATA,
    identifier(primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    optional("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("author", sa.String(20)),
    optional("kind", sa.String(10)),
    optional("size", sa.Integer),
    optional("sealed", sa.LargeBinary),
    optional("print", sa.LargeBinary(32)),
    optional("request_id", sa.Uuid, sa.ForeignKey("request.id")),
    optional("message_id", sa.Uuid),
    required("created_at", UtcDateTime),
    optional("stored_at", UtcDateTime),
    optional("used_at", UtcDateTime),
    sa.Index("ix_stored_file_request", "request_id"),
    sa.Index("ix_stored_file_person", "person_id", "clinic_id"),
    sa.Index("ix_stored_file_unused", "created_at", sqlite_where=_UNUSED, postgresql_where=_UNUSED),
    sa.Index("ix_stored_file_erased", "id", sqlite_where=_ERASED, postgresql_where=_ERASED),
)
"""`sealed` holds name and checksum, `print` the checksum keyed; a row without `sealed` is erased and will be removed.

A row without `stored_at` is announced: its bytes are still to come. One without `used_at` belongs to no message yet.
"""
