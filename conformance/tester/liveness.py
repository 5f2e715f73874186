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
from conformance.tester.association import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY, Association
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation
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
    settings = association.settings
    attribute = settings.targets.alive
    title = "the current association's logical_name" if attribute is None else f"{attribute}, declared as alive"
    if settings.short_names:
        return apdu(ReadRequest((VariableName(_short_name(settings)),)).encode(), f"Read of {title}")
    asked = attribute or AttributeDescriptor(15, ASSOCIATION_LN, 1)
    return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, asked).encode(), f"GET of {title}")


def _short_name(settings: AssociationSettings) -> int:
    attribute = settings.targets.alive
    if attribute is None:
        return SN_VAA_NAME
    name = settings.short_name(attribute)
    assert name is not None  # noqa: S101 - a target without a base name is refused when the config is loaded
    return name
