"""The invocation counter that a meter asks for when it refuses one: whether the client follows it.

An exception-response is not protected, and a client counter never goes back: whoever followed any number could be made
to use up a key with one message.
"""

from __future__ import annotations

from conformance.dlms import apdu as apdus
from conformance.dlms.errors import DecodeError
from conformance.dlms.security.ciphered import GeneralGlobal, ServiceCiphered, is_dedicated
from conformance.dlms.security.general_ciphering import GeneralCiphering, IdentifiedKey
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.tester.reaction import Reaction, Reply

HIGHEST_FOLLOWED = 0xFFFF_0000
"""Above, too few counters are left for a key to be tested with."""
_ONE_OCTET = 1 << 24


def told_by(reaction: Reaction) -> int | None:
    """The counter that an exception-response asks for; None where none is asked for."""
    value = reaction.value if isinstance(reaction, Reply) else None
    return value.invocation_counter if isinstance(value, ExceptionResponse) else None


def reason_against(told: int, upcoming: int) -> str | None:
    """Why the client, whose counter goes on with `upcoming`, does not follow `told`; None where it does."""
    if little_endian(told, upcoming):
        return "its octets are in the wrong order, low octet first (little-endian)"
    if told > HIGHEST_FOLLOWED:
        return "the key would be all but used up"
    return None


def little_endian(told: int, upcoming: int) -> bool:
    """Whether a counter makes sense only low octet first: far ahead as it stands, a little ahead when swapped."""
    swapped = int.from_bytes(told.to_bytes(4, "big"), "little")
    return told - upcoming >= _ONE_OCTET and upcoming <= swapped < _ONE_OCTET


def under_global_key(octets: bytes) -> bool:
    """Whether a request is protected under the global unicast key, whose counter a refusal then speaks of."""
    try:
        value = apdus.decode(octets, deviations=[])
    except DecodeError:
        return False
    if isinstance(value, GeneralCiphering):
        return value.key_info is None or isinstance(value.key_info, IdentifiedKey)
    return isinstance(value, (ServiceCiphered, GeneralGlobal)) and not is_dedicated(octets[0])
