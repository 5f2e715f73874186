"""What the embedded meter can be made to do wrong against the companion profile that it is made to."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

COMPANION_DEFECTS: Final = (
    Defect(
        "sap-assignment-not-listed",
        "The object_list of the management logical device lacks SAP assignment.",
        ("X_PROFILE_OBJECTS",),
        "The object answers, and was forgotten in the table that the list is made of.",
    ),
    Defect(
        "logical-device-name-listed-as-register",
        "The object_list has the logical device name as a Register.",
        ("X_PROFILE_OBJECTS",),
        "A row of the table copied from the one above it.",
    ),
    Defect(
        "clock-listed-as-version-1",
        "The object_list has the clock in version 1, which the class has not.",
        ("X_PROFILE_OBJECTS",),
        "One version for all classes of a table.",
    ),
    Defect(
        "logical-device-name-denied-to-public-client",
        "The object_list gives the public client no right to the logical device name.",
        ("X_PROFILE_RIGHTS",),
        "All rights of the public client were taken away when ciphering came.",
    ),
    Defect(
        "clock-writeable-by-public-client",
        "The object_list gives the public client the right to set the time.",
        ("X_PROFILE_RIGHTS",),
        "The rights of the client that sets the time, given to the row of all.",
    ),
    Defect(
        "active-energy-in-volt-ampere-hours",
        "The register of active energy import tells VAh.",
        ("X_PROFILE_UNITS",),
        "One constant for all energies; seen where the display says kWh all the same.",
    ),
    Defect(
        "public-client-rejected",
        "The association of the public client is rejected.",
        ("X_PROFILE_ASSOCIATIONS", "X_PROFILE_ASSOCIATION_SET"),
        "An association without authentication was taken for a weakness and left out.",
    ),
)
