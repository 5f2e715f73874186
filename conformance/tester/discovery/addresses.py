"""Where the meter answers: SNRM to HDLC addresses of each length, an AARQ to wrapper ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.device.model import Profile
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.hdlc.parameters import LARGEST_MAX_INFORMATION, LARGEST_WINDOW, LinkParameters
from conformance.tester.data_link.data_link import SetUpFailed
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.discovery.desk import Desk
from conformance.tester.discovery.findings import HdlcFound, ServerAddress
from conformance.tester.discovery.knock import Answer, knock
from conformance.tester.discovery.plan import CONTEXTS, PUBLIC_CLIENT
from conformance.tester.reaction import DisconnectedMode, FrameRejected, Silence

THE_MOST: Final = LinkParameters(LARGEST_MAX_INFORMATION, LARGEST_MAX_INFORMATION, LARGEST_WINDOW, LARGEST_WINDOW)
_LARGEST_UPPER: Final = {1: 0x7D, 2: 0x7D, 4: 0x3FFD}
_CLIENTS_ASKED: Final = 2
"""A logical device is asked for in the name of so many clients; each further one only costs a silence."""


def candidates(desk: Desk, servers: tuple[int, ...]) -> Iterator[ServerAddress]:
    """The HDLC addresses that may be tried, the shortest first."""
    for length in desk.plan.address_lengths:
        for sap in servers:
            if 0 < sap <= _LARGEST_UPPER[length]:
                lowers = tuple(item for item in desk.plan.lower if item <= _LARGEST_UPPER[length])
                for lower in (None,) if length == 1 else lowers:
                    yield ServerAddress(sap, lower, length)


def first_clients(desk: Desk) -> tuple[int, ...]:
    """Whose names are used to find servers: the public client's where it is among them."""
    clients = desk.clients
    ordered = sorted(clients, key=lambda client: client != PUBLIC_CLIENT)
    return tuple(ordered[:_CLIENTS_ASKED])


def hdlc_servers(desk: Desk) -> HdlcFound:
    """Send SNRM until something answers, then learn the other address lengths and the parameters.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
    """
    desk.profile = Profile.HDLC
    found = next((address for address in candidates(desk, desk.plan.servers) if answers(desk, address)), None)
    if found is None:
        return HdlcFound()
    others = [found]
    for address in candidates(desk, (found.sap,)):
        known = any(other.length == address.length for other in others)
        if not known and address.length > found.length and answers(desk, address):
            others.append(address)
    desk.server = found
    return HdlcFound(addresses=tuple(others), parameters=_parameters(desk))


def also_there(desk: Desk, sap: int, first: ServerAddress) -> bool:
    """Whether another logical device answers, at the kind of address that the first one has."""
    if desk.profile is Profile.HDLC:
        return sap <= _LARGEST_UPPER[first.length] and answers(desk, replace(first, sap=sap))
    return _wrapper_answers(desk, sap)


def answers(desk: Desk, address: ServerAddress) -> bool:
    """Whether an SNRM to an address is met with anything but silence.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
    """
    desk.server = address
    return any(_snrm(desk, client, None) is not None for client in first_clients(desk))


def wrapper_servers(desk: Desk) -> tuple[int, ...]:
    """Wrapper ports of logical devices that answer; the first is enough where the meter lists the others.

    Raises:
        LinkError: the link cannot be opened, or there is no time left.
    """
    desk.profile = Profile.WRAPPER
    return next(((sap,) for sap in desk.plan.servers if _wrapper_answers(desk, sap)), ())


def _wrapper_answers(desk: Desk, sap: int) -> bool:
    desk.server = ServerAddress(sap)
    context = next((item for item in CONTEXTS if item in desk.plan.contexts), CONTEXTS[0])
    return any(
        knock(desk, client, context, Mechanism.LOWEST).answer is not Answer.NOTHING for client in first_clients(desk)
    )


def _parameters(desk: Desk) -> LinkParameters | None:
    """What the meter agrees to when the most is proposed; None when such a proposal is met with silence."""
    for client in first_clients(desk):
        settled = _snrm(desk, client, THE_MOST)
        if isinstance(settled, LinkParameters):
            return settled
    return None


def _snrm(desk: Desk, client: int, parameters: LinkParameters | None) -> LinkParameters | str | None:
    """The parameters that a UA settles, what else the meter answered, or None for silence."""
    line = desk.line()
    link = desk.data_link(line, client, parameters=parameters, recovers=False)
    assert isinstance(link, HdlcDataLink)  # noqa: S101 - the profile is HDLC
    what = "with the largest parameters" if parameters is not None else "without parameters"
    desk.attempt(f"{desk.server}, client {client}: SNRM {what}")
    line.open()
    try:
        link.set_up()
    except SetUpFailed as failed:
        reaction = failed.reaction
        desk.say(f"  {reaction}")
        told = isinstance(reaction, (DisconnectedMode, FrameRejected))
        return str(reaction) if told and not isinstance(reaction, Silence) else None
    else:
        desk.say("  UA")
        link.release()
        return link.negotiated
    finally:
        line.close()
