"""Rules that hold between the keys of one association: what a mechanism, a protection or a context needs beside it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.device.association_toml import AssociationToml
from conformance.device.conflict import Conflict
from conformance.device.curve_checks import curve_conflicts
from conformance.device.document import listed
from conformance.device.model import Protection
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.security.manufacturer import UnknownMechanismError, find

_LN_SERVICES = ("get", "set", "action", "access", "event-notification")
_SN_SERVICES = ("read", "write", "unconfirmed-write", "information-report", "parameterized-access")
_BAD_CHALLENGES = (
    "the client's challenge must be 16 octets or a multiple of it: this mechanism encrypts it block by block"
)


def conflicts(association: AssociationToml) -> Iterator[Conflict]:
    """Yield every conflict within one association."""
    yield from _authentication(association)
    yield from _needed_keys(association)
    yield from _protections(association)
    yield from _dedicated_key(association)
    yield from curve_conflicts(association)
    yield from _services(association)
    yield from _sizes_and_users(association)
    yield from _targets(association)


def _authentication(a: AssociationToml) -> Iterator[Conflict]:
    mechanism, keys = a.authentication, ("mechanism", "secret")
    wants_secret = mechanism not in (Mechanism.LOWEST, Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA)
    if wants_secret and a.secret is None:
        yield Conflict(
            "secret", f'is missing: mechanism "{a.mechanism}" needs it; say where it is, {{ env = "…" }}', keys
        )
    if not wants_secret and a.secret is not None:
        yield Conflict("secret", f'is not used by mechanism "{a.mechanism}"; remove it or change the mechanism', keys)
    keys = ("mechanism", "manufacturer_mechanism")
    if mechanism is Mechanism.HLS:
        if a.manufacturer_mechanism is None:
            message = "is missing: hls-manufacturer is computed as its maker says; name the registered computation"
            yield Conflict("manufacturer_mechanism", message, keys)
        else:
            try:
                find(a.manufacturer_mechanism)
            except UnknownMechanismError as error:
                yield Conflict("manufacturer_mechanism", str(error), keys)
            if a.manufacturer_mechanism == "aes-ecb" and a.challenge_octets % 16:
                yield Conflict("challenge_octets", _BAD_CHALLENGES, (*keys, "challenge_octets"))
    elif a.manufacturer_mechanism is not None:
        yield Conflict("manufacturer_mechanism", 'goes with mechanism "hls-manufacturer" only; remove it', keys)


def _needed_keys(a: AssociationToml) -> Iterator[Conflict]:
    reasons = []
    if a.application_context.ciphered:
        reasons.append(f'context "{a.context}"')
    if a.authentication is Mechanism.HLS_GMAC:
        reasons.append('mechanism "hls-gmac"')
    ciphering = [form.value for form in a.forms if form.ciphered]
    if ciphering:
        reasons.append(f"protection {listed(ciphering)}")
    rests_on = ("context", "mechanism", "protections")
    if reasons:
        for key in ("encryption_key", "authentication_key"):
            if getattr(a, key) is None:
                message = f'is missing: {listed(reasons)} needs it; say where it is, {{ env = "…" }}'
                yield Conflict(key, message, (key, *rests_on))
    if a.authentication in (Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA):
        reasons.append(f'mechanism "{a.mechanism}"')
    reasons += [f'protection "{form.value}"' for form in a.forms if form is Protection.GENERAL_SIGNING]
    if reasons and a.client_system_title is None:
        message = f"is missing: {listed(reasons)} needs it; 16 hexadecimal digits"
        yield Conflict("client_system_title", message, ("client_system_title", *rests_on))


def _protections(a: AssociationToml) -> Iterator[Conflict]:
    keys = ("context", "protections", "conformance")
    ciphered = a.application_context.ciphered
    for form in a.forms:
        if form in (Protection.GLO, Protection.DED) and not ciphered:
            message = f'"{form.value}" needs a ciphered context, not "{a.context}"; change one of the two'
            yield Conflict("protections", message, keys)
        if form.general and not ciphered and "general-protection" not in a.conformance:
            message = (
                f'"{form.value}" needs a ciphered context, or the conformance bit general-protection: '
                f'"{a.context}" has neither'
            )
            yield Conflict("protections", message, keys)
    if len(a.forms) != len(a.protections):
        yield Conflict("protections", "names a protection twice", ("protections",))
    if a.policy & ~(a.security_control >> 4):
        message = (
            f"{a.policy} demands more than security_control 0x{a.security_control:02X} gives; every request would fail"
        )
        yield Conflict("security_policy", message, ("security_policy", "security_control"))
    if a.initiate_form is not Protection.NONE and not ciphered:
        message = f'a ciphered InitiateRequest needs a ciphered context, not "{a.context}"'
        yield Conflict("initiate_protection", message, ("context", "initiate_protection"))


def _dedicated_key(a: AssociationToml) -> Iterator[Conflict]:
    keys = ("dedicated_key", "protections", "pass3_key", "context")
    if a.dedicated_key is None:
        dedicated = [form.value for form in a.forms if form.dedicated]
        if dedicated:
            message = f'is missing: protection {listed(dedicated)} needs it; "random" makes a new one each time'
            yield Conflict("dedicated_key", message, keys)
        if a.pass3_key == "dedicated":
            yield Conflict("pass3_key", '"dedicated" needs a dedicated_key', keys)
    elif not a.application_context.ciphered:
        message = f'goes in a ciphered InitiateRequest, which context "{a.context}" does not have; remove it'
        yield Conflict("dedicated_key", message, keys)


def _services(a: AssociationToml) -> Iterator[Conflict]:
    short_names = a.application_context.short_names
    own, foreign = (_SN_SERVICES, _LN_SERVICES) if short_names else (_LN_SERVICES, _SN_SERVICES)
    keys = ("context", "conformance")
    out_of_place = [service for service in a.conformance if service in foreign]
    if out_of_place:
        kind = "short" if short_names else "logical"
        message = f'context "{a.context}" is for {kind} names and has no {listed(out_of_place)}'
        yield Conflict("conformance", message, keys)
    if not set(own).intersection(a.conformance):
        message = f'context "{a.context}" serves nothing without one of {", ".join(own)}'
        yield Conflict("conformance", message, keys)


def _sizes_and_users(a: AssociationToml) -> Iterator[Conflict]:
    if 0 < a.max_receive_pdu_size < 12:
        yield Conflict("max_receive_pdu_size", "must be 0 (no limit) or at least 12 octets", ("max_receive_pdu_size",))
    elif 0 < a.max_receive_pdu_size < a.smallest_pdu_size:
        message = f"is smaller than smallest_pdu_size, {a.smallest_pdu_size}"
        yield Conflict("max_receive_pdu_size", message, ("max_receive_pdu_size", "smallest_pdu_size"))
    if a.user_list and a.client_user_id is not None and a.client_user_id not in a.user_list:
        known = tuple(str(user) for user in a.user_list)
        message = "is not in user_list: the meter would refuse every association"
        yield Conflict("client_user_id", message, ("client_user_id", "user_list"), known)
    if a.user_list and a.client_user_id is None:
        message = "is missing: a meter with a user_list refuses an association without it"
        yield Conflict("client_user_id", message, ("client_user_id", "user_list"))


def _targets(a: AssociationToml) -> Iterator[Conflict]:
    keys = ("context", "targets", "base_names")
    if not a.application_context.short_names:
        if a.base_names:
            yield Conflict("base_names", f'are for short names; context "{a.context}" has none; remove them', keys)
        return
    targets = a.targets
    named = (
        targets.alive,
        targets.readable,
        targets.long_readable,
        targets.writable,
        targets.long_writable,
        targets.read_only,
        targets.not_readable,
        targets.profile,
    )
    for target in named:
        if target is not None and target.instance_id not in a.base_names:
            message = (
                f'lacks the base name of {target.instance_id}, which the targets name; add "{target.instance_id}" = 0x…'
            )
            yield Conflict("base_names", message, keys)
    for instance, name in a.base_names.items():
        if name % 8:
            yield Conflict("base_names", f"{instance}: 0x{name:04X} is no base name, which is a multiple of 8", keys)
