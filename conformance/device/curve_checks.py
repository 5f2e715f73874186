"""What signatures and key agreement need of an association: a suite with a curve, private keys, public ones."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.device.association_toml import AssociationToml
from conformance.device.conflict import Conflict
from conformance.device.document import listed
from conformance.device.model import KeyEstablishment, Protection
from conformance.dlms.acse.enumerations import Mechanism

_CURVE_KEYS = ("signing_key", "key_agreement_key", "server_signature_key", "server_key_agreement_key")
_GENERAL_CIPHERING = (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED)


def curve_conflicts(a: AssociationToml) -> Iterator[Conflict]:
    """Yield every conflict around the keys on elliptic curves."""
    if KeyEstablishment(a.general_ciphering_key) is KeyEstablishment.WRAPPED and a.master_key is None and _general(a):
        message = 'is missing: general_ciphering_key "wrapped" needs it; say where it is, { env = "…" }'
        yield Conflict("master_key", message, ("master_key", "general_ciphering_key", "protections"))
    needs = dict(_needs(a))
    rests_on = ("mechanism", "protections", "general_ciphering_key", "security_suite")
    if a.security_suite == 0:
        reasons = sorted({reason for given in needs.values() for reason in given})
        if reasons:
            message = f"0 has no elliptic curve, which {listed(reasons)} needs; use 1 or 2"
            yield Conflict("security_suite", message, rests_on, ("1", "2"))
        for key in _CURVE_KEYS:
            if getattr(a, key) is not None and not reasons:
                yield Conflict(key, "goes with security_suite 1 or 2; remove it", (key, *rests_on))
        return
    for key, reasons in needs.items():
        if getattr(a, key) is None:
            yield Conflict(key, f"is missing: {listed(reasons)} needs it", (key, *rests_on))


def _needs(a: AssociationToml) -> Iterator[tuple[str, list[str]]]:
    """Each key on a curve that something needs, with what needs it."""
    signing = [f'protection "{form.value}"' for form in a.forms if form.signed]
    if a.authentication is Mechanism.HLS_ECDSA:
        signing.append('mechanism "hls-ecdsa"')
    agreeing = []
    if KeyEstablishment(a.general_ciphering_key).agreed and _general(a):
        agreeing.append(f'general_ciphering_key "{a.general_ciphering_key}"')
    one_pass = agreeing if KeyEstablishment(a.general_ciphering_key) is KeyEstablishment.ONE_PASS else []
    for keys, reasons in (
        (("signing_key", "server_signature_key"), [*signing, *one_pass]),
        (("key_agreement_key", "server_key_agreement_key"), agreeing),
    ):
        if reasons:
            yield from ((key, reasons) for key in keys)


def _general(a: AssociationToml) -> bool:
    return any(form in _GENERAL_CIPHERING for form in a.forms)
