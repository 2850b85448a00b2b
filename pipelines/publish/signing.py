"""Who stands for a release: a minisign signature over the manifest, a DSSE envelope around its provenance.

    manifest.json.minisig     `minisign -Vm manifest.json -p KEY.pub` checks it without voorkant
    provenance.intoto.json    in-toto statement (SLSA provenance): inputs, code, lock, writers, parameters
    SHA256SUMS                every other file, the manifest too; `sha256sum -c SHA256SUMS` checks them

One key for both, from the environment: VOORKANT_SIGNING_KEY is the path of a minisign secret key,
VOORKANT_SIGNING_PASSWORD its password where it has one. Without a key a release says that it is
unsigned. The manifest lists the provenance; signature and SHA256SUMS follow from the manifest, so it
cannot list them. What does not belong here: verifying a release (`pipelines/verify`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.errors import VoorkantError
from pipelines.publish.release_reader import MANIFEST

if TYPE_CHECKING:
    from minisign import PublicKey, SecretKey

SIGNATURE = f"{MANIFEST}.minisig"
PROVENANCE = "provenance.intoto.json"
SUMS = "SHA256SUMS"
UNSIGNED = "unsigned"
_KEY, _PASSWORD = "VOORKANT_SIGNING_KEY", "VOORKANT_SIGNING_PASSWORD"
_PAYLOAD = "application/vnd.in-toto+json"
# minisign's own form: algorithms (6), salt (32), limits (16), key id (8), then seed and public key.
_SEED = slice(62, 94)
_PUBLIC = slice(10, 42)
_KEY_ID = slice(2, 10)


class NotSignedByError(Exception):
    """A signature that is not of these bytes; the text is the reason."""


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A secret key that is ready to sign."""

    _key: SecretKey

    @property
    def key_id(self) -> str:
        """The name of the key, as minisign shows it."""
        return key_id(self._key.get_public_key())

    def manifest(self, manifest: bytes) -> bytes:
        """The content of manifest.json.minisig. The same bytes get the same signature."""
        described = json.loads(manifest)
        signature = self._key.sign(
            manifest,
            untrusted_comment=_untrusted(self.key_id),
            trusted_comment=f"voorkant {described['dataset']} {described['version']}",
        )
        return bytes(signature) + b"\n"

    def seed(self) -> bytes:
        """The secret itself, for the signature in the envelope."""
        return base64.b64decode(self._key.to_base64())[_SEED]


def from_environment() -> Signer | None:
    """The signer of this machine; None where no key is named. Raises VK-P012."""
    path = os.environ.get(_KEY)
    if not path:
        return None
    from minisign import Error, SecretKey

    try:
        key = SecretKey.from_file(path)
        if key.is_encrypted():
            key.decrypt(os.environ.get(_PASSWORD, ""))
    except (OSError, Error) as error:
        raise VoorkantError(
            "VK-P012",
            problem=f"The signing key cannot be used: {error}.",
            where=f"environment, {_KEY}",
            outcome="Nothing was published.",
            remedy=f"Name a minisign secret key and its password in {_PASSWORD}, or neither.",
        ) from None
    return Signer(key)


def public_key(given: str) -> PublicKey:
    """A public key: the path of a `.pub` file, or its second line. Raises VK-P012."""
    from minisign import Error, PublicKey

    path = Path(given)
    try:
        return PublicKey.from_file(path) if path.is_file() else PublicKey.from_base64(given)
    except (OSError, Error) as error:
        raise VoorkantError(
            "VK-P012",
            problem=f"The public key cannot be used: {error}.",
            where=given,
            outcome="Nothing was checked.",
            remedy="Give the path of a minisign public key, or the line of it that begins with RW.",
        ) from None


def key_id(key: PublicKey) -> str:
    """The name of a key: sixteen hexadecimal figures, as minisign shows them."""
    return base64.b64decode(key.to_base64())[_KEY_ID][::-1].hex().upper()


def check_manifest(manifest: bytes, signature: bytes, key: PublicKey) -> str:
    """What the key holder signed, in words. Raises NotSignedByError.

    Stricter than minisign, which accepts any comment and slack bits: no bit may differ.
    """
    from minisign import Error, Signature

    try:
        parsed = Signature.from_bytes(signature)
        key.verify(manifest, parsed)
    except Error as error:
        raise NotSignedByError(str(error)) from None
    if bytes(parsed) + b"\n" != signature or parsed.untrusted_comment != _untrusted(key_id(key)):
        raise NotSignedByError("the signature file is not as it was written")
    return str(parsed.trusted_comment)


def _untrusted(key: str) -> str:
    return f"signature by minisign key {key}"


# --- provenance -----------------------------------------------------------------------------------


def statement(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The in-toto statement of a release.

    manifest: dataset, version, schema_version, published_at, inputs, code, and the files so far.
    """
    code = manifest["code"]
    inputs = [
        {
            "name": f"{each['source']}: {response['name']}#{response['page']}",
            "uri": response["url"],
            "digest": {"sha256": response["sha256"]},
            "annotations": {"origin": each["origin"], "retrieved_at": each["retrieved_at"]},
        }
        for each in manifest["inputs"]
        for response in each["responses"]
    ]
    made_with = [
        {"name": name, "digest": {"sha256": code[key]}}
        for name, key in (("voorkant", "code_sha256"), ("requirements.lock", "lock_sha256"))
        if code.get(key)
    ]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": name, "digest": {"sha256": about["sha256"]}}
            for name, about in sorted(manifest["files"].items())
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:voorkant:release:1",
                "externalParameters": {
                    key: manifest[key]
                    for key in ("dataset", "version", "schema_version", "published_at")
                },
                "internalParameters": {"writers": code["writers"]},
                "resolvedDependencies": [*inputs, *made_with],
            },
            "runDetails": {
                "builder": {"id": "urn:voorkant", "version": {"voorkant": code["voorkant"]}}
            },
        },
    }


def envelope(statement: Mapping[str, Any], signer: Signer | None) -> bytes:
    """The content of provenance.intoto.json; without a signer the list of signatures is empty."""
    from securesystemslib.dsse import Envelope

    payload = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sealed = Envelope(payload.encode(), _PAYLOAD, {})
    if signer is not None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from securesystemslib.signer import CryptoSigner, SSlibKey

        secret = Ed25519PrivateKey.from_private_bytes(signer.seed())
        public = SSlibKey.from_crypto(secret.public_key(), keyid=signer.key_id)
        sealed.sign(CryptoSigner(secret, public))
    return (json.dumps(sealed.to_dict(), indent=1) + "\n").encode()


def check_envelope(content: bytes, key: PublicKey | None) -> dict[str, Any]:
    """The statement in an envelope. key: whose signature it must have; None requires no signature.

    Raises NotSignedByError.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import Error

    try:
        sealed = Envelope.from_dict(json.loads(content))
        if key is not None:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
            from securesystemslib.signer import SSlibKey

            raw = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.to_base64())[_PUBLIC])
            sealed.verify([SSlibKey.from_crypto(raw, keyid=key_id(key))], threshold=1)
        payload: dict[str, Any] = json.loads(sealed.payload)
    except (Error, ValueError, KeyError, TypeError) as error:
        raise NotSignedByError(f"the provenance is not signed by this key: {error}") from None
    return payload


# --- the last files of a release ------------------------------------------------------------------


def sums(manifest: Mapping[str, Any], manifest_sha256: str | None) -> bytes:
    """The content of SHA256SUMS, by name. manifest_sha256: None leaves the manifest out."""
    listed = {name: about["sha256"] for name, about in manifest["files"].items() if name != SUMS}
    if manifest_sha256 is not None:
        listed[MANIFEST] = manifest_sha256
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(listed.items())).encode()


def seal(folder: Path, signer: Signer | None) -> None:
    """Write what follows from a finished manifest.json: SHA256SUMS, and the signature if there is one."""
    manifest = (folder / MANIFEST).read_bytes()
    digest = hashlib.sha256(manifest).hexdigest()
    (folder / SUMS).write_bytes(sums(json.loads(manifest), digest))
    if signer is not None:
        (folder / SIGNATURE).write_bytes(signer.manifest(manifest))
