"""What a meter sends unasked, in general blocks: streamed to the end, acknowledged by nobody."""

from __future__ import annotations

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.meter.general_blocks.sending import Outgoing, data_octets


def pushed(apdu: bytes, pdu_octets: int) -> tuple[bytes, ...]:
    """An unconfirmed APDU in blocks of at most `pdu_octets` (0: any number), as they are sent one behind the other."""
    outgoing = Outgoing(data_octets(pdu_octets))
    outgoing.put(apdu)
    return tuple(
        GeneralBlockTransfer(
            last_block=part.last,
            streaming=True,
            window=0,
            block_number=part.number,
            block_number_ack=0,
            block_data=part.data,
        ).encode()
        for part in outgoing.window(outgoing.end)
    )
