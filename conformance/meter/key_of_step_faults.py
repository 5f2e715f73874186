"""How faulty meters protect a step of an association with the key that is not meant for it."""

from __future__ import annotations

from dataclasses import replace

from conformance.meter.protection import CipheringLayer, Protection


def under_dedicated_key(protection: Protection | None, key: bytes | None) -> Protection | None:
    """The protection with the dedicated key in place of the global one; as it is where there is none."""
    if protection is None or key is None:
        return protection
    return Protection(
        tuple(
            replace(layer, dedicated=True, encryption_key=key) if isinstance(layer, CipheringLayer) else layer
            for layer in protection.layers
        )
    )
