"""Opening what was found, with nothing or with what the user gave, once; and reading in it what a config needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.device.config_text import one_line
from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.discovery import identity, targets
from conformance.tester.discovery.conformance_bits import everything, fitting
from conformance.tester.discovery.desk import Desk
from conformance.tester.discovery.findings import AssociationFound, Opened
from conformance.tester.discovery.object_list import object_list
from conformance.tester.discovery.pdu_sizes import smallest
from conformance.tester.discovery.plan import KeyName
from conformance.tester.discovery.reading import Reading
from conformance.tester.not_declared import NotDeclared

CIPHERED_FORMS: Final = (Protection.GLO, Protection.DED, Protection.GENERAL_GLO, Protection.GENERAL_DED)
_KEYS: Final[tuple[KeyName, ...]] = ("encryption_key", "authentication_key")


def opened(desk: Desk, found: AssociationFound, counter: int | None = None) -> AssociationFound:
    """The association with what was read in it, or with why it could not be opened.

    Args:
        desk: speaks to its server.
        found: the association.
        counter: the invocation counter that the meter was read to hold; None: not known.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
        CounterError: a counter cannot be kept.
    """
    missing = lacking(desk, found)
    if missing:
        return replace(found, why_closed=missing)
    settings = settings_of(desk, found)
    if counter is not None:
        desk.raise_counter(settings, counter + 1)
    association = desk.association(settings, settings.protections[0])
    desk.attempt(f"{desk.server}, client {found.client}: opening {found.context.label}{_with_what(settings)}")
    try:
        reply = association.establish()
        desk.say("  open")
        title = association.security.server_title or found.server_title
        found = replace(found, certain=True, server_title=title, said="", why_closed="")
        if isinstance(reply.initiate, InitiateResponse):
            found = replace(
                found,
                conformance=reply.initiate.negotiated_conformance,
                server_max_receive_pdu_size=reply.initiate.server_max_receive_pdu_size,
            )
        inside = _read(desk, found, association)
    except (PreambleFailed, NotDeclared) as failed:
        # What was refused once is not tried again: the meter may count.
        desk.say(f"  {failed}")
        return replace(found, why_closed=one_line(str(failed), 200))
    finally:
        desk.end(association)
    return replace(found, opened=_further(desk, settings, inside))


def lacking(desk: Desk, found: AssociationFound) -> str:
    """What must be known to open it and is not; empty where nothing is wanting."""
    given = desk.plan.of(found.server, found.client)
    if found.mechanism is None and "secret" in given.secrets and not found.context.ciphered:
        return "which mechanism it wants could not be told"
    wanting = [] if found.mechanism is not None else ["its mechanism"]
    if found.needs_user and given.user_id is None:
        wanting.append("its client user")
    if needs_secret(found.mechanism) and "secret" not in given.secrets:
        wanting.append("its secret")
    if needs_keys(found) and any(key not in given.secrets for key in _KEYS):
        wanting.append("its keys")
    if found.mechanism in (Mechanism.HLS, Mechanism.HLS_ECDSA):
        wanting.append("what this mechanism computes with, which a discovery does not take")
    return f"not opened: it wants {' and '.join(wanting)}" if wanting else ""


def needs_secret(mechanism: Mechanism | None) -> bool:
    """Whether a mechanism rests on a password or secret of its own."""
    return mechanism not in (None, Mechanism.LOWEST, Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA)


def needs_keys(found: AssociationFound) -> bool:
    """Whether the context or the mechanism rests on the global keys."""
    return found.context.ciphered or found.mechanism is Mechanism.HLS_GMAC


def settings_of(desk: Desk, found: AssociationFound) -> AssociationSettings:
    """The association as it is opened, with what the user gave."""
    given, ciphered = desk.plan.of(found.server, found.client), found.context.ciphered
    secrets = given.secrets if found.mechanism is not Mechanism.LOWEST or ciphered else {}
    proposed = everything(found.context)
    return AssociationSettings(
        name=f"client-{found.client}",
        logical_device=found.server,
        client_sap=found.client,
        context=found.context,
        mechanism=Mechanism.LOWEST if found.mechanism is None else found.mechanism,
        conformance=proposed if found.conformance is None else fitting(found.context, found.conformance)[0] or proposed,
        secret=secrets.get("secret") if needs_secret(found.mechanism) else None,
        protections=(Protection.GLO,) if ciphered else (Protection.NONE,),
        security_suite=desk.plan.security_suite,
        client_system_title=desk.plan.client_title,
        encryption_key=secrets.get("encryption_key"),
        authentication_key=secrets.get("authentication_key"),
        dedicated_key="random" if ciphered else None,
        initiate_protection=Protection.GLO if ciphered else Protection.NONE,
        client_user_id=given.user_id,
    )


def _with_what(settings: AssociationSettings) -> str:
    what = [name.replace("_", " ") for name, _ in settings.secrets()]
    return f" with the {' and the '.join(what)} given" if what else ""


def _read(desk: Desk, found: AssociationFound, association: Association) -> Opened:
    """Everything that is read in one association."""
    reading, short_names = Reading(association), found.context.short_names
    objects = object_list(reading, short_names=short_names)
    listed = objects or ()
    desk.say(f"  {'no object_list' if objects is None else f'{len(listed)} objects'}")
    name, saps = identity.logical_device_name(reading), identity.sap_assignment(reading)
    security = identity.security(reading, listed)
    gap, idle = identity.timeouts(reading, listed)
    held = identity.counters(reading, listed)
    usable = targets.targets_of(reading, listed, short_names=short_names)
    if objects is None:
        usable = replace(usable, long_readable=None)
    return Opened(
        objects=objects,
        protections=association.settings.protections,
        targets=usable,
        writable=targets.writable_of(listed),
        method=None if short_names else targets.method_of(listed),
        logical_device_name=name,
        sap_assignment=saps,
        counters=held,
        users=identity.users(reading, listed),
        security_policy=security.policy,
        security_suite=security.suite,
        system_title=security.system_title,
        inter_octet_timeout_s=gap,
        inactivity_timeout_s=idle,
        notes=tuple(reading.notes),
    )


def _further(desk: Desk, settings: AssociationSettings, inside: Opened) -> Opened:
    """The smallest PDU size and the forms of ciphering, each with an opening of its own."""
    known = replace(settings, targets=inside.targets, base_names=base_names(inside))
    size = smallest(desk, known)
    if not settings.ciphered:
        return replace(inside, smallest_pdu_size=size)
    forms = [form for form in CIPHERED_FORMS if form in settings.protections or _serves(desk, known, form)]
    return replace(inside, smallest_pdu_size=size, protections=tuple(forms))


def base_names(inside: Opened) -> tuple[tuple[bytes, int], ...]:
    """The base names of the objects that the targets name."""
    named = {item.instance_id for item in target_list(inside)}
    listed = inside.objects or ()
    return tuple((o.logical_name, o.base_name) for o in listed if o.base_name is not None and o.logical_name in named)


def target_list(inside: Opened) -> list[AttributeDescriptor]:
    """Every attribute that the targets name."""
    t = inside.targets
    named = (t.alive, t.readable, t.long_readable, t.read_only, t.not_readable, t.profile, inside.writable)
    return [item for item in named if item is not None]


def _serves(desk: Desk, settings: AssociationSettings, form: Protection) -> bool:
    """Whether the meter serves a form of ciphering, under the keys that were right before."""
    association = desk.association(settings, form)
    desk.attempt(f"{desk.server}, client {settings.client_sap}: protection {form.value}")
    try:
        association.establish()
        served = settings.targets.readable is None or (
            Reading(association).value(settings.targets.readable, noted=False) is not None
        )
    except (PreambleFailed, NotDeclared) as failed:
        desk.say(f"  {failed}")
        return False
    else:
        desk.say("  served" if served else "  not served")
        return served
    finally:
        desk.end(association)
