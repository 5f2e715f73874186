"""`simulate`: the embedded meter on a network."""

from __future__ import annotations

from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.device.model import Profile
from conformance.link.server import TcpServer
from conformance.link.url import parse_url
from conformance.meter.defects import DEFECTS
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
) -> None:
    """Serve the embedded meter until interrupted."""
    unknown = sorted(set(defect or ()) - DEFECTS.keys())
    if unknown:
        raise UsageProblem(f"simulate: the embedded meter has no defect {', '.join(unknown)}; see qualify --list")
    url = parse_url(listen) if not listen.endswith(":0") else parse_url(listen[:-1] + "1")
    if url.scheme != "tcp":
        raise UsageProblem(f"simulate: --listen {listen}: expected tcp://HOST:PORT")
    port = 0 if listen.endswith(":0") else url.port
    meter = build(defects=frozenset(defect or ()), profile=profile.value, seed=seed)
    server = TcpServer(meter.endpoint, url.host, port)
    print(f"embedded meter listens on tcp://{url.host}:{server.port}, {profile.value}; stop with Ctrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("stopped")
    finally:
        server.stop()
