"""What the embedded meter can be made to do wrong about frames as such: their form, addresses, timeouts and modes."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

_FORM: Final = (
    Defect(
        "hdlc-opening-flag-not-awaited",
        "After a pause the first octet begins a frame, whether it is a flag or not.",
        ("T_HDLC_FRAME_N1",),
        "The receiver is started by the first octet after a silence.",
    ),
    Defect(
        "hdlc-closing-flag-not-awaited",
        "A frame is served once it has as many octets as its length subfield says, without its closing flag.",
        ("T_HDLC_FRAME_N1", "T_HDLC_FRAME_P2"),
        "The length subfield alone ends the frame.",
    ),
    Defect(
        "hdlc-inter-octet-timeout-not-applied",
        "A frame that has begun is never given up: the next flag completes it.",
        ("T_HDLC_FRAME_P2", "T_HDLC_FRAME_N1"),
        "No timer runs between octets.",
    ),
    Defect(
        "hdlc-dead-after-short-frame",
        "After a frame that is too short no frame is answered.",
        ("T_HDLC_FRAME_N2",),
        "The length minus the fixed fields becomes negative and is used as unsigned.",
    ),
    Defect(
        "hdlc-format-type-not-checked",
        "Frames of any format type are served.",
        ("T_HDLC_FRAME_N3",),
        "Only the length subfield is taken out of the format.",
    ),
    Defect(
        "hdlc-length-not-checked",
        "Frames are served whatever their length subfield says.",
        ("T_HDLC_FRAME_N4",),
        "Frames are cut from flag to flag.",
    ),
)

_ADDRESSES: Final = (
    Defect(
        "hdlc-reply-address-shortened",
        "To an address of 2 or 4 octets the meter replies from one of 1 octet.",
        ("T_HDLC_ADDRESS_P1",),
        "The reply is built from the logical device, not from the address that was received.",
    ),
    Defect(
        "hdlc-reply-address-extended",
        "To an address of 1 octet the meter replies from one of 2 octets.",
        ("T_HDLC_ADDRESS_P1", "T_HDLC_FRAME_P1"),
        "Replies have the address that is configured, in one form.",
    ),
    Defect(
        "hdlc-ua-addresses-not-swapped",
        "UA has destination and source of the command.",
        ("T_HDLC_FRAME_P1", "T_HDLC_ADDRESS_P1"),
        "The header of the command is copied into the reply.",
    ),
    Defect(
        "hdlc-client-on-two-octets-answered",
        "Commands from a source address on 2 octets are served.",
        ("T_HDLC_ADDRESS_N1",),
        "One reader of addresses for both, and the length of the client's is not looked at.",
    ),
    Defect(
        "hdlc-unknown-logical-device-answered",
        "The link is set up for logical devices that do not exist.",
        ("T_HDLC_ADDRESS_N4",),
        "The upper address is left to the application layer.",
    ),
    Defect(
        "hdlc-unknown-physical-device-answered",
        "Commands for other physical devices are served.",
        ("T_HDLC_ADDRESS_N4",),
        "Only the upper address is compared: on a bus every meter answers.",
    ),
    Defect(
        "hdlc-one-octet-address-taken-too",
        "A meter that claims addresses of 2 and 4 octets answers to 1 octet too.",
        ("T_HDLC_ADDRESS_N6",),
        "A lower address that is absent counts as right.",
        addressing=(2, 4),
    ),
    Defect(
        "hdlc-padded-destination-taken",
        "A destination address with further octets of zero in front is taken.",
        ("T_HDLC_ADDRESS_N7",),
        "Octets are shifted into a number until the last one comes, however many there are.",
    ),
)

_MODES: Final = (
    Defect(
        "hdlc-ua-without-final",
        "UA does not have the F bit.",
        ("T_HDLC_FRAME_P1",),
        "A constant 63 in place of 73.",
    ),
    Defect(
        "hdlc-rr-without-final",
        "RR does not have the F bit.",
        ("T_HDLC_FRAME_P1",),
        "N(R) is put over the bit.",
    ),
    Defect(
        "hdlc-dm-with-wrong-fcs",
        "DM has a wrong FCS.",
        ("T_HDLC_FRAME_P1",),
        "A constant frame whose FCS was not computed again when the addresses changed.",
    ),
    Defect(
        "hdlc-disc-leaves-link-up",
        "DISC is answered with UA, but the link stays up.",
        ("T_HDLC_FRAME_P1",),
        "The reply is sent, the state is not changed.",
    ),
    Defect(
        "hdlc-i-frame-in-ndm-answered-rr",
        "An I-frame before the link is set up is acknowledged with RR.",
        ("T_HDLC_NDMOP_N1",),
        "Acknowledged in the driver, which does not know the mode.",
    ),
    Defect(
        "hdlc-undefined-control-ignored",
        "A frame with an undefined control field is not answered.",
        ("T_HDLC_FRAME_N5",),
        "A switch over the control fields without a default branch.",
    ),
    Defect(
        "hdlc-frmr-without-information",
        "FRMR has no information field.",
        ("T_HDLC_FRAME_N5",),
        "Built like the other unnumbered responses.",
    ),
    Defect(
        "hdlc-frmr-names-control-without-poll",
        "FRMR names the rejected control field without its P bit.",
        ("T_HDLC_FRAME_N5",),
        "The bit is cut off before the control field is decoded.",
    ),
    Defect(
        "hdlc-frmr-without-w",
        "FRMR for an undefined control field does not set W.",
        ("T_HDLC_FRAME_N5",),
        "The reasons are all zero.",
    ),
    Defect(
        "hdlc-frmr-with-wrong-fcs",
        "FRMR has a wrong FCS.",
        ("T_HDLC_FRAME_N5",),
        "Computed before the information field is filled in.",
    ),
    Defect(
        "hdlc-snrm-does-not-end-frame-reject",
        "After FRMR an SNRM is answered with FRMR again.",
        ("T_HDLC_FRAME_N5",),
        "Only DISC leaves the frame reject condition.",
    ),
)

_TIMEOUTS: Final = (
    Defect(
        "hdlc-inactivity-timeout-not-applied",
        "A link without frames stays up for ever.",
        ("T_HDLC_FRAME_P3",),
        "The timeout is an attribute that nobody reads.",
    ),
    Defect(
        "hdlc-inactivity-timeout-early",
        "A link ends after half of the inactivity timeout.",
        ("T_HDLC_FRAME_P3",),
        "The timer ticks twice as fast as its unit says.",
    ),
    Defect(
        "hdlc-inactivity-timeout-not-restarted",
        "The inactivity timeout runs from the set-up of the link on, whatever comes.",
        ("T_HDLC_FRAME_P3",),
        "Only SNRM starts the timer.",
    ),
)

HDLC_FRAME_DEFECTS: Final = (*_FORM, *_ADDRESSES, *_MODES, *_TIMEOUTS)
