"""The device config of a diagnosis: everything it says is used, and a secret is missed only where one is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from conformance.commands.problems import UsageProblem
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import AssociationSettings, Device, MissingSecret
from conformance.diagnose.intake.conversation import Conversation
from conformance.diagnose.intake.keys import CaptureKeys
from conformance.diagnose.reasoning.declared import association_of
from conformance.diagnose.reasoning.diagnosis import Diagnosis, diagnose
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.security.general_ciphering import GeneralCiphering

_WITH_SECRET = (Mechanism.LLS, Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_SHA256)
_GENERAL_SIGNING = 0xDF


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A diagnosis with the device config that it was made with.

    Attributes:
        diagnosis: what was found.
        device: None where no config was given.
        association: of it, that the exchange is of.
        missing: secrets that were needed and could not be had.
    """

    diagnosis: Diagnosis
    device: Device | None = None
    association: AssociationSettings | None = None
    missing: tuple[MissingSecret, ...] = ()


def diagnosed(conversation: Conversation, given: CaptureKeys, config: str | None, name: str | None) -> Diagnosed:
    """Diagnose with what a device config says; its commands are run for keys that the exchange was protected with only.

    Args:
        conversation: as it was read.
        given: keys of the command line.
        config: name or path of the device config.
        name: of the association; None: the one that fits.

    Raises:
        ConfigError: the config is wrong in something else than a secret that cannot be had.
        UsageProblem: it has no such association.
    """
    if config is None:
        return Diagnosed(diagnose(conversation, given))
    path = find_device_config(config)
    device = _narrowed(load(path, secrets="available", commands_of=()), name)
    found = diagnose(conversation, given, device)
    missing = tuple(_missing(found, device, given))
    if any(secret.source == "command" for secret in missing):
        associations = {secret.association for secret in missing}
        device = _narrowed(load(path, secrets="available", commands_of=associations), name)
        found = diagnose(conversation, given, device)
        missing = tuple(_missing(found, device, given))
    return Diagnosed(found, device, _association(found, device), missing)


def missing_words(secrets: Iterable[MissingSecret]) -> str:
    """One line about the secrets that could not be had; empty where there are none."""
    listed = [f"{item.key} of {item.association} ({item.reason.split(';')[0]})" for item in secrets]
    if not listed:
        return ""
    them = "it" if len(listed) == 1 else "them"
    return f"not at hand: {', '.join(listed)}; what is protected with {them} cannot be verified"


def _narrowed(device: Device, name: str | None) -> Device:
    """The device with the named association only."""
    if name is None:
        return device
    try:
        return replace(device, associations=(device.association(name),))
    except KeyError:
        names = ", ".join(item.name for item in device.associations)
        raise UsageProblem(f"diagnose: {device.name} has no association {name!r}; it has {names}") from None


def _association(found: Diagnosis, device: Device) -> AssociationSettings:
    """The association of the exchange in which something has to change, else of the first."""
    worst = next((item.exchange for item in found.statements if item.changes and item.exchange), 0)
    exchanges = found.exchanges[worst - 1 : worst] if worst else found.exchanges
    steps = next((exchange.steps for exchange in exchanges if exchange.steps), [])
    return association_of(device, found.conversation, steps[0].heard) if steps else device.associations[0]


def _missing(found: Diagnosis, device: Device, given: CaptureKeys) -> Iterator[MissingSecret]:
    """The secrets without which something of the exchange could not be verified."""
    needed: dict[str, set[str]] = {}
    for exchange in found.exchanges:
        if exchange.steps:
            association = association_of(device, found.conversation, exchange.steps[0].heard)
            needed.setdefault(association.name, set()).update(_needed(exchange))
    known = given.with_those_of(found.conversation.keys)
    at_hand = {
        "encryption_key": known.global_unicast_encryption_key,
        "authentication_key": known.authentication_key,
        "dedicated_key": known.dedicated_key,
        "master_key": known.master_key,
        "secret": known.password,
    }
    for secret in device.missing:
        if secret.key in needed.get(secret.association, ()) and at_hand.get(secret.key) is None:
            yield secret


def _needed(exchange: Exchange) -> Iterator[str]:
    """The fields of an association that an exchange was protected or authenticated with, as far as it did not open."""
    mechanism = exchange.mechanism
    if mechanism in _WITH_SECRET:
        yield "secret"
    if mechanism is Mechanism.HLS_GMAC:
        yield from ("encryption_key", "authentication_key")
    if mechanism is Mechanism.HLS_ECDSA:
        yield "signing_key"
    for step in exchange.steps:
        if step.tag == _GENERAL_SIGNING:
            yield "signing_key"
        seal = step.seal
        if seal is None or seal.opening is not None or not (seal.control.encrypted or seal.control.authenticated):
            continue
        if seal.dedicated:
            yield "dedicated_key"
        yield "encryption_key"
        if seal.control.authenticated:
            yield "authentication_key"
        if isinstance(seal.apdu, GeneralCiphering):
            yield from ("master_key", "key_agreement_key")
