"""A software authenticator with its browser: makes passkeys (ES256) and signs challenges, honestly or not."""

import hashlib
import json
import os
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url as text

PRESENT, ATTESTED = 0x01, 0x40
ORIGIN = "http://localhost"


class PasskeyDevice:
    """One passkey on one device. `origin` is the site the browser believes to be at."""

    def __init__(self, origin=ORIGIN, counter=0, length=32):
        self.origin, self.counter = origin, counter
        self.id = os.urandom(length)
        self._key = generate_private_key(SECP256R1())
        self.user = b""

    def create(self, options, **lies):
        """Answer `navigator.credentials.create`."""
        self.user = base64url_to_bytes(options["user"]["id"])
        rp = lies.get("rp", options["rp"]["id"])
        data = self._authenticator_data(rp, PRESENT | ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options, lies)
        return self._credential({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def get(self, options, **lies):
        """Answer `navigator.credentials.get`; the count goes up unless it is told to be another."""
        self.counter = lies.get("counter", self.counter + 1)
        data = self._authenticator_data(lies.get("rp", options["rpId"]), lies.get("flags", PRESENT))
        client = self._client_data(lies.get("type", "webauthn.get"), options, lies)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        response = {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        handle = lies.get("user", self.user)
        return self._credential(response | ({"userHandle": text(handle)} if handle else {}))

    def _credential(self, response):
        shown = {"id": text(self.id), "rawId": text(self.id), "type": "public-key"}
        return shown | {"response": response, "clientExtensionResults": {}, "authenticatorAttachment": "platform"}

    def _client_data(self, kind, options, lies):
        said = {"type": kind, "challenge": lies.get("challenge", options["challenge"])}
        return json.dumps(said | {"origin": lies.get("origin", self.origin), "crossOrigin": False}).encode()

    def _authenticator_data(self, rp, flags):
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + struct.pack(">I", self.counter)

    def _attested(self):
        point = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + struct.pack(">H", len(self.id)) + self.id + key
