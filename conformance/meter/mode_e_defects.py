"""What the embedded meter can be made to do wrong in the opening of IEC 62056-21, mode E."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

MODE_E_DEFECTS: Final = (
    Defect(
        "mode-e-wrong-baud-confirmed",
        "The confirmation of the selection names another baud rate than the client selected.",
        ("X_HDLC_MODE_E",),
        "The meter's own highest rate, or a constant, is sent in place of what was received.",
        mode_e=True,
    ),
    Defect(
        "mode-e-hdlc-without-opening",
        "HDLC frames are served before the sign-on.",
        ("X_HDLC_MODE_E",),
        "The port listens for frames whatever its configured protocol is.",
        mode_e=True,
    ),
    Defect(
        "mode-e-not-identified",
        "The identification message lacks the mark of mode E, though mode E is served.",
        ("X_HDLC_MODE_E",),
        "An identification kept from a firmware that had mode C only.",
        mode_e=True,
    ),
)
