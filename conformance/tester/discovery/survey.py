"""A discovery from the first frame to the findings: profile, addresses, clients, and what each association holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.device.counters import Counters
from conformance.device.model import Profile
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.link.link import LinkError
from conformance.link.make import Links
from conformance.link.url import ONE_LINE
from conformance.tester.discovery.addresses import also_there, hdlc_servers, wrapper_servers
from conformance.tester.discovery.clients import client_of
from conformance.tester.discovery.desk import Desk, Teller
from conformance.tester.discovery.findings import AssociationFound, Findings, ServerAddress
from conformance.tester.discovery.opening import needs_keys, opened
from conformance.tester.discovery.plan import Plan


def discover(plan: Plan, links: Links, counters: Counters, tell: Teller) -> Findings:
    """Find out what the meter behind `links` offers; what was found before the time was over, or the link gone, stays.

    Args:
        plan: what may be tried.
        links: the way to it.
        counters: of the client, for the keys that the user gave.
        tell: is told of each attempt.

    Raises:
        LinkError: the link cannot be opened at all.
        CounterError: a counter cannot be kept.
    """
    desk = Desk(plan, links, counters, tell)
    survey = _Survey(desk, Findings(link=str(links.url)))
    try:
        survey.run()
    except LinkError as error:
        if not survey.findings.servers and not desk.heard_octets:
            desk.forget()
            if not desk.heard_octets:
                raise
        survey.note(f"ended early: {error}")
    finally:
        desk.release()
    return replace(survey.findings, attempts=desk.attempts, heard_octets=desk.heard_octets)


def profiles(plan: Plan, links: Links) -> tuple[Profile, ...]:
    """The profiles that are tried over a link, in order."""
    if plan.profile is not None:
        return (plan.profile,)
    url = links.url
    if url.datagrams:
        return (Profile.WRAPPER,)
    if url.scheme in ONE_LINE or url.serial is not None:
        return (Profile.HDLC,)
    return (Profile.WRAPPER, Profile.HDLC)


class _Survey:
    """One discovery on its way.

    Attributes:
        findings: so far.
    """

    def __init__(self, desk: Desk, findings: Findings) -> None:
        self.findings = findings
        self._desk = desk
        self._first = ServerAddress(1)

    def note(self, words: str) -> None:
        """Add a note."""
        self.findings = replace(self.findings, notes=(*self.findings.notes, words))

    def run(self) -> None:
        """Do it all.

        Raises:
            LinkError: the link cannot be opened, or there is no time left.
        """
        if not self._reached():
            return
        plan = self._desk.plan
        waiting = [self._first.sap, *(sap for sap in plan.servers if sap != self._first.sap)]
        told: set[int] = set()
        for sap in _growing(waiting):
            if told and not plan.narrow and sap not in told and sap != self._first.sap:
                # The usual ones are asked for only where the meter does not say which there are.
                continue
            if sap != self._first.sap and not also_there(self._desk, sap, self._first):
                continue
            if sap not in self.findings.servers:
                self.findings = replace(self.findings, servers=(*self.findings.servers, sap))
            self._server(sap)
            assigned = {number for number, _ in self._assigned()}
            told |= assigned
            if not plan.narrow:
                waiting += sorted(assigned - set(waiting))

    def _reached(self) -> bool:
        """Find the profile, and the first server that answers in it."""
        for profile in profiles(self._desk.plan, self._desk.links):
            if profile is Profile.HDLC:
                hdlc = hdlc_servers(self._desk)
                if hdlc.addresses:
                    self._first = hdlc.addresses[0]
                    self._desk.parameters = None if hdlc.parameters is None else _client_side(hdlc.parameters)
                    self.findings = replace(self.findings, profile=profile, hdlc=hdlc, servers=(self._first.sap,))
                    return True
            elif saps := wrapper_servers(self._desk):
                self._first = ServerAddress(saps[0])
                self.findings = replace(self.findings, profile=profile, servers=saps)
                return True
        return False

    def _server(self, sap: int) -> None:
        """Every client of one logical device: first who may open what, then what can be opened is."""
        desk = self._desk
        desk.server = replace(self._first, sap=sap)
        for client in desk.clients:
            found = client_of(desk, client)
            if found is None:
                continue
            place = len(self.findings.associations)
            self.findings = replace(self.findings, associations=(*self.findings.associations, found))
            if not needs_keys(found):
                self._put(place, opened(desk, found))
        for place, found in enumerate(self.findings.associations):
            if found.server == sap and needs_keys(found):
                # Only now: the counter is read through an association that needs no key.
                self._put(place, opened(desk, found, self._counter(found)))

    def _put(self, place: int, found: AssociationFound) -> None:
        items = list(self.findings.associations)
        items[place] = found
        self.findings = replace(self.findings, associations=tuple(items))

    def _counter(self, wanted: AssociationFound) -> int | None:
        """The highest invocation counter that was read at the same server: what is above it, the meter has not seen."""
        of_server = (item for item in self.findings.opened if item.server == wanted.server)
        held = [number for item in of_server if item.opened is not None for _, number in item.opened.counters]
        return max(held, default=None)

    def _assigned(self) -> Iterator[tuple[int, bytes]]:
        for item in self.findings.opened:
            if item.opened is not None:
                yield from item.opened.sap_assignment


def _growing(items: list[int]) -> Iterator[int]:
    """The items of a list that may grow meanwhile, each once."""
    place = 0
    while place < len(items):
        yield items[place]
        place += 1


def _client_side(settled: LinkParameters) -> LinkParameters:
    """What the client proposes from now on: what it was told, seen from its own side."""
    return LinkParameters(
        settled.max_information_receive,
        settled.max_information_transmit,
        settled.window_receive,
        settled.window_transmit,
    )
