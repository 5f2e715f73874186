"""What only who runs the exchange knows of it: kinds of finding beside the verdicts of a run."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.reasoning.statement import Sign

LINE_FAILED: Final = Sign(
    "line-failed",
    "The line failed, not the meter",
    "The port, the gateway or the connection broke while the subtest ran; what the meter seems to have done then is "
    "not its doing.",
    "Mend the line, then finish the run with --resume: what could not be judged is tried again.",
)
REPLY_TOO_LONG: Final = Sign(
    "reply-longer-than-pdu-size",
    "An APDU of the meter is longer than the client takes",
    "The client-max-receive-pdu-size bounds every xDLMS APDU to the client, with all that protects it.",
    "Count everything that stands in the APDU: tag, invoke-id, block header, and what protects it.",
)
REQUEST_TOO_LONG: Final = Sign(
    "request-longer-than-pdu-size",
    "An APDU of the client is longer than the meter takes",
    "The server-max-receive-pdu-size bounds every xDLMS APDU to the meter, with all that protects it.",
    "Use blocks; a meter may refuse what is longer than it takes.",
)
