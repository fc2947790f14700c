"""The tables of second factors: authenticator apps, passkeys, and the challenges that passkeys answer. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

SECOND_FACTOR = sa.Table(
    "second_factor",
    METADATA,
    identifier(primary_key=True),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("kind", sa.String(10)),
    optional("sealed", sa.LargeBinary),
    optional("credential_index", sa.LargeBinary(32), unique=True),
    required("counter", sa.BigInteger),
    required("created_at", UtcDateTime),
    optional("confirmed_at", UtcDateTime),
    optional("used_at", UtcDateTime),
    optional("ended_at", UtcDateTime),
)

PASSKEY_CHALLENGE = sa.Table(
    "passkey_challenge",
    METADATA,
    required("subject_id", sa.Uuid, primary_key=True),
    required("nonce", sa.Uuid),
    required("expires_at", UtcDateTime),
    optional("used_at", UtcDateTime),
)
