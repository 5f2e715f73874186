"""key_data of key_agreement that a meter must refuse: signed wrongly, over other octets, or no key of the curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.tester.spoilt_signatures import SPOILT, Make, right

Build = Callable[[SecuritySuite, int, bytes], bytes]
"""From suite, key_id and the client's private signature key to the octets of key_data."""


@dataclass(frozen=True, slots=True)
class SpoiltKeyData:
    """One way to make key_data wrongly.

    Attributes:
        title: what is wrong, in a few words.
        build: key_data.
    """

    title: str
    build: Build


def _public(suite: SecuritySuite) -> bytes:
    return elliptic.public_octets(ec.generate_private_key(suite.elliptic).public_key())


def _signed_by(make: Make) -> Build:
    def build(suite: SecuritySuite, key_id: int, key: bytes) -> bytes:
        public = _public(suite)
        return public + make(suite, key, bytes((key_id,)) + public)

    return build


def _without_key_id(suite: SecuritySuite, _key_id: int, key: bytes) -> bytes:
    public = _public(suite)
    return public + right(suite, key, public)


def _with_another_key_id(suite: SecuritySuite, key_id: int, key: bytes) -> bytes:
    public = _public(suite)
    return public + right(suite, key, bytes((key_id ^ 1,)) + public)


def _of_another_key(suite: SecuritySuite, key_id: int, key: bytes) -> bytes:
    return _public(suite) + right(suite, key, bytes((key_id,)) + _public(suite))


def _point(change: Callable[[bytes, int], bytes]) -> Build:
    """A point that is none of the curve, rightly signed."""

    def build(suite: SecuritySuite, key_id: int, key: bytes) -> bytes:
        public = change(_public(suite), suite.coordinate_octets)
        return public + right(suite, key, bytes((key_id,)) + public)

    return build


def _on_the_other_curve(suite: SecuritySuite, key_id: int, key: bytes) -> bytes:
    public = _public(suite_of(3 - suite.id))
    return public + right(suite, key, bytes((key_id,)) + public)


def _empty(_suite: SecuritySuite, _key_id: int, _key: bytes) -> bytes:
    return b""


SPOILT_KEY_DATA: Final = (
    *(SpoiltKeyData(spoilt.title, _signed_by(spoilt.make)) for spoilt in SPOILT),
    SpoiltKeyData("signature over the key without key_id", _without_key_id),
    SpoiltKeyData("signature over another key_id", _with_another_key_id),
    SpoiltKeyData("signature over another ephemeral key", _of_another_key),
    SpoiltKeyData("ephemeral key (0, 0)", _point(lambda public, _: bytes(len(public)))),
    SpoiltKeyData(
        "ephemeral key beside the curve", _point(lambda public, _: public[:-1] + bytes((public[-1] ^ 0x01,)))
    ),
    SpoiltKeyData(
        "ephemeral key with a coordinate beyond the field",
        _point(lambda public, size: b"\xff" * size + public[size:]),
    ),
    SpoiltKeyData("ephemeral key on the curve of the other suite", _on_the_other_curve),
    SpoiltKeyData("key_data of no octets", _empty),
)
