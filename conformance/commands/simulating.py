"""`simulate`: the embedded meter on a network or at a pseudo terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Protocol

import typer

from conformance.commands import fleet_simulating
from conformance.commands.problems import UsageProblem
from conformance.device.model import Profile
from conformance.lab.fleet import FleetMeter
from conformance.link.pty_server import PtyServer
from conformance.link.push_sockets import SocketNetwork
from conformance.link.server import TcpServer
from conformance.link.udp_server import UdpServer
from conformance.link.url import MODE_E, LinkUrl, SerialSettings, parse_url
from conformance.meter.meter import Meter, build
from conformance.meter.model.communication_setup import LinkFacts

_LONGEST_TIMEOUT_S = 0xFFFF


class _Server(Protocol):
    """What every server of the embedded meter does."""

    def serve_forever(self) -> None:
        """Serve until stopped."""
        ...

    def stop(self) -> None:
        """Stop."""
        ...


def register(app: typer.Typer) -> None:
    """Add `simulate`."""
    app.command("simulate")(simulate)


def simulate(
    listen: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="tcp://HOST:PORT or udp://HOST:PORT, port 0 takes a free one; pty: for a serial port, pty:?baud=9600 "
            "for one whose octets take their time.",
        ),
    ] = "tcp://127.0.0.1:4059",
    profile: Annotated[Profile, typer.Option(help="What to speak.")] = Profile.WRAPPER,
    meters: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=fleet_simulating.MOST_METERS,
            help="So many meters, on the port of --listen and those behind it, with serial numbers of their own.",
        ),
    ] = None,
    fleet: Annotated[
        Path | None, typer.Option(metavar="LAB", help="The meters of a lab file that are reached by TCP.")
    ] = None,
    write_lab: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="With --meters: write a lab of them, to try lab run with, into DIR."),
    ] = None,
    defect: Annotated[
        list[str] | None,
        typer.Option(
            help="Switch on a defect; see qualify --list. With --meters or --fleet METER:DEFECT for one of them. "
            "Repeatable."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Challenges come from it.")] = 1,
    inactivity_timeout: Annotated[
        int | None,
        typer.Option(
            min=0, max=_LONGEST_TIMEOUT_S, help="Seconds without a frame that end a data link or connection; 0: never."
        ),
    ] = None,
    inter_octet_timeout: Annotated[
        float | None, typer.Option(min=0.001, max=6.0, help="Seconds; a longer gap ends an HDLC frame.")
    ] = None,
    response_time: Annotated[
        float, typer.Option(min=0.0, max=3600.0, help="Seconds from a request to the reply.")
    ] = 0.0,
    mode_e: Annotated[
        bool, typer.Option("--mode-e", help="The line is opened by IEC 62056-21 mode E before it speaks HDLC.")
    ] = False,
    security_suite: Annotated[
        int, typer.Option(min=0, max=2, help="Security suite: 0, or 1 or 2 as in simulator-suite1 and -suite2.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it listens in JSON.")] = False,
) -> None:
    """Serve the embedded meter until interrupted. `run simulator --link URL --profile …` tests it.

    What is pushed over TCP or UDP goes where its Push setup objects say; their first destination is no real host.
    """
    url = parse_url(listen)
    _check(url, profile, mode_e=mode_e)
    if write_lab is not None and meters is None:
        raise UsageProblem("simulate: --write-lab goes with --meters")
    if meters is not None or fleet is not None:
        only_one = (
            inactivity_timeout,
            inter_octet_timeout,
            response_time or None,
            mode_e or None,
            security_suite or None,
        )
        if any(option is not None for option in only_one):
            raise UsageProblem("simulate: timeouts, --mode-e and --security-suite are for one meter, not for many")
        fleet_simulating.serve(
            _many(meters, fleet, url, profile, seed, defect or []), write_lab=write_lab, as_json=as_json
        )
        return
    facts = LinkFacts()
    if inter_octet_timeout is not None:
        facts = LinkFacts(inter_octet_timeout_ms=round(inter_octet_timeout * 1000))
    meter = build(
        defects=frozenset(defect or ()),
        profile=profile.value,
        seed=seed,
        inactivity_timeout_s=inactivity_timeout,
        facts=facts,
        response_time_s=response_time,
        mode_e=mode_e,
        security_suite=security_suite,
    )
    server, where = _server(meter, url, mode_e=mode_e)
    network = SocketNetwork()
    meter.push_into(network)
    try:
        _tell(where, profile, meter, as_json=as_json)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
        network.close()


def _many(
    meters: int | None, fleet: Path | None, url: LinkUrl, profile: Profile, seed: int, defect: list[str]
) -> tuple[FleetMeter, ...]:
    """The meters of `--meters` or of `--fleet`.

    Raises:
        UsageProblem: both are given, or they cannot be served as asked for.
    """
    if fleet is not None and meters is not None:
        raise UsageProblem("simulate: --meters and --fleet exclude each other")
    if fleet is not None:
        return fleet_simulating.of_lab(fleet, seed=seed, defect=defect)
    return fleet_simulating.numbered(meters or 1, url, profile, seed=seed, defect=defect)


def _check(url: LinkUrl, profile: Profile, *, mode_e: bool) -> None:
    """Refuse what does not go together.

    Raises:
        UsageProblem: with what does.
    """
    if url.scheme not in ("tcp", "udp", "pty"):
        raise UsageProblem(f"simulate: --listen {url}: expected tcp://HOST:PORT, udp://HOST:PORT or pty:")
    if url.scheme == "udp" and profile is Profile.HDLC:
        raise UsageProblem("simulate: HDLC does not go over UDP; take --profile wrapper, or listen on tcp:// or pty:")
    if url.scheme == "pty" and profile is Profile.WRAPPER:
        raise UsageProblem("simulate: a serial port speaks HDLC; add --profile hdlc, or listen on tcp:// or udp://")
    if mode_e and profile is not Profile.HDLC:
        raise UsageProblem("simulate: an opening in mode E leads to HDLC; add --profile hdlc, or leave --mode-e out")


def _server(meter: Meter, url: LinkUrl, *, mode_e: bool) -> tuple[_Server, LinkUrl]:
    """The server that listens on `url`, and the link by which a client reaches it.

    Raises:
        LinkError: the port is in use, or the system has no pseudo terminals.
    """
    if url.scheme == "pty":
        terminal = PtyServer(meter.endpoint(), model=url.model)
        baud = url.model.baud if url.model is not None else None
        settings = SerialSettings(opening=MODE_E) if mode_e else SerialSettings(baud=baud or 9600)
        return terminal, LinkUrl("serial", path=terminal.path, serial=settings)
    if url.scheme == "udp":
        datagrams = UdpServer(meter.datagram_endpoint, url.host, url.port)
        return datagrams, LinkUrl("udp", url.host, datagrams.port)
    stream = TcpServer(meter.endpoint, url.host, url.port)
    return stream, LinkUrl("tcp", url.host, stream.port)


def _tell(where: LinkUrl, profile: Profile, meter: Meter, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, object] = {"url": str(where), "profile": profile.value, "defects": sorted(meter.defects)}
        if where.path:
            told["path"] = where.path
        print(json.dumps(told), flush=True)
    else:
        port = f" as {where.path}" if where.path else ""
        print(f"embedded meter listens on {where}{port}, {profile.value}; stop with Ctrl-C", flush=True)
