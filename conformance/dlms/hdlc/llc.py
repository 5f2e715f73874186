"""The LLC sub-layer: three octets before each APDU (IEC 62056-46, 5.3.2 LLC protocol data unit structure).

Destination LSAP E6, source LSAP E6 in commands and E7 in responses, quality 00. In a segmented APDU only the first
segment carries them.
"""

from __future__ import annotations

from typing import Final

COMMAND_HEADER: Final = b"\xe6\xe6\x00"
"""Client to server."""
RESPONSE_HEADER: Final = b"\xe6\xe7\x00"
"""Server to client."""
