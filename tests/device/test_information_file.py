"""Conformance-test information files: the syntax with its bounds, what maps to a device config, and what is told."""

import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.device.information_file.device import imported
from conformance.device.information_file.reading import told
from conformance.device.information_file.syntax import DEEPEST, Block, Number, Quoted, SyntaxFault, Word, parse
from conformance.device.load import load

EXAMPLE = r"""
// A meter with two associations.
Identification = {
  Manufacturer = "\"Example Meters Ltd"
  FlagId = "\"EXM\""
  Type = "\"M100"; SerialNumber = "\"00012345"
  Management_Logical_Device_Name = "\"EXM0000000012345"
}
CommunicationProfile = {
  Profile = HDLC
  MaxInfoFieldLengthTransmit = 256, WindowSizeReceive = 3
  InactivityTimeout = 60
}
DoNotTest = [ ]
LogicalDevice = {
  SAP = 0x01
  LogicalDeviceName = "\"EXM0000000012345"
  ApplicationAssociations = {
    {
      ClientSAP = 16
      ApplicationContext = 1
      AuthenticationMechanism = 0
      ConformanceBlock = "001A1D"     // get, selective access and more
      Enable = TRUE
    }
    {
      Name = "\"Management"
      ClientSAP = 1
      ApplicationContext = "60857405080103"
      AuthenticationMechanism = GMAC
      ConformanceBlock = [ get, set, action ]
      SecuritySuite = 0
      GUEK = "000102030405060708090A0B0C0D0E0F"
      GAK = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
      ClientSystemTitle = "4558000000000001"
    }
  }
}
"""


def loaded(config, tmp_path):
    path = tmp_path / "imported.toml"
    path.write_text(config, encoding="utf-8")
    return load(path, secrets="placeholder")


def test_members_become_a_device_config_that_loads(tmp_path):
    config, _ = imported(EXAMPLE, "meter.cti")

    device = loaded(config, tmp_path)

    assert device.manufacturer == "EXM"
    assert device.model == "M100"
    assert device.logical_device(1).name == "EXM0000000012345"
    assert device.hdlc.max_information_field_length_transmit == 256
    assert device.hdlc.window_size_receive == 3
    assert device.hdlc.inactivity_timeout_s == 60
    public, management = device.associations
    assert (public.client_sap, public.context, public.mechanism) == (16, 1, 0)
    assert {bit.label for bit in public.conformance} >= {"get", "selective-access", "action"}
    assert (management.name, management.context, management.mechanism) == ("Management", 3, 5)
    assert management.client_system_title == bytes.fromhex("4558000000000001")


def test_no_secret_of_the_file_comes_into_the_config():
    config, _ = imported(EXAMPLE, "meter.cti")

    assert "0001020304" not in config
    assert "D0D1D2" not in config
    assert tomllib.loads(config)["association"][1]["encryption_key"] == {"env": "DLMS_MANAGEMENT_ENCRYPTION_KEY"}


def test_what_does_not_map_is_told_with_its_line():
    _, unmapped = imported(EXAMPLE, "meter.cti")

    assert told(unmapped) == ["line 14: DoNotTest", "line 24: LogicalDevice.(unnamed).Enable"]


def test_a_value_out_of_its_bounds_is_told_with_what_was_expected():
    _, unmapped = imported("LogicalDevice = { SAP = 1 AA = { ClientSAP = 16 Mechanism = 99 } }", "x")

    assert [str(item) for item in unmapped] == [
        "line 1: LogicalDevice.AA.Mechanism: expected an authentication mechanism: its name, or a number from 0 to 7"
    ]


def test_a_second_association_of_the_same_client_is_told_not_written(tmp_path):
    config, unmapped = imported("LD = { SAP = 1 AA = { { ClientSAP = 2 } { ClientSAP = 2 } } }", "x")

    assert len(loaded(config, tmp_path).associations) == 1
    assert "has another association already" in told(unmapped)[0]


def test_values_are_read_as_what_they_are():
    members = parse(r'A = "0aFF" B = "\"12" C = -5 D = 0x1F E = [ x, "y z" ] F = { G = 1.5 }')
    values = {member.name: member.value for member in members}

    assert values["A"].octets == b"\x0a\xff"
    assert values["B"] == Quoted("12", marked=True)
    assert values["B"].octets is None
    assert (values["C"], values["D"]) == (Number(-5), Number(31))
    assert [entry.value for entry in values["E"].entries] == [Word("x"), Quoted("y z")]
    assert isinstance(values["F"], Block)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A = ", "line 1, column 5: the end of the file, expected a value"),
        ("A = { B = 1", "line 1, column 12: the end of the file, expected } for the { of line 1"),
        ("A 1", "line 1, column 3: '1', expected = after 'A'"),
        ("A = 1\n  = 2", "line 2, column 3: '=', expected the name of a member"),
        ('A = "01\n', "line 1, column 5: a string that does not end on its line"),
        ("A = 1 § 2", "line 1, column 7: unexpected §"),
        ("A = [ 1 }", "line 1, column 9: '}', expected a value"),
    ],
)
def test_malformed_input_is_told_with_line_column_and_what_was_expected(text, message):
    with pytest.raises(SyntaxFault) as fault:
        parse(text)

    assert message in str(fault.value)


def test_nesting_is_bounded():
    parse("A = " + "{" * DEEPEST + "}" * DEEPEST)

    with pytest.raises(SyntaxFault, match="nest more than"):
        parse("A = " + "{" * 100_000)


def test_the_number_of_values_is_bounded():
    with pytest.raises(SyntaxFault, match="more than 50000 values"):
        parse("A = { " + "1 " * 60_000 + "}")


NAMES = st.sampled_from(
    """
    Manufacturer FlagId Type SerialNumber Profile HDLC LogicalDevice SAP LogicalDeviceName AA ClientSAP Name Context
    Mechanism ConformanceBlock SecuritySuite SecurityPolicy GUEK MasterKey DedicatedKey ClientSystemTitle UserId
    MaxReceivePduSize ServerSAP WindowSizeTransmit InactivityTimeout InterOctetTimeout Other
    """.strip().split()
)
SCALARS = st.one_of(
    st.integers(-3, 300).map(str),
    st.sampled_from(["1", "2", "7", "16", "HDLC", "TCP", "ln", "gmac", "TRUE", '""', '"001A1D"', '"FFFFFF"']),
    st.binary(max_size=9).map(lambda octets: f'"{octets.hex()}"'),
    st.text(max_size=20).map(
        lambda text: '"\\"' + "".join(c for c in text if c not in '"\\\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029') + '"'
    ),
)


def blocks(inner):
    entry = st.one_of(inner, st.tuples(NAMES, inner).map(" = ".join))
    return st.lists(entry, max_size=6).map(lambda entries: "{ " + " ".join(entries) + " }")


FILES = st.lists(st.tuples(NAMES, st.recursive(SCALARS, blocks, max_leaves=25)).map(" = ".join), max_size=8)


@settings(max_examples=150, deadline=None)
@given(FILES)
def test_any_well_formed_file_becomes_a_config_that_loads(members):
    config, _ = imported("\n".join(members), "x")

    with tempfile.TemporaryDirectory() as directory:
        assert loaded(config, Path(directory)).associations


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(alphabet='A={}[]",;\\/ \n01x.-', max_size=200)))
def test_any_text_is_read_or_refused_with_a_place(text):
    place = None
    try:
        tomllib.loads(imported(text, "x")[0])
    except SyntaxFault as fault:
        place = fault.line, fault.column

    assert place is None or min(place) >= 1
