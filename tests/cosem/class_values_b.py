"""Values of classes 12 to 48 as sound meters send them, and values with one thing wrong."""

from __future__ import annotations

from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import (
    array,
    bit_string,
    boolean,
    date_time,
    double_long_unsigned,
    enum,
    integer,
    long,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
    visible_string,
)

NAME = octet_string(bytes.fromhex("0000190000FF"))
MOMENT = octet_string(bytes.fromhex("07E6090FFF0C1E00FF800000"))
"""2022-09-15 12:30:00, day of week and deviation not specified."""
WINDOW = structure(MOMENT, MOMENT)
ITEM = (long_unsigned(3), NAME, integer(2), long_unsigned(0))
ACTION = structure(NAME, long_unsigned(1))
NO_RESTRICTION = structure(enum(0), null())
BY_ENTRY = structure(enum(2), structure(double_long_unsigned(1), double_long_unsigned(9)))
CONTEXT = (unsigned(2), unsigned(16), long_unsigned(756), unsigned(5), unsigned(8), unsigned(1), unsigned(3))
DAY = structure(unsigned(1), array(structure(octet_string(bytes.fromhex("06000000")), NAME, long_unsigned(1))))
WEEK = structure(octet_string(b"w"), *(unsigned(1) for _ in range(7)))
SEASON = structure(octet_string(b"s"), MOMENT, octet_string(b"w"))
QOS = structure(*(unsigned(0) for _ in range(5)))


def protection(key_type: int, key: Data) -> Data:
    """protection_parameters_element with authentication and encryption under a key."""
    titles = (octet_string(b""), octet_string(b"ABC00001"), octet_string(b"ABC00002"), octet_string(b""))
    return structure(enum(2), structure(*titles, structure(enum(key_type), key)))


def listed(class_version: int, mode: int) -> Data:
    """object_list of Association LN with one object: an attribute with `mode`, and a method."""
    method = boolean(True) if class_version == 0 else enum(1)
    rights = structure(
        array(structure(integer(2), enum(mode), null())),
        array(structure(integer(1), method)),
    )
    return array(structure(long_unsigned(3), unsigned(0), NAME, rights))


def rights_of_short_names(mode: int, *selectors: Data) -> Data:
    """access_rights_list of Association SN with one object."""
    return array(
        structure(
            long(-1536),
            array(structure(integer(2), enum(mode), *selectors)),
            array(structure(integer(1), enum(1))),
        )
    )


SOUND: tuple[tuple[int, int, int, Data], ...] = (
    *((12, version, 2, array(structure(long(-1536), long_unsigned(12), unsigned(1), NAME))) for version in range(5)),
    (12, 2, 3, rights_of_short_names(6)),
    (12, 3, 3, rights_of_short_names(3, array(integer(1)))),
    (12, 4, 3, rights_of_short_names(0b0010_0111)),
    (12, 3, 5, array(structure(unsigned(1), visible_string("operator")))),
    (15, 0, 2, listed(0, 3)),
    (15, 1, 2, listed(1, 6)),
    (15, 3, 2, listed(3, 0b1110_0111)),
    (15, 2, 3, structure(integer(16), long_unsigned(1))),
    (15, 1, 4, structure(*CONTEXT)),
    (15, 1, 4, octet_string(bytes.fromhex("60857405080101"))),
    (17, 0, 2, array(structure(long_unsigned(1), octet_string(b"XDC0000000000001")))),
    (18, 0, 3, bit_string("1101")),
    (18, 0, 7, array(structure(double_long_unsigned(4096), octet_string(b"fw"), octet_string(b"\x01\x02")))),
    (19, 0, 2, enum(1)),
    (19, 1, 2, enum(2)),
    (20, 0, 3, array(SEASON)),
    (20, 0, 4, array(WEEK)),
    (20, 0, 5, array(DAY)),
    (21, 0, 2, array(long_unsigned(2300), long_unsigned(2070))),
    (21, 0, 4, array(structure(ACTION, ACTION))),
    (22, 0, 2, ACTION),
    (22, 0, 4, array(structure(octet_string(bytes.fromhex("00000000")), octet_string(bytes.fromhex("FFFFFF01FF"))))),
    (23, 0, 5, long_unsigned(128)),
    (23, 1, 5, long_unsigned(2030)),
    (24, 0, 5, enum(10)),
    (24, 1, 2, enum(128)),
    (25, 0, 4, enum(1)),
    (26, 0, 2, long_unsigned(1)),
    (27, 0, 3, array(structure(octet_string(b"ATZ"), octet_string(b"OK")))),
    (27, 1, 3, array(structure(octet_string(b"ATZ"), octet_string(b"OK"), long_unsigned(200)))),
    (28, 0, 3, array(WINDOW)),
    (28, 2, 7, array(structure(octet_string(b"+49"), enum(1)))),
    (29, 0, 6, array(octet_string(b"0123"))),
    (29, 1, 2, enum(6)),
    (29, 2, 2, enum(104)),
    (29, 2, 2, enum(200)),
    (30, 0, 3, array(structure(*ITEM, BY_ENTRY))),
    (30, 0, 4, array(protection(0, enum(0)), protection(1, structure(enum(0), octet_string(b"\x00" * 24))))),
    (40, 0, 2, array(structure(*ITEM))),
    (40, 1, 2, array(structure(*ITEM, NO_RESTRICTION))),
    (40, 2, 2, array(structure(*ITEM, BY_ENTRY, array(structure(*ITEM))))),
    (40, 1, 3, structure(enum(200), octet_string(b"x"), enum(128))),
    (40, 2, 7, structure(long_unsigned(1), long_unsigned(100), long_unsigned(9))),
    (40, 2, 12, structure(date_time(CosemDateTime()), double_long_unsigned(0))),
    (41, 0, 4, long_unsigned(576)),
    (42, 0, 5, array(structure(unsigned(7), unsigned(3), octet_string(b"\x04")))),
    (43, 0, 2, octet_string(bytes.fromhex("00005E005301"))),
    (44, 0, 3, array(structure(unsigned(1), unsigned(4), long_unsigned(1500)))),
    (44, 0, 5, null()),
    (45, 0, 4, structure(QOS, QOS)),
    (46, 0, 2, long_unsigned(25)),
    (47, 0, 6, structure(long_unsigned(1), long_unsigned(2), unsigned(31), unsigned(99))),
    (
        47,
        1,
        6,
        structure(
            double_long_unsigned(1),
            long_unsigned(2),
            unsigned(99),
            unsigned(7),
            long_unsigned(262),
            long_unsigned(1),
            double_long_unsigned(3),
        ),
    ),
    (47, 2, 5, enum(9)),
    (48, 0, 4, array(octet_string(bytes.fromhex("20010DB8000000000000000000000001")))),
    (48, 0, 10, array(structure(unsigned(3), long_unsigned(10000), double_long_unsigned(5)))),
)
"""class_id, version, attribute, a value that has no fault."""

WRONG: tuple[tuple[int, int, int, Data, str], ...] = (
    (12, 1, 2, array(structure(long_unsigned(64000), long_unsigned(12), unsigned(1), NAME)), "[0].base_name"),
    (12, 2, 3, rights_of_short_names(7), "[0].attribute_access[0].access_mode"),
    (12, 3, 6, structure(unsigned(1), octet_string(b"operator")), "user_name"),
    (15, 0, 2, listed(0, 4), "[0].access_rights.attribute_access[0].access_mode"),
    (15, 0, 2, listed(1, 1), "[0].access_rights.method_access[0].access_mode"),
    (15, 2, 2, listed(2, 7), "[0].access_rights.attribute_access[0].access_mode"),
    (15, 2, 2, listed(0, 1), "[0].access_rights.method_access[0].access_mode"),
    (15, 2, 3, structure(unsigned(16), long_unsigned(1)), "client_SAP"),
    (15, 2, 3, structure(integer(16), long_unsigned(16384)), "server_SAP"),
    (15, 2, 4, structure(*CONTEXT[:-1]), ""),
    (15, 2, 4, structure(*CONTEXT[:-1], unsigned(5)), "context_id_element"),
    (15, 2, 8, enum(3), ""),
    (15, 2, 9, octet_string(b"\x00" * 5), ""),
    (17, 0, 2, array(structure(unsigned(1), octet_string(b"X"))), "[0].SAP"),
    (18, 0, 6, enum(8), ""),
    (18, 0, 7, array(structure(double_long_unsigned(1), octet_string(b"fw"))), "[0]"),
    (19, 0, 2, enum(2), ""),
    (19, 1, 3, enum(10), ""),
    (20, 0, 4, array(structure(octet_string(b"w"), *(unsigned(1) for _ in range(6)))), "[0]"),
    (
        20,
        0,
        5,
        array(structure(unsigned(1), array(structure(MOMENT, NAME, long_unsigned(1))))),
        "[0].day_schedule[0].start_time",
    ),
    (20, 0, 10, octet_string(b"\x07\xe6"), ""),
    (21, 0, 2, array(structure(long_unsigned(1))), "[0]"),
    (21, 0, 4, array(structure(ACTION, structure(NAME, unsigned(1)))), "[0].action_down.script_selector"),
    (22, 0, 3, enum(0), ""),
    (22, 0, 4, array(structure(MOMENT, octet_string(bytes.fromhex("FFFFFF01FF")))), "[0].time"),
    (23, 0, 5, long_unsigned(2030), ""),
    (23, 1, 3, unsigned(8), ""),
    (23, 1, 7, long_unsigned(19), ""),
    (24, 0, 2, octet_string(b"\x00" * 5), ""),
    (24, 1, 2, enum(2), ""),
    (25, 0, 4, enum(2), ""),
    (26, 0, 3, long_unsigned(1), ""),
    (27, 0, 3, array(structure(octet_string(b"ATZ"), octet_string(b"OK"), long_unsigned(200))), "[0]"),
    (27, 1, 3, array(structure(octet_string(b"ATZ"), octet_string(b"OK"), unsigned(200))), "[0].delay_after_response"),
    (28, 0, 2, enum(4), ""),
    (28, 2, 6, structure(unsigned(1)), ""),
    (28, 2, 7, array(structure(octet_string(b"+49"), enum(2))), "[0].call_type"),
    (29, 0, 2, enum(4), ""),
    (29, 1, 2, enum(101), ""),
    (29, 2, 5, array(structure(MOMENT)), "[0]"),
    (30, 0, 4, array(protection(3, enum(0))), "[0].protection_options.key_info.key_info_type"),
    (30, 0, 6, bit_string("111"), ""),
    (40, 0, 2, array(structure(*ITEM, NO_RESTRICTION)), "[0]"),
    (40, 1, 2, array(structure(*ITEM)), "[0]"),
    (40, 2, 2, array(structure(*ITEM, structure(enum(3), null()), array())), "[0].restriction.restriction_type"),
    (40, 1, 3, structure(enum(9), octet_string(b"x"), enum(0)), "transport_service"),
    (40, 2, 7, long_unsigned(5), ""),
    (40, 2, 11, enum(3), ""),
    (40, 2, 12, structure(MOMENT, double_long_unsigned(0)), "confirmation_start_date"),
    (41, 0, 4, long_unsigned(39), ""),
    (41, 0, 5, unsigned(0), ""),
    (42, 0, 8, unsigned(1), ""),
    (42, 0, 5, array(structure(unsigned(1), unsigned(3), octet_string(b"\x04"))), "[0].IP_Option_Type"),
    (43, 0, 2, octet_string(b""), ""),
    (44, 0, 3, array(structure(unsigned(4), unsigned(4), long_unsigned(1))), "[0].LCP_Option_Type"),
    (44, 0, 5, octet_string(b"secret"), ""),
    (45, 0, 4, structure(QOS), ""),
    (46, 0, 2, double_long_unsigned(25), ""),
    (47, 0, 5, enum(5), ""),
    (47, 0, 6, structure(long_unsigned(1), long_unsigned(2), unsigned(32), unsigned(0)), "signal_quality"),
    (47, 1, 5, enum(7), ""),
    (47, 2, 8, MOMENT, ""),
    (48, 0, 4, array(octet_string(b"\x20\x01")), "[0]"),
    (48, 0, 9, unsigned(64), ""),
)
"""class_id, version, attribute, a value with one thing wrong, and the place of the fault below the attribute's name."""
