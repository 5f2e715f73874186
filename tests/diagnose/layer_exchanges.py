"""Exchanges for the diagnosis of the layers below the APDUs: read from captures as a file would give them."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.diagnose.intake.reading import read
from conformance.diagnose.layers.below_apdus import findings
from conformance.diagnose.reasoning.statement import Statement
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.fcs import fcs16
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER

CAPTURES = Path(__file__).parent / "captures"
CLIENT, SERVER = HdlcAddress(16), HdlcAddress(1)
SNRM = bytes.fromhex("7EA0070321930F017E")
UA = bytes.fromhex("7EA00721037301407E")
DISC = bytes.fromhex("7EA00703215303C77E")
DM = bytes.fromhex("7EA00721031F6BE97E")
GET = COMMAND_HEADER + bytes.fromhex("C001C1000F0000280000FF0100")
GOT = RESPONSE_HEADER + bytes.fromhex("C401C10009060000280000FF")


def sent(control: FrameType, information: bytes = b"", *, ns: int = 0, nr: int = 0, **frame: object) -> bytes:
    """A frame of the client, with the P bit."""
    return Frame(SERVER, CLIENT, Control(control, True, nr, ns), information, **frame).encode()  # type: ignore[arg-type]


def replied(
    control: FrameType, information: bytes = b"", *, ns: int = 0, nr: int = 0, final: bool = True, **frame: object
) -> bytes:
    """A frame of the meter."""
    return Frame(CLIENT, SERVER, Control(control, final, nr, ns), information, **frame).encode()  # type: ignore[arg-type]


def checked(content: bytes) -> bytes:
    """Octets between the flags, with a right FCS behind them."""
    return b"~" + content + fcs16(content) + b"~"


def diagnosed(
    tmp_path: Path, *frames: tuple[str, bytes], transport: str | None = "hdlc", times: list[float] | None = None
) -> list[Statement]:
    """What the layers say of an exchange."""
    content: dict = {"frames": [{"dir": direction, "hex": octets.hex()} for direction, octets in frames]}
    if transport:
        content["transport"] = transport
    for frame, time in zip(content["frames"], times or [], strict=False):
        frame["t"] = time
    path = tmp_path / "exchange.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return list(findings(read(path)))


def of_capture(name: str) -> list[Statement]:
    """What the layers say of a capture of the field."""
    return list(findings(read(CAPTURES / f"{name}.json")))


def one(statements: list[Statement], code: str) -> Statement:
    """The one statement of a code."""
    (found,) = (statement for statement in statements if statement.code == code)
    return found


def grave(statements: list[Statement]) -> list[str]:
    """The codes above `info`."""
    return [statement.code for statement in statements if statement.severity != "info"]
