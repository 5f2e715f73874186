"""How long the APDUs of a subtest were, held against what each side had said that it takes."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt

from conformance.record.part import Record
from conformance.record.text import Text


class PduSizeRecord(Record):
    """APDUs of one client under one negotiated pair of sizes; protection and block headers count, ACSE APDUs do not."""

    association: Text = ""
    """Name in the device config; empty where no declared one has these addresses."""
    client_max_receive_pdu_size: NonNegativeInt
    """Octets of the longest APDU that the client takes; 0 for any."""
    server_max_receive_pdu_size: NonNegativeInt | None = None
    """Octets of the longest APDU that the meter takes, 0 for any; null where its answer could not be read."""
    replies: NonNegativeInt = 0
    """APDUs from the meter."""
    longest_reply: NonNegativeInt = 0
    """Octets of the longest of them."""
    longest_reply_frame: PositiveInt | None = None
    """Number of the frame that completed it; null where no frame log is kept."""
    replies_beyond: NonNegativeInt = 0
    """How many were longer than the client takes."""
    requests: NonNegativeInt = 0
    """APDUs from the tester."""
    longest_request: NonNegativeInt = 0
    """Octets of the longest of them."""
    requests_beyond: NonNegativeInt = 0
    """How many were longer than the meter takes: stimuli that are to be refused, or sent on a tester's own account."""
