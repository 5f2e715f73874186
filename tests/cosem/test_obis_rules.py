"""A logical name tells its quantity, its legal value groups, the classes that it may have and plausible units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cosem.class_tables import class_ids, meanings
from conformance.cosem.obis import octets_of
from conformance.cosem.obis_rules import classes_for, illegal_groups, medium_of, name_of, units_for
from conformance.cosem.obis_table import CodePattern, ObisTableError, group_rules, media


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("1-0:1.8.0.255", "sum Li active power + (QI+QIV), time integral 1, total"),
        ("1-1:1.8.2.3", "sum Li active power + (QI+QIV), time integral 1, rate 2, billing period 3 (channel 1)"),
        ("1-0:32.7.0.255", "L1 voltage, instantaneous value"),
        ("1-0:51.7.3.255", "L2 current, instantaneous value, harmonic 3"),
        ("1-0:1.6.0.255", "sum Li active power + (QI+QIV), maximum 1, total"),
        ("1-0:98.1.0.101", "data of billing period, scheme 1, last 1 billing period"),
        ("1-0:99.1.0.255", "load profile with recording period 1"),
        ("0-0:1.0.0.255", "clock"),
        ("0-0:43.1.2.255", "invocation counter 2"),
        ("0-2:24.2.1.255", "M-Bus value 2 (channel 2)"),
        ("0-0:10.0.1.255", "script table: MDI reset, end of billing period"),
        ("1-0:1.8.0.200", "manufacturer-specific"),
        ("0-0:94.31.0.255", "country-specific"),
        ("6-0:1.0.0.255", None),
    ],
)
def test_codes_have_names(code, name):
    assert name_of(octets_of(code)) == name


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("3-0:1.8.0.255", "A = 3 is no medium"),
        ("1-200:1.8.0.255", "B = 200 is reserved"),
        ("0-0:95.0.0.255", "C = 95 is reserved for abstract"),
        ("1-0:110.7.0.255", "C = 110 is reserved for electricity"),
        ("1-0:1.60.0.255", "D = 60 is reserved"),
        ("1-0:1.8.64.255", "E = 64 is reserved"),
        ("1-0:1.8.0.127", "F = 127 is reserved"),
    ],
)
def test_an_illegal_group_is_told(code, group):
    told = illegal_groups(octets_of(code))
    assert told is not None
    assert told.startswith(code)
    assert group in told


@pytest.mark.parametrize(
    "code",
    ["1-0:1.8.63.255", "1-0:31.7.124.255", "1-0:1.8.0.101", "0-0:40.0.0.255", "1-0:1.60.0.200", "1-130:95.60.0.127"],
)
def test_what_is_legal_or_a_manufacturers_own_is_not_told(code):
    assert illegal_groups(octets_of(code)) is None


@pytest.mark.parametrize(
    ("code", "classes"),
    [
        ("0-0:1.0.0.255", {8}),
        ("0-0:40.0.0.255", {12, 15}),
        ("0-0:41.0.0.255", {17}),
        ("0-0:44.0.0.255", {18}),
        ("0-0:25.9.0.255", {40}),
        ("0-0:96.1.0.255", {1, 3, 4}),
        ("0-0:96.3.10.255", {70}),
        ("1-0:1.8.0.255", {3, 4}),
        ("1-0:1.8.0.1", {3, 4, 7}),
        ("1-0:1.4.0.255", {3, 4, 5, 7, 21}),
        ("1-0:99.2.0.255", {7}),
        ("0-0:96.50.0.255", None),
        ("1-0:128.8.0.255", None),
        ("8-0:1.0.0.255", None),
    ],
)
def test_codes_have_classes(code, classes):
    assert classes_for(octets_of(code)) == classes


@pytest.mark.parametrize(
    ("code", "units"),
    [
        ("1-0:1.8.0.255", {"Wh"}),
        ("1-0:2.7.0.255", {"W"}),
        ("1-0:3.8.1.255", {"varh"}),
        ("1-0:63.7.0.255", {"var"}),
        ("1-0:9.8.0.255", {"VAh"}),
        ("1-0:10.6.0.255", {"VA"}),
        ("1-0:32.7.0.255", {"V"}),
        ("1-0:71.7.0.255", {"A"}),
        ("1-0:14.7.0.255", {"Hz"}),
        ("1-0:13.7.0.255", {"no unit, unitless, count"}),
        ("1-0:81.7.4.255", {"° (phase angle)"}),
        ("1-0:12.36.0.255", {"no unit, unitless, count"}),
        ("1-0:32.35.0.255", {"V", "%"}),
        ("0-0:96.9.2.255", {"%"}),
    ],
)
def test_codes_have_plausible_units(code, units):
    assert {meanings("unit")[unit] for unit in units_for(octets_of(code))} == units


@pytest.mark.parametrize("code", ["1-0:32.7.124.255", "1-0:82.8.0.255", "0-0:96.1.0.255", "1-0:1.8.0.200"])
def test_units_that_are_not_known_are_not_restricted(code):
    assert units_for(octets_of(code)) is None


def test_rules_name_only_classes_and_units_that_there_are():
    units = frozenset(meanings("unit"))
    outside = {100, 116, 140, 141, 142, 143}
    for medium in media().values():
        assert all(row.units <= units for row in medium.units)
        assert all((row.classes or frozenset()) <= frozenset(class_ids()) | outside for row in medium.objects)


def test_every_code_that_has_a_row_is_legal():
    for medium in media().values():
        for row in medium.objects:
            code = bytes(min(values) for values in row.codes.groups)
            assert illegal_groups(code) is None, row
            assert name_of(code) is not None, row


@given(st.binary(max_size=7))
def test_any_octets_can_be_asked_of(octets):
    assert name_of(octets) is None or name_of(octets)
    assert (illegal_groups(octets) is None) or len(illegal_groups(octets)) < 300
    assert classes_for(octets) != frozenset()
    assert units_for(octets) != frozenset()


def test_media_have_names():
    assert medium_of(octets_of("7-0:1.0.0.255")) == "gas"
    assert medium_of(b"") is None
    assert medium_of(octets_of("77-0:1.0.0.255")) is None


@pytest.mark.parametrize("text", ["1-0:1.8.0", "1-0:1.8.0.256", "1-0:9..1.8.0.255", "clock", "1-0:a.8.0.255"])
def test_a_pattern_that_is_none_is_an_error(text):
    with pytest.raises(ObisTableError):
        CodePattern.parse(text)


def test_a_pattern_fits_ranges_lists_and_anything():
    pattern = CodePattern.parse("1-0..2:1..3,9.8.*.255")
    assert pattern.fits(octets_of("1-2:9.8.77.255"))
    assert not pattern.fits(octets_of("1-3:9.8.77.255"))
    assert not pattern.fits(octets_of("1-2:4.8.77.255"))
    assert group_rules().media[15] == "other medium"
