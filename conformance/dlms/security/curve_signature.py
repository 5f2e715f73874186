"""The two codings of an ECDSA signature: r ‖ s, as DLMS/COSEM has it, and the DER SEQUENCE of X.509."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def raw_of_der(signature: bytes, coordinate_octets: int) -> bytes | None:
    """R ‖ s of a signature in DER; None where it is none, or a number is longer than a coordinate."""
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(coordinate_octets, "big") + s.to_bytes(coordinate_octets, "big")
    except (ValueError, OverflowError):
        return None
