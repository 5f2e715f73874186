"""Whether an association still answers: the plain question that every meter can answer."""

from __future__ import annotations

from conformance.device.model import AssociationSettings
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.tester.accepted_services import data
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction
from conformance.tester.stimulus import Stimulus, apdu

_ITS_NAME = data(octet_string(ASSOCIATION_LN)).acceptances[0]
_ANY_DATA = data().acceptances[0]


def _alive(reaction: Reaction, situation: Situation) -> Mismatch | None:
    wanted = _ITS_NAME if situation.settings.targets.alive is None else _ANY_DATA
    return wanted.match(reaction, situation)


ALIVE: Expectation = expectation(_ITS_NAME.words, _alive, _ITS_NAME.path)
"""The logical name of the current association, 0-0:40.0.0.255; any data where the config names another attribute."""


def question(association: Association) -> Stimulus:
    """GET (LN) or Read (SN) of the current association's logical_name, or of what the device config names instead."""
    attribute = association.settings.targets.alive
    title = "the current association's logical_name" if attribute is None else f"{attribute}, declared as alive"
    match asked_for(association.settings):
        case VariableName() as name:
            return apdu(ReadRequest((name,)).encode(), f"Read of {title}")
        case asked:
            return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, asked).encode(), f"GET of {title}")


def asked_for(settings: AssociationSettings) -> AttributeDescriptor | VariableName:
    """What the question asks for, as the association references it."""
    attribute = settings.targets.alive
    if not settings.short_names:
        return attribute or AttributeDescriptor(15, ASSOCIATION_LN, 1)
    name = SN_VAA_NAME if attribute is None else settings.short_name(attribute)
    assert name is not None  # noqa: S101 - a target without a base name is refused when the config is loaded
    return VariableName(name)
