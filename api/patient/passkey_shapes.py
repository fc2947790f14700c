"""What a browser says of a passkey, in the JSON of WebAuthn Level 3: `PublicKeyCredential.toJSON()`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

MOST = 100_000
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=MOST, examples=["AAECAwQ"])]
_WIRE = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class _Credential(BaseModel):
    model_config = _WIRE

    id: Base64
    raw_id: Base64
    type: Literal["public-key"]
    authenticator_attachment: Literal["platform", "cross-platform"] | None = None
    client_extension_results: dict[str, JsonValue] = Field(default_factory=dict, max_length=20)

    def shown(self) -> dict[str, Any]:
        """Return the credential under the names of the standard."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Attestation(BaseModel):
    """What was made; members that repeat others are taken and not looked at."""

    model_config = _WIRE

    client_data_json: Annotated[Base64, Field(alias="clientDataJSON")]
    attestation_object: Base64
    authenticator_data: Base64 | None = None
    public_key: Base64 | None = None
    public_key_algorithm: int | None = None
    transports: tuple[Annotated[str, Field(max_length=20)], ...] = Field((), max_length=10)


class Assertion(BaseModel):
    """What was signed."""

    model_config = _WIRE

    client_data_json: Annotated[Base64, Field(alias="clientDataJSON")]
    authenticator_data: Base64
    signature: Base64
    user_handle: Base64 | None = None


class NewCredential(_Credential):
    """A passkey that was just made."""

    response: Attestation


class UsedCredential(_Credential):
    """A passkey that was just used."""

    response: Assertion


class CreationOptions(BaseModel):
    """What `navigator.credentials.create` is to be asked."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    public_key: Annotated[
        dict[str, JsonValue],
        Field(
            description="For `PublicKeyCredential.parseCreationOptionsFromJSON`; good for five minutes",
            examples=[{"challenge": "AAECAwQ", "rp": {"id": "portal.example", "name": "Patientportal"}}],
        ),
    ]


class RequestOptions(BaseModel):
    """What `navigator.credentials.get` is to be asked."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    public_key: Annotated[
        dict[str, JsonValue],
        Field(
            description="For `PublicKeyCredential.parseRequestOptionsFromJSON`; good for five minutes",
            examples=[{"challenge": "AAECAwQ", "rpId": "portal.example", "allowCredentials": []}],
        ),
    ]
