"""What the embedded meter can be made to do wrong with its objects: values, rights, and the list of them."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

OBJECT_DEFECTS: Final = (
    Defect(
        "data-logical-name-is-class-and-name",
        "logical_name of a Data object has eight octets: the class_id goes before it.",
        ("T_COSEM_1_0",),
        "The key of the object table, class and name, is served as the name.",
    ),
    Defect(
        "data-read-right-not-enforced",
        "A Data object that the object_list denies is served.",
        ("T_COSEM_1_0",),
        "The rights are shown in the list, and looked at by no service.",
    ),
    Defect(
        "data-write-allowed-but-refused",
        "A Data object that may be written refuses every write.",
        ("T_COSEM_1_0",),
        "The table of rights behind SET was not updated with the list.",
    ),
    Defect(
        "data-write-loses-last-octet",
        "An octet-string that is written loses its last octet.",
        ("T_COSEM_1_0",),
        "The length is stored as for a string with an end mark.",
    ),
    Defect(
        "register-scaler-unit-lacks-unit",
        "scaler_unit has the scaler and no unit.",
        ("T_COSEM_3_0",),
        "A count of elements copied from another structure.",
    ),
    Defect(
        "register-unit-reserved",
        "The unit of a register is 0, which stands for none.",
        ("T_COSEM_3_0",),
        "A register whose unit nobody has configured; unitless is 255.",
    ),
    Defect(
        "register-value-is-structure",
        "The value of a register is wrapped in a structure.",
        ("T_COSEM_3_0",),
        "Value and status are encoded by one function.",
    ),
    Defect(
        "register-write-right-not-enforced",
        "A SET of a register is confirmed, though the object_list denies it; nothing is stored.",
        ("T_COSEM_3_0",),
        "A stub of SET that returns success.",
    ),
    Defect(
        "register-refused-write-spoils-scaler",
        "A SET of scaler_unit is refused, and the scaler is another afterwards.",
        ("T_COSEM_3_0",),
        "The value is decoded into place before the right is looked up.",
    ),
    Defect(
        "object-listed-and-not-there",
        "The object_list has a register that the meter has not.",
        ("T_COSEM_3_0",),
        "The list is a constant of a larger member of the family of meters.",
    ),
    Defect(
        "extended-register-capture-time-short",
        "capture_time has eleven octets.",
        ("T_COSEM_4_0",),
        "The clock status is left out.",
    ),
    Defect(
        "extended-register-scaler-unsigned",
        "The scaler is unsigned.",
        ("T_COSEM_4_0",),
        "One type for all octets.",
    ),
    Defect(
        "extended-register-row-lacks-capture-time",
        "The row of the object_list lacks capture_time.",
        ("T_COSEM_4_0",),
        "The row was copied from a register's and completed by hand.",
    ),
    Defect(
        "object-listed-twice",
        "The object_list has an object twice.",
        ("T_COSEM_4_0",),
        "Two modules register the same object.",
    ),
    Defect(
        "profile-capture-object-lacks-data-index",
        "capture_objects have three elements each.",
        ("T_COSEM_7_1",),
        "Written for an older version of the class.",
    ),
    Defect(
        "profile-sort-method-0",
        "sort_method is 0, which no method has.",
        ("T_COSEM_7_1",),
        "Enumerations counted from 0.",
    ),
    Defect(
        "profile-entries-of-two-octets",
        "profile_entries is long-unsigned.",
        ("T_COSEM_7_1",),
        "The type of the counter in the firmware is taken for that of the attribute.",
    ),
    Defect(
        "sn-base-name-of-second-attribute",
        "base_name in the list is the name of the second attribute.",
        ("T_COSEM_7_1",),
        "The table of short names was made without the logical names.",
    ),
    Defect(
        "clock-time-zone-of-one-octet",
        "time_zone is an integer of one octet.",
        ("T_COSEM_8_0",),
        "Counted in hours, as many clocks do.",
    ),
    Defect(
        "clock-base-unknown",
        "clock_base is 9, which has no meaning.",
        ("T_COSEM_8_0",),
        "A source of time of the maker's own.",
    ),
    Defect(
        "clock-daylight-savings-begin-null",
        "daylight_savings_begin is null-data.",
        ("T_COSEM_8_0",),
        "Without daylight saving there is nothing to say, and null-data seems to say it.",
    ),
    Defect(
        "clock-row-has-attribute-10",
        "The row of the clock has ten attributes.",
        ("T_COSEM_8_0",),
        "The number of attributes in the list is a constant for all classes.",
    ),
    Defect(
        "clock-method-right-not-enforced",
        "Methods of the clock are carried out for a client that the object_list denies them.",
        ("T_COSEM_8_0",),
        "Rights are kept for attributes only.",
    ),
    Defect(
        "clock-allowed-method-refused",
        "Methods of the clock are refused though the object_list allows them.",
        ("T_COSEM_8_0",),
        "ACTION is forwarded to objects that a hard-coded table names.",
    ),
    Defect(
        "script-service-id-0",
        "service_id of a script's action is 0.",
        ("T_COSEM_9_0",),
        "Enumerations counted from 0.",
    ),
    Defect(
        "script-table-unknown-method-succeeds",
        "A method that the class has not is confirmed.",
        ("T_COSEM_9_0",),
        "The switch over the methods has no default.",
    ),
    Defect(
        "sn-object-list-class-of-one-octet",
        "class_id in the object_list is unsigned.",
        ("T_COSEM_12_2",),
        "All classes that the meter has are below 256.",
    ),
    Defect(
        "association-partners-unsigned",
        "client_SAP of associated_partners_id is unsigned.",
        ("T_COSEM_15_2",),
        "A SAP is no negative number; the standard says integer all the same.",
    ),
    Defect(
        "association-context-info-lacks-cyphering-info",
        "xDLMS_context_info has five elements.",
        ("T_COSEM_15_2",),
        "What is not used is left out.",
    ),
    Defect(
        "sap-list-null",
        "SAP_assignment_list is null-data.",
        ("T_COSEM_17_0",),
        "A physical device with a single logical device has nothing to list.",
    ),
    Defect(
        "hdlc-window-beyond-its-range",
        "window_size_transmit is 8.",
        ("T_COSEM_23_1",),
        "Sequence numbers go from 0 to 7, which are eight; a window of eight could not be acknowledged.",
    ),
    Defect(
        "hdlc-speed-unknown",
        "comm_speed is 11, beyond the enumeration.",
        ("T_COSEM_23_1",),
        "A speed that the standard does not know, with the next number.",
    ),
    Defect(
        "push-setup-listed-as-version-0",
        "A Push setup of version 1 is listed as version 0.",
        ("T_COSEM_40_0",),
        "New firmware, old list.",
    ),
    Defect(
        "push-destination-lacks-message",
        "send_destination_and_method has two elements.",
        ("T_COSEM_40_0",),
        "The message type is left out where there is one only.",
    ),
    Defect(
        "push-window-ends-missing",
        "A communication window has a start and no end.",
        ("T_COSEM_40_1",),
        "Windows without end.",
    ),
    Defect(
        "push-operation-method-unknown",
        "push_operation_method is 7, which has no meaning.",
        ("T_COSEM_40_2",),
        "Bits of a mask are shown as an enumeration.",
    ),
    Defect(
        "tcp-port-of-one-octet",
        "TCP-UDP_port is unsigned, and so another port.",
        ("T_COSEM_41_0",),
        "A cast to the type of a neighbour.",
    ),
    Defect(
        "ip-logical-name-of-other-instance",
        "logical_name of IPv4 setup differs from the object_list.",
        ("T_COSEM_42_0",),
        "The channel is counted from 1 in the object and from 0 in the list.",
    ),
    Defect(
        "mac-address-refused",
        "MAC_address is refused though the object_list lets it be read.",
        ("T_COSEM_43_0",),
        "Privacy was added to the service and forgotten in the list.",
    ),
    Defect(
        "security-policy-unsigned",
        "security_policy is unsigned.",
        ("T_COSEM_64_0",),
        "A mask of bits, and masks are unsigned.",
        security_suites=(0,),
    ),
    Defect(
        "certificate-info-lacks-name",
        "A row of certificates lacks its last element.",
        ("T_COSEM_64_1",),
        "Written for a draft of the class.",
        security_suites=(1, 2),
    ),
)
