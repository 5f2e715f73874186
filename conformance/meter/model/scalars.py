"""New private keys on the curve of a suite."""

from __future__ import annotations

from collections.abc import Callable

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite


def new_ephemeral(suite: SecuritySuite, draw: Callable[[int], bytes], faults: frozenset[str]) -> bytes:
    """The private key of one key agreement; faulty meters use one for all.

    Raises:
        CipherError: the suite has no curve.
    """
    if "ephemeral-key-constant" in faults:
        return new_scalar(suite, lambda size: b"\x11" * size)
    return new_scalar(suite, draw)


def new_scalar(suite: SecuritySuite, draw: Callable[[int], bytes]) -> bytes:
    """A private key, drawn until one is a scalar of the curve, which nearly every draw is.

    Raises:
        CipherError: the suite has no curve.
    """
    size = suite.coordinate_octets
    while True:
        scalar = draw(size)
        try:
            elliptic.private_key(suite, scalar)
        except CipherError:
            continue
        return scalar
