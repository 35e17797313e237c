"""PEM: a key or certificate of the same kind and size as another one, in the same wrapping."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from reconciler.sandbox.lookalike.characters import drawn_like, random_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

    Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>.*?)-----END (?P=label)-----", re.DOTALL)
_BEGIN = re.compile(r"-----BEGIN (?:[A-Z]{1,12} ){0,3}[A-Z]{1,12}-----")
_EXPONENT = 65537
_LARGEST_MADE = 4096
"""Bits of the largest RSA key that is worth waiting for."""


def pem_like(text: str) -> str:
    r"""Return PEM of the same kinds of keys and certificates; what cannot be read as one stays unreadable.

    Line breaks written out as `\n` are written out again. An encrypted key becomes one under a password that nobody
    knows. A certificate keeps the time in which it is valid.
    """
    if "\\n" in text and "\n" not in text.strip():
        return pem_like(text.replace("\\n", "\n")).replace("\n", "\\n")
    parts, end = [], 0
    for block in _BLOCK.finditer(text):
        parts += [drawn_like(text[end : block.start()]), _block_like(block["label"], block.group())]
        end = block.end()
    rest = text[end:]
    if marker := _BEGIN.search(rest):
        # A block without its end: the words of its marker are no part of a key, and all else may be.
        parts += [drawn_like(rest[: marker.start()]), marker.group()]
        rest = rest[marker.end() :]
    return "".join([*parts, drawn_like(rest)])


def _block_like(label: str, block: str) -> str:
    data = block.encode("utf-8", "replace")
    try:
        match label:
            case "CERTIFICATE":
                made = _certificate(x509.load_pem_x509_certificate(data))
            case "PUBLIC KEY" | "RSA PUBLIC KEY":
                made = _public(label, serialization.load_pem_public_key(data))
            case "ENCRYPTED PRIVATE KEY":
                hidden = serialization.BestAvailableEncryption(random_bytes(24))
                made = _private(label, ec.generate_private_key(ec.SECP256R1()), hidden)
            case "OPENSSH PRIVATE KEY":
                made = _private(label, _key_like(serialization.load_ssh_private_key(data, password=None)))
            case _ if label.endswith("PRIVATE KEY"):
                made = _private(label, _key_like(serialization.load_pem_private_key(data, password=None)))
            case _:
                return _unread(label, block)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _unread(label, block)
    return made.decode().strip()


def _unread(label: str, block: str) -> str:
    opening, closing = f"-----BEGIN {label}-----", f"-----END {label}-----"
    return opening + drawn_like(block.removeprefix(opening).removesuffix(closing)) + closing


def _key_like(key: PrivateKeyTypes | PublicKeyTypes) -> Key:
    match key:
        case rsa.RSAPrivateKey() | rsa.RSAPublicKey():
            return rsa.generate_private_key(_EXPONENT, min(max(key.key_size, 2048), _LARGEST_MADE))
        case ec.EllipticCurvePrivateKey() | ec.EllipticCurvePublicKey():
            return ec.generate_private_key(key.curve)
        case dsa.DSAPrivateKey() | dsa.DSAPublicKey() | ed448.Ed448PrivateKey() | ed448.Ed448PublicKey():
            raise UnsupportedAlgorithm("made by nobody any more")
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def _private(label: str, key: Key, encryption: KeySerializationEncryption | None = None) -> bytes:
    match label:
        case "OPENSSH PRIVATE KEY":
            form = serialization.PrivateFormat.OpenSSH
        case "RSA PRIVATE KEY" | "EC PRIVATE KEY":
            form = serialization.PrivateFormat.TraditionalOpenSSL
        case _:
            form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption or serialization.NoEncryption())


def _public(label: str, key: PublicKeyTypes) -> bytes:
    form = (
        serialization.PublicFormat.PKCS1
        if label == "RSA PUBLIC KEY"
        else serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return _key_like(key).public_key().public_bytes(serialization.Encoding.PEM, form)


def _certificate(live: x509.Certificate) -> bytes:
    key = _key_like(live.public_key())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "made up by the sandbox")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(live.not_valid_before_utc).not_valid_after(live.not_valid_after_utc)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.PEM)
