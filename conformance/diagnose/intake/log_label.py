"""The words and arrows by which a log says who sent what follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Direction

_CLIENT: Final = r"client|hes|head[- ]?end|master|host|reader|hhu|pc"
_SERVER: Final = r"server|meter|device|slave"
_SEND: Final = (
    r"tx|txd|send|sends|sending|sent|write|writing|written|wrote|transmit|transmitted|out|outgoing|>>>?|-+>|=+>|→"
)
_RECEIVE: Final = r"rx|rxd|receive|receives|receiving|received|recv|rcvd?|read|reading|in|incoming|<<<?|<-+|<=+|←"
_REQUEST: Final = r"request|req|command|cmd"
_RESPONSE: Final = r"response|resp|rsp|reply|answer"
_WORD: Final = re.compile(
    rf"""(?<![A-Za-z0-9])(?:
        (?P<cs>c\s?[-=]?>\s?s|c2s|(?:{_CLIENT})\s*(?:-+>|=+>|>>?|→|to)\s*(?:{_SERVER})|to\s+(?:the\s+)?(?:{_SERVER}))
      | (?P<sc>s\s?[-=]?>\s?c|s2c|(?:{_SERVER})\s*(?:-+>|=+>|>>?|→|to)\s*(?:{_CLIENT})|from\s+(?:the\s+)?(?:{_SERVER}))
      | (?P<sc2>(?:{_CLIENT})\s*(?:<-+|<=+|<<?|←)\s*(?:{_SERVER}))
      | (?P<client>{_CLIENT}) | (?P<server>{_SERVER})
      | (?P<send>{_SEND}) | (?P<receive>{_RECEIVE})
      | (?P<request>{_REQUEST}) | (?P<response>{_RESPONSE})
    )(?![A-Za-z0-9])""",
    re.IGNORECASE | re.VERBOSE,
)
_ARROW: Final = re.compile(
    r"(?P<send>>>>?|-+>|=+>|→)|(?P<receive><<<?|<-+|<=+|←)|^\s*(?:(?P<one_send>>)|(?P<one_receive><))\s"
)
_SEARCHED: Final = 300


@dataclass(frozen=True, slots=True)
class Label:
    """Who sent it.

    Attributes:
        direction: as said, with whoever sends taken for the client where only sending and receiving are told apart.
        relative: only sending and receiving are told apart.
        end: index behind the last word of it.
    """

    direction: Direction
    relative: bool
    end: int


def find(head: str) -> Label | None:
    """The label in what stands before the octets of a line; None where there is none.

    Names of the two sides count for more than sending and receiving, and these for more than request and response;
    `meter TX` is sent by the meter.
    """
    head = head[:_SEARCHED]
    seen: dict[str, int] = {}
    for found in (*_WORD.finditer(head), *_ARROW.finditer(head)):
        kind = (found.lastgroup or "").removeprefix("one_").removesuffix("2")
        seen[kind] = max(found.end(), seen.get(kind, 0))
    if not seen:
        return None
    end = max(seen.values())
    direction, relative = _meant(seen)
    return None if direction is None else Label(direction, relative, end)


def _meant(seen: dict[str, int]) -> tuple[Direction | None, bool]:
    if "cs" in seen or "sc" in seen:
        return ("C>S" if seen.get("cs", -1) > seen.get("sc", -1) else "S>C"), False
    sends, receives = seen.get("send", -1), seen.get("receive", -1)
    verb = None if sends == receives else sends > receives
    side = None
    if ("client" in seen) != ("server" in seen):
        side = "client" in seen
    if side is not None:
        from_client = side if verb is None else side == verb
        return ("C>S" if from_client else "S>C"), False
    if verb is not None:
        return ("C>S" if verb else "S>C"), True
    if ("request" in seen) != ("response" in seen):
        return ("C>S" if "request" in seen else "S>C"), False
    return None, False
