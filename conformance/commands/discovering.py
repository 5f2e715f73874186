"""`discover`: what a meter offers, found out by asking, and a device config of it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import typer

from conformance.commands.discovery_options import given_of
from conformance.commands.output_file import check_free, write_new
from conformance.commands.problems import UsageProblem
from conformance.device.association_toml import CONTEXTS
from conformance.device.content import find_device_config
from conformance.device.counters import Counters, MemoryCounters, StateCounters, default_state_directory
from conformance.device.load import load
from conformance.device.model import Device, EmbeddedMeter, Profile
from conformance.harness.embedded import embedded_meter
from conformance.harness.lines import Lines
from conformance.link.make import Links
from conformance.link.url import SCHEMES, parse_url, unreachable
from conformance.tester.discovery.dry_run import dry_run
from conformance.tester.discovery.findings import Findings
from conformance.tester.discovery.names import device_name
from conformance.tester.discovery.plan import CLIENT_TITLE, USUAL_CLIENTS, USUAL_LOWER, USUAL_SERVERS, Plan
from conformance.tester.discovery.plan import CONTEXTS as ALL_CONTEXTS
from conformance.tester.discovery.survey import discover as survey
from conformance.tester.discovery.told import as_json as told
from conformance.tester.discovery.written import NothingToWriteError, config_of

NOTHING_FOUND: Final = 1
"""Exit code: nothing answered, or nothing of which a config could be made."""
_MOST_NAMED: Final = 64
_SEED: Final = 1
_TITLE_DIGITS: Final = 16


def register(app: typer.Typer) -> None:
    """Add `discover`."""
    app.command("discover")(discover)


@dataclass(frozen=True, slots=True)
class _Way:
    """The way to a meter; `embedded` where it is the one of this package."""

    links: Links
    profile: Profile | None
    embedded: EmbeddedMeter | None = None


def discover(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="tcp://HOST:PORT, udp://HOST:PORT, serial:PORT?baud=9600, serial:PORT?opening=mode-e, rfc2217://…, "
            "socket://…; or simulator, or another device config of an embedded meter.",
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the device config there.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite it.")] = False,
    name: Annotated[str, typer.Option(help="Of the device.")] = "discovered",
    profile: Annotated[Profile | None, typer.Option(help="Only this one; else what the link allows.")] = None,
    client: Annotated[
        list[int] | None, typer.Option(min=1, max=0xFFFF, help="Client SAP, in place of the usual ones. Repeatable.")
    ] = None,
    server: Annotated[
        list[int] | None, typer.Option(min=1, max=0xFFFF, help="SAP of a logical device, likewise. Repeatable.")
    ] = None,
    lower: Annotated[
        list[int] | None, typer.Option(min=1, max=0x3FFF, help="Lower HDLC address, likewise. Repeatable.")
    ] = None,
    context: Annotated[
        list[str] | None, typer.Option(help="Only ln, sn, ln-ciphered or sn-ciphered. Repeatable.")
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(help="Where the secret of a client is: 2=env:NAME, or 2=file:PATH; 17/2=… for one server."),
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="Its encryption key, in hex there: 1=env:NAME.")] = None,
    authentication_key: Annotated[list[str] | None, typer.Option(help="Its authentication key, likewise.")] = None,
    user: Annotated[list[str] | None, typer.Option(help="Its client user: 2=1.")] = None,
    client_title: Annotated[str, typer.Option(help="System title of the client in hex.")] = CLIENT_TITLE.hex().upper(),
    security_suite: Annotated[int, typer.Option(min=0, max=2, help="Of the keys given.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.05, max=60.0, help="Nothing for so many seconds is silence.")] = 2.0,
    per_minute: Annotated[
        int, typer.Option(min=0, max=6000, help="Most set-ups and openings in a minute; 0: no limit.")
    ] = 60,
    most_minutes: Annotated[float, typer.Option(min=0.1, max=1440.0, help="End after so long.")] = 60.0,
    state: Annotated[Path | None, typer.Option(help="Where invocation counters and locks of lines are kept.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings for programs.")] = False,
) -> None:
    """Find out what a meter offers, and write a device config of it that runs.

    Nothing intrusive is sent: no write, no password and no key but those given; one that is refused is not sent again.
    Exit code: 0 with a config, 1 when nothing was found of which one could be made, 2 when it could not start.
    """
    if not dry:
        check_free(out, force=force)
    way = _way(url, profile)
    plan = Plan(
        name=device_name(name),
        profile=way.profile,
        servers=_narrowed("--server", server, USUAL_SERVERS),
        clients=_narrowed("--client", client, USUAL_CLIENTS),
        lower=_narrowed("--lower", lower, USUAL_LOWER),
        contexts=tuple(item for item in ALL_CONTEXTS if item in _contexts(context)),
        narrow=server is not None,
        given=given_of(secret, key, authentication_key, user, security_suite=security_suite, environ=os.environ),
        client_title=_title(client_title),
        security_suite=security_suite,
        timeout_s=timeout,
        per_minute=0 if way.embedded is not None else per_minute,
        most_s=most_minutes * 60,
    )
    if dry:
        print("\n".join(dry_run(plan, way.links)))
        return
    findings = _found(plan, way, str(state or default_state_directory()))
    _finish(findings, plan, way, out, as_json=as_json)


def _found(plan: Plan, way: _Way, state: str) -> Findings:
    lines = Lines(state)
    counters: Counters = MemoryCounters() if way.embedded is not None else StateCounters(state)
    lines.hold(_known_by_its_link(plan, str(way.links.url)))
    try:
        return survey(plan, way.links, counters, _progress)
    finally:
        lines.release()


def _finish(findings: Findings, plan: Plan, way: _Way, out: Path | None, *, as_json: bool) -> None:
    config, why = None, ""
    try:
        config = config_of(findings, plan, way.embedded)
    except NothingToWriteError as nothing:
        why = str(nothing)
    if config is not None and out is not None:
        write_new(out, config)
        print(f"{out}: {_summary(findings)}; run it with: dlms-conformance run {out}", file=sys.stderr)
    if as_json:
        print(json.dumps({**told(findings), "config": config, "out": None if out is None else str(out)}, indent=1))
    elif config is not None and out is None:
        print(config, end="")
    if config is None:
        print(f"dlms-conformance: discover: {findings.link}: {why or _unanswered(findings, plan)}", file=sys.stderr)
        raise typer.Exit(NOTHING_FOUND)


def _unanswered(findings: Findings, plan: Plan) -> str:
    notes = f" ({'; '.join(findings.notes)})" if findings.notes else ""
    return f"{findings.attempts} attempts, nothing answered within {plan.timeout_s:g} s{notes}"


def _summary(findings: Findings) -> str:
    opened, all_of_them = len(findings.opened), len(findings.associations)
    return f"{all_of_them} associations found, {opened} of them opened, {findings.attempts} attempts"


def _progress(number: int, words: str) -> None:
    print(f"{number:>4}  {words}", file=sys.stderr, flush=True)


def _way(url: str, profile: Profile | None) -> _Way:
    """The way that a URL or the name of an embedded meter's config stands for.

    Raises:
        UsageProblem: no meter of this profile can be reached so.
        LinkUrlError: it is no URL.
        ConfigError: it is no device config.
    """
    scheme = url.partition(":")[0].lower()
    if url.startswith("loopback:") or ((":" not in url or scheme not in SCHEMES) and _names_a_config(url)):
        device = load(find_device_config("simulator" if url.startswith("loopback:") else url))
        if device.embedded is None:
            raise UsageProblem(f"discover: {url} is the config of a meter behind {device.link}: name that link")
        device = replace(device, link=url if url.startswith("loopback:") else device.link)
        device = replace(device, profile=profile or device.profile)
        meter = embedded_meter(device, _SEED)
        parsed = parse_url(device.link)
        links = Links(parsed, meter.datagram_endpoint if parsed.datagrams else meter.endpoint)
        return _Way(links, device.profile, device.embedded)
    parsed = parse_url(url)
    why = unreachable(parsed, "" if profile is None else profile.value)
    if why is not None:
        raise UsageProblem(f"discover: {why}")
    return _Way(Links(parsed), profile)


def _names_a_config(text: str) -> bool:
    return text.startswith("simulator") or text.endswith(".toml")


def _narrowed(option: str, given: list[int] | None, usual: tuple[int, ...]) -> tuple[int, ...]:
    numbers = tuple(dict.fromkeys(given)) if given else usual
    if len(numbers) > _MOST_NAMED:
        raise UsageProblem(f"discover: {option} names {len(numbers)}; at most {_MOST_NAMED} in one discovery")
    return numbers


def _contexts(names: list[str] | None) -> frozenset[object]:
    for name in names or ():
        if name not in CONTEXTS:
            raise UsageProblem(f"discover: --context {name}: expected one of {', '.join(CONTEXTS)}")
    return frozenset(CONTEXTS[name] for name in names or CONTEXTS)


def _title(text: str) -> bytes:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if len(octets) * 2 != _TITLE_DIGITS:
        raise UsageProblem(f"discover: --client-title: a system title is {_TITLE_DIGITS} hexadecimal digits")
    return octets


def _known_by_its_link(plan: Plan, link: str) -> Device:
    """As much of a device as its line needs to be kept from others."""
    return Device(
        name=plan.name,
        manufacturer="",
        link=link,
        profile=plan.profile or Profile.WRAPPER,
        logical_devices=(),
        associations=(),
    )
