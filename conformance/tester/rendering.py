"""From a stimulus to octets: each alteration made at its layer, everything below done as usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from conformance.device.model import AssociationSettings, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.acse.release import Rlrq
from conformance.dlms.alteration import Alteration, AlterationError, Change, alter
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.tester.security import DEDICATED, ClientSecurity
from conformance.tester.stimulus import Layer, Stimulus, Template

INITIATE_FIELDS = frozenset(item.name for item in fields(InitiateRequest))
AARQ_FIELDS = frozenset(item.name for item in fields(Aarq))
RLRQ_FIELDS = frozenset(item.name for item in fields(Rlrq))
OWN_VALUES = frozenset(
    ("challenge", "secret", "security_control", "invocation_counter", "initiate_title", "initiate_protection")
)
"""Values that are no field of an APDU: challenge, LLS secret, and what protects the InitiateRequest."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A stimulus as it goes to the data link.

    Attributes:
        octets: the APDU, protected and altered.
        plain: what it protects; None when it is not protected.
        aarq: of an AARQ, the value before its octets were altered.
        initiate: of an AARQ, the InitiateRequest before its octets were altered.
        secrets: octets in it that must never be written to a file.
    """

    octets: bytes
    plain: bytes | None = None
    aarq: Aarq | None = None
    initiate: InitiateRequest | None = None
    secrets: tuple[bytes, ...] = ()


def render(stimulus: Stimulus, security: ClientSecurity, protection: Protection, challenge: bytes) -> Rendered:
    """The octets of `stimulus` in an association with `security`.

    Args:
        stimulus: what is to be sent.
        security: keys, titles, counters; a protected stimulus takes a counter.
        protection: of the variant; the stimulus' own comes first.
        challenge: the client's, for an AARQ.

    Raises:
        NotDeclared: the device config lacks what the stimulus needs.
        AlterationError: the stimulus names a field or a layer that the message does not have.
    """
    protection = stimulus.protection or protection
    _check_layers(stimulus, security.settings, protection)
    match stimulus.template:
        case Template.FRAME | Template.LINE:
            raise AlterationError(f"{stimulus}: a stimulus of the bare link, which no association sends")
        case Template.AARQ:
            return _aarq(stimulus, security, protection, challenge)
        case Template.RLRQ:
            return _rlrq(stimulus, security, protection)
        case Template.RAW:
            return Rendered(_altered(stimulus.octets, stimulus.at(Layer.APDU)))
        case Template.APDU:
            plain = _altered(stimulus.octets, stimulus.at(Layer.APDU))
            if protection is Protection.NONE:
                return Rendered(plain)
            octets = security.protect(plain, protection)
            return Rendered(_altered(octets, stimulus.at(Layer.CIPHERED)), plain)


def _check_layers(stimulus: Stimulus, settings: AssociationSettings, protection: Protection) -> None:
    """Refuse alterations at layers that the message does not have: ignored, they would weaken the stimulus."""
    opening = stimulus.template in (Template.AARQ, Template.RLRQ)
    inside = "user_information" not in stimulus.values
    ciphered = protection is not Protection.NONE
    if opening:
        form = Protection(str(stimulus.values.get("initiate_protection", settings.initiate_protection)))
        ciphered = settings.context.ciphered and form is not Protection.NONE
    wanting = {
        Layer.INITIATE: "" if opening and inside else "no InitiateRequest of its own",
        Layer.CIPHERED: "" if ciphered and inside and stimulus.template is not Template.RAW else "nothing ciphered",
    }
    if stimulus.template is Template.RLRQ and not settings.context.ciphered:
        wanting[Layer.INITIATE] = "no InitiateRequest without ciphering"
    for layer, reason in wanting.items():
        for change in stimulus.at(layer) if reason else ():
            raise AlterationError(
                f"{change}: the {stimulus.template.value} has {reason} in association {settings.name}"
            )


def declared_initiate_request(
    security: ClientSecurity, protection: Protection, values: Mapping[str, Any]
) -> InitiateRequest:
    """The InitiateRequest of the declaration, with `values` in place of its fields."""
    settings = security.settings
    request = InitiateRequest(
        dedicated_key=security.dedicated_key if protection in DEDICATED else None,
        proposed_conformance=settings.conformance,
        client_max_receive_pdu_size=settings.max_receive_pdu_size,
    )
    return replace(request, **{name: value for name, value in values.items() if name in INITIATE_FIELDS})


def _aarq(stimulus: Stimulus, security: ClientSecurity, protection: Protection, challenge: bytes) -> Rendered:
    settings = security.settings
    values: dict[str, Any] = dict(stimulus.values)
    _known(stimulus, INITIATE_FIELDS | AARQ_FIELDS | OWN_VALUES, "AARQ")
    initiate = declared_initiate_request(security, protection, values)
    plain = _altered(initiate.encode(), stimulus.at(Layer.INITIATE))
    user_information = plain
    initiate_protection = Protection(values.get("initiate_protection", settings.initiate_protection))
    ciphered = settings.context.ciphered and initiate_protection is not Protection.NONE
    if ciphered:
        control = values.get("security_control")
        user_information = security.protect(
            plain,
            initiate_protection,
            control=None if control is None else SecurityControl.from_octet(control),
            counter=values.get("invocation_counter"),
            title=values.get("initiate_title"),
        )
        user_information = _altered(user_information, stimulus.at(Layer.CIPHERED))
    message = _declared_aarq(security, user_information, challenge, values)
    octets = _altered(message.encode(), stimulus.at(Layer.APDU))
    secrets = tuple(
        octets
        for octets in (initiate.dedicated_key, message.calling_authentication_value)
        if octets and (octets is initiate.dedicated_key or settings.mechanism is Mechanism.LLS)
    )
    return Rendered(octets, plain if ciphered else None, message, initiate, secrets)


def _declared_aarq(
    security: ClientSecurity, user_information: bytes, challenge: bytes, values: Mapping[str, Any]
) -> Aarq:
    settings = security.settings
    mechanism = settings.mechanism
    authenticated = mechanism is not Mechanism.LOWEST
    if mechanism is Mechanism.LLS:
        secret = settings.secret.reveal() if settings.secret is not None else b""
        authentication_value: bytes | None = values.get("secret", secret)
    else:
        authentication_value = values.get("challenge", challenge) if authenticated else None
    # What a manufacturer's mechanism computes with is not known here: a declared title is told to the meter.
    titled = settings.title_required or mechanism is Mechanism.HLS
    message = Aarq(
        application_context_name=settings.context.oid,
        calling_ap_title=security.client_title or None if titled else None,
        calling_ae_invocation_id=settings.client_user_id,
        sender_acse_requirements="1" if authenticated else None,
        mechanism_name=mechanism.oid if authenticated else None,
        calling_authentication_value=authentication_value,
        user_information=user_information,
    )
    return replace(message, **{name: value for name, value in values.items() if name in AARQ_FIELDS})


def _rlrq(stimulus: Stimulus, security: ClientSecurity, protection: Protection) -> Rendered:
    _known(stimulus, RLRQ_FIELDS, "RLRQ")
    values: dict[str, Any] = {"reason": 0, "user_information": None}
    plain: bytes | None = None
    if security.settings.context.ciphered:
        request = declared_initiate_request(security, protection, {})
        plain = _altered(request.encode(), stimulus.at(Layer.INITIATE))
        octets = security.protect(plain, Protection(security.settings.initiate_protection))
        values["user_information"] = _altered(octets, stimulus.at(Layer.CIPHERED))
    values |= stimulus.values
    octets = _altered(Rlrq(**values).encode(), stimulus.at(Layer.APDU))
    secrets = (security.dedicated_key,) if security.dedicated_key else ()
    return Rendered(octets, plain, secrets=secrets)


def _known(stimulus: Stimulus, names: frozenset[str], message: str) -> None:
    for name in sorted(stimulus.values.keys() - names):
        near = get_close_matches(name, names, n=3) or sorted(names)
        raise AlterationError(f"an {message} has no {name}; it has {', '.join(near)}")


def _altered(octets: bytes, changes: tuple[Change, ...]) -> bytes:
    if not changes:
        return octets
    root = apdus.dissect(octets).root
    named: list[Change] = []
    for change in changes:
        if not isinstance(change, Alteration):
            named.append(change)
            continue
        first, _, rest = change.path.partition(".")
        if first == Layer.CIPHERED.value:
            path = f"{root.name}.{rest}" if rest else root.name
            named.append(replace(change, path=path))
        elif first == root.name:
            named.append(change)
        else:
            roots = ", ".join((root.name, *(layer.value for layer in Layer if layer is not Layer.APDU)))
            raise AlterationError(f"no message {first!r} for {change.path!r}; paths begin with one of {roots}")
    return alter(octets, root, named)
