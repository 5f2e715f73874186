"""A client of the embedded meter with general-block-transfer negotiated, over either profile, in virtual time."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

from conformance.device.load import load
from conformance.device.model import AssociationSettings, Protection
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.wrapper import WrapperStream
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.link.loopback import LoopbackLink
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.meter import Meter, build
from conformance.meter.model.communication_setup import LinkFacts
from conformance.meter.model.suite_profiles import profiles_of
from conformance.tester.association import Association
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.wrapper import WrapperDataLink
from conformance.tester.line import Line
from conformance.tester.stimulus import aarq
from conformance.tester.tape import Tape
from tests.tester.far_side import association

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
GENERAL_FIRST = GeneralBlockSettings(first="general")
COUNTER = count(1000)
"""Of the global key, whichever client uses it."""


def meter(
    *faults: str, profile: str = "wrapper", blocks: GeneralBlockSettings = GENERAL_FIRST, window: int = 1
) -> Meter:
    """A meter whose associations with logical names all offer general block transfer."""
    profiles = tuple(replace(item, conformance=item.conformance | {GBT}) for item in profiles_of(0, 0))
    facts = LinkFacts(window_size_transmit=window, window_size_receive=window)
    made = build(profile=profile, facts=facts, profiles=profiles, blocks=blocks)
    made.server.faults = frozenset(faults)
    return made


def client(
    made: Meter,
    name: str = "management",
    protection: Protection = Protection.NONE,
    *,
    limit: int = 64,
    negotiated: bool = True,
    window: int = 1,
) -> Association:
    """An open association that takes APDUs of `limit` octets."""
    settings = SIMULATOR.association(name)
    bits = settings.conformance | {GBT} if negotiated else settings.conformance - {GBT}
    settings = replace(settings, conformance=bits)
    opened = association(SIMULATOR, settings, _data_link(made, settings, window), protection=protection)
    opened.security.next_global_counter = COUNTER.__next__
    opened.establish(aarq(client_max_receive_pdu_size=limit))
    return opened


def _data_link(made: Meter, settings: AssociationSettings, window: int) -> HdlcDataLink | WrapperDataLink:
    link = LoopbackLink(made.endpoint)
    if made.profile == "wrapper":
        line = Line(link, WrapperStream(), "wrapper", Tape())
        return WrapperDataLink(line, client_wport=settings.client_sap, server_wport=settings.logical_device)
    line = Line(link, FrameStream(), "hdlc", Tape())
    return HdlcDataLink(
        line,
        client=HdlcAddress(settings.client_sap),
        server=HdlcAddress(settings.logical_device),
        proposed=LinkParameters(128, 128, window, window),
        response_timeout_s=5.0,
    )
