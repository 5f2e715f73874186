"""What the embedded meter can be made to do wrong on the data link."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

LINK_DEFECTS: Final = (
    Defect(
        "link-drop-keeps-association",
        "An association goes on after its link was released or lost.",
        ("T_APPL_REL_P1",),
        "Seen in an open server: its state survives the TCP connection.",
    ),
    Defect(
        "hdlc-second-snrm-unanswered",
        "An SNRM on a link that is set up is not answered.",
        ("X_HDLC_SNRM_IN_NRM",),
        "Seen in an open server.",
    ),
    Defect(
        "hdlc-i-frame-before-snrm-answered",
        "An I-frame is served before the link is set up.",
        ("T_HDLC_NDMOP_N1",),
        "Seen in an open server.",
    ),
    Defect(
        "hdlc-disc-in-ndm-answered-ua",
        "DISC in normal disconnected mode is answered with UA.",
        ("T_HDLC_FRAME_P1",),
        "Seen in an open server.",
    ),
    Defect(
        "hdlc-too-long-information-accepted",
        "Information fields above the negotiated length are served.",
        ("T_HDLC_INFO_N1",),
        "The meter's own buffer is the limit.",
    ),
    Defect(
        "hdlc-receive-number-wrong-after-rr",
        "N(R) is counted wrong after RR.",
        ("T_HDLC_INFO_P1",),
        "Seen in an open server.",
    ),
    Defect(
        "hdlc-invalid-receive-number-ignored",
        "A wrong N(R) is not rejected.",
        ("T_HDLC_INFO_N2",),
        "The field is not looked at.",
    ),
    Defect(
        "hdlc-llc-of-the-command-in-replies",
        "Replies have the LLC header of commands, E6 E6 00.",
        ("T_HDLC_INFO_P1",),
        "Seen in an open server.",
    ),
    Defect(
        "hdlc-dead-after-wrong-hcs",
        "After one frame with a wrong HCS no frame is answered.",
        ("T_HDLC_FRAME_N7",),
        "Seen in an open server.",
    ),
    Defect(
        "hdlc-wrong-hcs-accepted",
        "Frames with a wrong HCS are served.",
        ("T_HDLC_FRAME_N7",),
        "Only the FCS is checked.",
    ),
    Defect(
        "hdlc-wrong-fcs-accepted",
        "Frames with a wrong FCS are served.",
        ("T_HDLC_FRAME_N8",),
        "Only the HCS is checked.",
    ),
)
