"""What the embedded meter can be made to do wrong once frames are legal: modes, negotiation, transfer, recovery."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

_NEGOTIATION: Final = (
    Defect(
        "hdlc-ua-exceeds-the-proposal",
        "The UA tells what the meter can do, also where the client has proposed less.",
        ("T_HDLC_NDM2NRM_P1", "T_HDLC_NDM2NRM_P2", "X_HDLC_PARAMETERS"),
        "A constant UA: nothing of the SNRM is looked at.",
    ),
    Defect(
        "hdlc-default-length-not-applied",
        "After an SNRM without parameters information fields are as long as the meter can make them.",
        ("T_HDLC_NDM2NRM_P1",),
        "The default of 128 octets is taken for the client's business.",
    ),
    Defect(
        "hdlc-llc-not-counted-in-length",
        "The first segment of a reply is longer than negotiated by the octets of its LLC header.",
        ("T_HDLC_NDM2NRM_P1", "T_HDLC_INFO_P1"),
        "APDUs are cut into segments before the LLC header is put before them.",
    ),
    Defect(
        "hdlc-unknown-parameter-refused",
        "An SNRM with a parameter that the meter does not know is not answered.",
        ("X_HDLC_PARAMETERS",),
        "A switch over the identifiers whose default branch gives up.",
    ),
    Defect(
        "hdlc-parameter-on-two-octets-misread",
        "Of a length on more than one octet only the first is read.",
        ("X_HDLC_PARAMETERS",),
        "The length of the parameter is skipped, not used.",
    ),
    Defect(
        "hdlc-dead-after-group-overrun",
        "A parameter group longer than the information field ends all service on the link.",
        ("X_HDLC_PARAMETERS",),
        "Reading goes on behind the end of the frame.",
    ),
    Defect(
        "hdlc-second-snrm-keeps-numbers",
        "A second SNRM is answered, but N(S) and N(R) go on where they were.",
        ("X_HDLC_SNRM_IN_NRM",),
        "The state variables are reset by DISC only.",
    ),
    Defect(
        "hdlc-second-snrm-keeps-association",
        "The association goes on after a second SNRM.",
        ("X_HDLC_SNRM_IN_NRM",),
        "The application layer is told of DISC only.",
    ),
)

_SEQUENCE: Final = (
    Defect(
        "hdlc-window-exceeded",
        "The meter sends one I-frame more than the window holds.",
        ("T_HDLC_NDM2NRM_P2", "T_HDLC_INFO_P1"),
        "A comparison that is off by one.",
    ),
    Defect(
        "hdlc-window-of-requests-not-taken",
        "I-frames without the P bit are dropped, whatever window was negotiated.",
        ("T_HDLC_NDM2NRM_P2",),
        "Only a frame that calls for a reply is looked at.",
    ),
    Defect(
        "hdlc-segmentation-bit-not-set",
        "Segments of replies lack the segmentation bit.",
        ("T_HDLC_INFO_P1",),
        "The format octets are a constant.",
    ),
    Defect(
        "hdlc-send-number-wraps-too-early",
        "N(S) 0 follows on 6.",
        ("T_HDLC_INFO_P1",),
        "A window of 7 taken for the modulus.",
    ),
    Defect(
        "hdlc-reject-always-says-w",
        "Every FRMR gives an undefined control field as the reason.",
        ("T_HDLC_INFO_N1", "T_HDLC_INFO_N2"),
        "The information field of FRMR is a constant.",
    ),
    Defect(
        "hdlc-send-number-not-checked",
        "An I-frame out of sequence is served.",
        ("T_HDLC_INFO_N3",),
        "N(S) is echoed into N(R), never compared.",
    ),
    Defect(
        "hdlc-out-of-sequence-unanswered",
        "An I-frame out of sequence that polls gets no answer.",
        ("T_HDLC_INFO_N3",),
        "The frame is dropped, and its poll with it.",
    ),
    Defect(
        "hdlc-busy-client-not-heeded",
        "After RNR the meter goes on sending information.",
        ("X_HDLC_RECOVERY",),
        "RNR is handled as RR.",
    ),
)

_REPETITION: Final = (
    Defect(
        "hdlc-duplicate-served-again",
        "A repeated I-frame is served once more, under the numbers of the first.",
        ("X_HDLC_DUPLICATE",),
        "The reply is made anew where it should have been kept.",
    ),
    Defect(
        "hdlc-duplicate-counted",
        "A repeated I-frame moves N(R) on.",
        ("X_HDLC_DUPLICATE", "X_HDLC_RECOVERY"),
        "V(R) counts frames, not numbers.",
    ),
    Defect(
        "hdlc-duplicate-segment-joined",
        "A repeated segment stands twice in the request.",
        ("X_HDLC_DUPLICATE",),
        "Segments are copied before N(S) is compared.",
    ),
    Defect(
        "hdlc-duplicate-unanswered",
        "A repeated I-frame gets no answer, though it polls.",
        ("X_HDLC_DUPLICATE", "X_HDLC_RECOVERY"),
        "Duplicates are dropped as a whole.",
    ),
    Defect(
        "hdlc-lost-reply-forgotten",
        "A reply is gone once it was sent: RR that still asks for it gets RR.",
        ("X_HDLC_RECOVERY",),
        "The buffer is freed by sending, not by the acknowledgement.",
    ),
    Defect(
        "hdlc-repeated-reply-renumbered",
        "A reply that is asked for again comes under the next N(S).",
        ("X_HDLC_RECOVERY",),
        "V(S) counts transmissions.",
    ),
)

_BESIDE: Final = (
    Defect(
        "hdlc-ui-in-ndm-served",
        "A UI frame is served before the link is set up.",
        ("X_HDLC_UI",),
        "Unnumbered frames are handled before the mode is looked at.",
    ),
    Defect(
        "hdlc-ui-counted",
        "A UI frame moves N(R) on.",
        ("X_HDLC_UI",),
        "UI and I frames share their handling.",
    ),
    Defect(
        "hdlc-ui-answered-without-poll",
        "A UI frame without the P bit is answered.",
        ("X_HDLC_UI",),
        "Every request has a reply.",
    ),
    Defect(
        "hdlc-all-station-answered",
        "Frames to the all-station address are answered.",
        ("X_HDLC_BROADCAST",),
        "The address filter lets broadcasts pass and nobody asks again.",
    ),
    Defect(
        "hdlc-no-station-answered",
        "Frames to the no-station address are answered.",
        ("X_HDLC_BROADCAST",),
        "Address 0 stands for 'any' in the address filter.",
    ),
    Defect(
        "hdlc-apdu-without-llc-served",
        "An APDU without an LLC header is served.",
        ("X_HDLC_LLC",),
        "The header is skipped where it is there, and not missed where it is not.",
    ),
    Defect(
        "hdlc-llc-of-a-response-served",
        "An APDU under the LLC header of responses, E6 E7 00, is served.",
        ("X_HDLC_LLC",),
        "Only the first octet of the header is compared.",
    ),
    Defect(
        "hdlc-reply-late",
        "Replies come 2.5 s later than they could.",
        ("X_HDLC_TIMING",),
        "The communication task runs at the pace of the display.",
    ),
    Defect(
        "hdlc-gap-within-reply",
        "Replies stop for 0.12 s amid the frame.",
        ("X_HDLC_TIMING",),
        "The transmit buffer is filled in two goes by a task of low priority.",
    ),
)

HDLC_TRANSFER_DEFECTS: Final = _NEGOTIATION + _SEQUENCE + _REPETITION + _BESIDE
