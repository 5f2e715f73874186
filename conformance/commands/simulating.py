"""`simulate`: the embedded meter on a network."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.device.model import Profile
from conformance.link.server import TcpServer
from conformance.link.url import LinkUrl, parse_url
from conformance.meter.meter import build


def register(app: typer.Typer) -> None:
    """Add `simulate`."""
    app.command("simulate")(simulate)


def simulate(
    listen: Annotated[str, typer.Option(help="Where to listen; port 0 takes a free one.")] = "tcp://127.0.0.1:4059",
    profile: Annotated[Profile, typer.Option(help="What to speak.")] = Profile.WRAPPER,
    defect: Annotated[
        list[str] | None, typer.Option(help="Switch on a defect; see qualify --list. Repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Challenges come from it.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it listens in JSON.")] = False,
) -> None:
    """Serve the embedded meter until interrupted. `run simulator --link URL --profile …` tests it."""
    url = parse_url(listen)
    if url.scheme != "tcp":
        raise UsageProblem(f"simulate: --listen {listen}: expected tcp://HOST:PORT")
    meter = build(defects=frozenset(defect or ()), profile=profile.value, seed=seed)
    server = TcpServer(meter.endpoint, url.host, url.port)
    where = LinkUrl("tcp", url.host, server.port)
    if as_json:
        print(json.dumps({"url": str(where), "profile": profile.value, "defects": sorted(meter.defects)}), flush=True)
    else:
        print(f"embedded meter listens on {where}, {profile.value}; stop with Ctrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
