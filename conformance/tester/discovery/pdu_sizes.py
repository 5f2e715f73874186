"""The smallest client-max-receive-pdu-size that a meter accepts and keeps to."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

from conformance.device.model import AssociationSettings
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.discovery.desk import Desk
from conformance.tester.discovery.reading import CURRENT_ASSOCIATION, LOGICAL_DEVICE_NAME
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.not_declared import NotDeclared
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import apdu
from conformance.tester.transfer import TransferFailed, parts

TRIED: Final = (12, 32, 64, 128, 256)
"""Octets; 12 is the least that the standard allows."""
_MOST_BLOCKS: Final = 32
"""So many blocks of the long value are asked for."""
_OBJECT_NAME = AttributeDescriptor(1, LOGICAL_DEVICE_NAME, 2)
_ASSOCIATION_NAME = AttributeDescriptor(15, CURRENT_ASSOCIATION, 1)


def smallest(desk: Desk, settings: AssociationSettings) -> int | None:
    """The first size of `TRIED` that is accepted, and that no reply exceeds; None: none is.

    A meter that says that its reply does not fit (exception-response pdu-too-long) keeps to the size too.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
    """
    for size in TRIED:
        desk.attempt(f"{desk.server}, client {settings.client_sap}: client-max-receive-pdu-size {size}")
        association = desk.association(replace(settings, max_receive_pdu_size=size), settings.protections[0])
        try:
            association.establish()
            fits = _short_name_fits(association) if settings.short_names else _fits(association)
        except (PreambleFailed, NotDeclared, TransferFailed) as failed:
            desk.say(f"  {failed}")
        else:
            desk.say("  kept to" if fits else "  a reply is longer, or not readable")
            if fits:
                return size
        finally:
            desk.end(association)
    return None


def _fits(association: Association) -> bool:
    """Whether a short and a long value are served, and nothing comes that is longer than agreed."""
    long = association.settings.targets.long_readable or _OBJECT_NAME
    for attribute in (_ASSOCIATION_NAME, _OBJECT_NAME, long):
        request = GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute)
        try:
            first = list(islice(parts(association, request), _MOST_BLOCKS))
        except TransferFailed as failed:
            if not isinstance(failed.reaction, Reply) or failed.reaction.error is not None:
                raise
            # Said so, a reply that does not fit is no fault.
            return not association.excess_of(failed.reaction)
        if any(association.excess_of(part.reply) for part in first):
            return False
        if attribute == long and isinstance(first[-1].content, int):
            return False
    return True


def _short_name_fits(association: Association) -> bool:
    """Whether the name of the association, or what stands for it, is answered by an APDU that is not too long."""
    alive = association.settings.targets.alive
    name = SN_VAA_NAME if alive is None else association.settings.short_name(alive)
    if name is None:
        return False
    reaction = association.request(apdu(ReadRequest((VariableName(name),)).encode(), "Read"))
    return isinstance(reaction, Reply) and reaction.error is None and not association.excess_of(reaction)
