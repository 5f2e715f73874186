"""What the embedded meter can be made to tell that is well typed and not true, and how its clock and image go wrong."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

_MANDATORY: Final = ("T_COSEM_MandatoryObjects",)
_SEVERAL: Final = ("T_COSEM_MultipleReferences",)
_PROFILE: Final = ("X_OBJECT_PROFILE",)
_TIME: Final = ("X_CLOCK_TIME",)
_SET: Final = ("X_CLOCK_SET",)
_METHODS: Final = ("X_CLOCK_METHODS",)
_TRANSFER: Final = ("X_IMAGE_TRANSFER",)
_REFUSED: Final = ("X_IMAGE_REFUSED",)

CONTENT_DEFECTS: Final = (
    Defect(
        "association-status-never-associated",
        "association_status stays association-pending in an open association.",
        _MANDATORY,
        "The status is set by pass 3 of HLS, and where there is no pass 3 by nobody.",
    ),
    Defect(
        "association-partner-is-another-client",
        "associated_partners_id has the SAP of the next client.",
        _MANDATORY,
        "An index into the table of clients that counts from 1.",
    ),
    Defect(
        "association-context-name-of-the-other-referencing",
        "application_context_name ends in the number of another context.",
        _MANDATORY,
        "One constant for all associations of the meter.",
    ),
    Defect(
        "association-conformance-as-declared-not-negotiated",
        "The conformance in xDLMS_context_info differs from the AARE's in a bit.",
        _MANDATORY,
        "Filled from the configuration, not from what was negotiated.",
    ),
    Defect(
        "association-max-send-size-of-the-buffer",
        "max_send_pdu_size is that of the meter's buffer, whatever the client takes.",
        _MANDATORY,
        "A constant where the client's size belongs.",
    ),
    Defect(
        "association-mechanism-name-of-another",
        "authentication_mechanism_name is that of another mechanism.",
        _MANDATORY,
        "The strongest mechanism of the meter stands in all association objects.",
    ),
    Defect(
        "sap-assigned-twice",
        "SAP_assignment_list has one SAP twice.",
        _MANDATORY,
        "The second entry is a copy of the first with another name.",
    ),
    Defect(
        "sap-list-lacks-last-device",
        "SAP_assignment_list lacks a logical device that answers.",
        _MANDATORY,
        "A logical device was added, and the list forgotten.",
    ),
    Defect(
        "device-name-of-17-octets",
        "The logical device name has 17 octets.",
        _MANDATORY,
        "A serial number that has grown by a digit.",
    ),
    Defect(
        "device-name-without-flag-identifier",
        "The logical device name begins with digits.",
        _MANDATORY,
        "The serial number is taken for the name.",
    ),
    Defect(
        "device-name-of-another-meter",
        "The logical device name is that of another meter.",
        _MANDATORY,
        "An image of the memory of one meter was loaded into all of a batch.",
    ),
    Defect(
        "device-name-not-listed",
        "The object_list lacks the logical device name.",
        _MANDATORY,
        "The object is served from another module than those that register themselves.",
    ),
    Defect(
        "get-list-of-four-rotated",
        "The results of a list of four attributes or more begin with the second.",
        _SEVERAL,
        "A ring buffer of results is read from the wrong end.",
    ),
    Defect(
        "get-list-in-blocks-backwards",
        "A list whose results need blocks is served from its end.",
        _SEVERAL,
        "The results are pushed onto a stack.",
    ),
    Defect(
        "profile-captures-what-is-not-there",
        "A capture object names an object that the meter has not.",
        _PROFILE,
        "The configuration of a larger member of the family of meters.",
    ),
    Defect(
        "profile-rows-lack-last-column",
        "Rows have a value less than there are capture objects.",
        _PROFILE,
        "capture_objects was changed, and the buffer kept.",
    ),
    Defect(
        "profile-time-as-seconds",
        "The clock column holds seconds since 1970.",
        _PROFILE,
        "The time is stored so, and not converted.",
    ),
    Defect(
        "profile-entries-in-use-one-less",
        "entries_in_use is one less than there are rows.",
        _PROFILE,
        "The number of the last row, counted from 0, is taken for the count.",
    ),
    Defect(
        "profile-sort-object-not-captured",
        "sort_object is none of the capture objects.",
        _PROFILE,
        "capture_objects was changed, and sort_object kept.",
    ),
    Defect(
        "profile-capture-period-of-an-hour",
        "capture_period is an hour, and rows come every quarter of an hour.",
        _PROFILE,
        "The new period is not in force before the buffer is reset.",
    ),
    Defect(
        "register-energy-in-reactive-unit",
        "Active energy is counted in varh.",
        ("X_OBJECT_UNITS",),
        "A row of the table of registers copied, the unit forgotten.",
    ),
    Defect(
        "register-scaler-without-its-sign",
        "The scaler of the frequency is 2 in place of -2.",
        ("X_OBJECT_UNITS",),
        "A decimal exponent stored as a number of digits.",
    ),
    Defect(
        "object-of-a-reserved-name",
        "The object_list has a register whose value group C is reserved.",
        ("X_OBJECT_OBIS",),
        "A name made up where one of the manufacturer's range belongs.",
    ),
    Defect(
        "object-of-a-class-that-the-name-has-not",
        "The object_list has an energy of class Script table.",
        ("X_OBJECT_OBIS",),
        "A class_id typed wrongly in a spreadsheet.",
    ),
    Defect(
        "object-version-differs-by-client",
        "The object_list gives the public client another version of a class than the others.",
        ("X_OBJECT_VERSIONS",),
        "The lists of the clients are tables of their own.",
    ),
    Defect(
        "clock-weekday-wrong",
        "The weekday is that of the next day.",
        _TIME,
        "A week that begins on Sunday.",
    ),
    Defect(
        "clock-deviation-with-the-other-sign",
        "The deviation of an hour east of Greenwich is 60 in place of -60, against time_zone.",
        _TIME,
        "The sign of the deviation is the opposite of what most programs use.",
    ),
    Defect(
        "clock-daylight-saving-not-flagged",
        "Daylight saving is enabled and in season, and the status does not say so.",
        _TIME,
        "The bit is set by the event that begins the season, which was missed.",
    ),
    Defect(
        "clock-status-not-that-of-the-time",
        "The attribute status differs from the status within the time.",
        _TIME,
        "Two copies of one octet.",
    ),
    Defect(
        "clock-an-hour-late",
        "The clock is an hour behind.",
        _TIME,
        "Local winter time set in summer.",
    ),
    Defect(
        "clock-daylight-savings-begin-in-month-13",
        "daylight_savings_begin is in month 13.",
        ("X_CLOCK_SETTINGS",),
        "A configuration that nothing checks.",
    ),
    Defect(
        "clock-daylight-deviation-too-large",
        "daylight_savings_deviation is beyond two hours.",
        ("X_CLOCK_SETTINGS",),
        "A largest value taken for none.",
    ),
    Defect(
        "clock-own-time-refused",
        "The time that the clock shows is refused when it is written.",
        _SET,
        "The status octet is compared with 0 bits that only the meter sets.",
    ),
    Defect(
        "clock-set-without-deviation-an-hour-off",
        "A time without deviation is taken for one of another zone.",
        _SET,
        "A default zone where the meter's own belongs.",
    ),
    Defect(
        "clock-takes-31-february",
        "31 February is taken, as 3 March.",
        _SET,
        "The day is checked against 31 only.",
    ),
    Defect(
        "clock-takes-hour-25",
        "Hour 25 is taken, as hour 1.",
        _SET,
        "The hour is reduced modulo 24.",
    ),
    Defect(
        "clock-confirms-month-13",
        "Month 13 is confirmed; nothing is set.",
        _SET,
        "The result of the driver of the clock is not looked at.",
    ),
    Defect(
        "clock-shift-reversed",
        "shift_time moves the clock the other way.",
        _METHODS,
        "The parameter is taken for the clock's error.",
    ),
    Defect(
        "clock-shift-without-limit",
        "shift_time takes more than 900 s.",
        _METHODS,
        "The range of the parameter is that of its type.",
    ),
    Defect(
        "clock-adjust-to-minute-does-nothing",
        "adjust_to_minute succeeds, and the clock is as before.",
        _METHODS,
        "A stub that returns success.",
    ),
    Defect(
        "clock-adjust-to-quarter-to-the-minute",
        "adjust_to_quarter adjusts to the minute.",
        _METHODS,
        "Two methods behind one function.",
    ),
    Defect(
        "image-block-size-0",
        "image_block_size is 0.",
        ("X_IMAGE_STATE",),
        "The size is known only once a transfer was initiated.",
    ),
    Defect(
        "image-block-status-not-updated",
        "image_transferred_blocks_status stays without a bit.",
        _TRANSFER,
        "The bits are written with the last block only.",
    ),
    Defect(
        "image-first-not-transferred-is-count-of-blocks",
        "image_first_not_transferred_block_number counts the blocks that have come.",
        _TRANSFER,
        "Right as long as blocks come in order.",
    ),
    Defect(
        "image-blocks-kept-at-initiate",
        "Blocks of an earlier transfer count for a new one.",
        _TRANSFER,
        "The flash is erased later, the bits never.",
    ),
    Defect(
        "image-blocks-in-order-only",
        "A block that is not the next is refused.",
        _TRANSFER,
        "The image is written to a stream.",
    ),
    Defect(
        "image-verified-with-a-block-missing",
        "An image with a block missing is verified.",
        _TRANSFER,
        "The check sum covers what has come.",
    ),
    Defect(
        "image-block-size-not-checked",
        "A block of another size than image_block_size is taken.",
        _REFUSED,
        "Blocks are copied by their own length.",
    ),
    Defect(
        "image-block-beyond-the-image-accepted",
        "A block behind the last is confirmed.",
        _REFUSED,
        "The number is compared with the capacity, not with the image.",
    ),
    Defect(
        "bad-image-verified",
        "Whatever has come is verified.",
        _REFUSED,
        "A verification that is left for the boot loader.",
    ),
    Defect(
        "image-activated-unverified",
        "An image that did not verify is activated.",
        _REFUSED,
        "image_activate looks at whether all blocks have come.",
    ),
    Defect(
        "image-initiated-while-disabled",
        "A transfer is initiated although image_transfer_enabled is FALSE.",
        _REFUSED,
        "The attribute is stored, and looked at by nobody.",
    ),
)
"""Values that are not true, clocks and images that go wrong."""
