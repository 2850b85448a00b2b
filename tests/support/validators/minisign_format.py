"""A second reader of minisign's files, written from the description of the format alone.

The library we sign with is not asked. What is shared is Ed25519 itself, from `cryptography`:

    public key    base64("Ed" + key id (8 bytes) + key (32 bytes))
    signature     line 2: base64("ED" + key id + Ed25519 of the BLAKE2b-512 of the file)
                  line 3: the trusted comment
                  line 4: base64(Ed25519 of that signature and the trusted comment)
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_COMMENT = "trusted comment: "


def verify(content: bytes, signature: str, public_key: str) -> str:
    """The trusted comment, of a signature that holds.

    public_key: the second line of a .pub file. Raises ValueError for what is no such signature or of
    another key, and cryptography's InvalidSignature for one that does not hold.
    """
    _, packed, comment, packed_all = signature.rstrip("\n").split("\n")
    key, signed = (base64.b64decode(each, validate=True) for each in (public_key, packed))
    if (key[:2], signed[:2]) != (b"Ed", b"ED") or not comment.startswith(_COMMENT):
        raise ValueError("no signature of a hashed file in minisign's form")
    if key[2:10] != signed[2:10]:
        raise ValueError("signed with another key")
    trusted = comment.removeprefix(_COMMENT)
    holder = Ed25519PublicKey.from_public_bytes(key[10:])
    holder.verify(signed[10:], hashlib.blake2b(content, digest_size=64).digest())
    holder.verify(base64.b64decode(packed_all, validate=True), signed[10:] + trusted.encode())
    return trusted
