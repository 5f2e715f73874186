"""The device configs that ship: the embedded meter's, and those of five field captures."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from conformance.cosem.obis import octets_of
from conformance.device.content import shipped_device_configs
from conformance.device.evidence import evidence
from conformance.device.load import load
from conformance.device.model import Device, Protection
from conformance.device.schema import SCHEMA_FILE, device_schema, schema_text
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import decode_bits, encode_bits

CONFIGS = {path.stem: path for path in shipped_device_configs()}


def _device(name: str) -> Device:
    return load(CONFIGS[name], environ={}, secrets="placeholder")


@pytest.mark.parametrize("name", CONFIGS)
def test_every_shipped_config_loads_without_its_secrets(name: str) -> None:
    assert _device(name).name == name


@pytest.mark.parametrize("name", CONFIGS)
def test_every_shipped_config_is_valid_under_the_schema_it_names(name: str) -> None:
    text = CONFIGS[name].read_text(encoding="utf-8")
    document = tomllib.loads(text)
    for deviation in document.get("expected_deviation", []):
        deviation["expires"] = deviation["expires"].isoformat()

    jsonschema.Draft202012Validator(device_schema()).validate(document)
    assert text.startswith(f"#:schema ./{SCHEMA_FILE}\n")


def test_the_schema_beside_the_configs_is_the_current_one() -> None:
    shipped = CONFIGS["simulator"].with_name(SCHEMA_FILE).read_text(encoding="utf-8")

    assert shipped == schema_text(), "write conformance.device.schema.schema_text() to it again"


def test_the_schema_is_itself_valid_and_explains_every_key() -> None:
    schema = device_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    tables = {"device": schema, **schema["$defs"]}

    assert not [
        f"{table}.{key}"
        for table, definition in tables.items()
        for key, value in definition.get("properties", {}).items()
        if not value.get("description")
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("link", "profile"), "hdcl"),
        (("association", 0, "mechanism"), "hls"),
        (("association", 0, "clientsap"), 1),
        (("association", 1, "secret"), "plain"),
        (("association", 1, "secret"), {"env": "A", "file": "b"}),
        (("association", 2, "conformance"), ["gets"]),
    ],
)
def test_the_schema_refuses_what_loading_refuses(path: tuple[str | int, ...], value: object) -> None:
    document = tomllib.loads(CONFIGS["simulator"].read_text(encoding="utf-8"))
    table = document
    for step in path[:-1]:
        table = table[step]  # type: ignore[index]
    table[path[-1]] = value  # type: ignore[index]

    assert not jsonschema.Draft202012Validator(device_schema()).is_valid(document)


def test_the_embedded_meter_offers_its_five_associations() -> None:
    device = load(CONFIGS["simulator"], environ={})

    assert [(a.name, a.logical_device, a.client_sap, a.context, a.mechanism) for a in device.associations] == [
        ("public", 1, 16, ApplicationContext.LN, Mechanism.LOWEST),
        ("reading", 1, 2, ApplicationContext.LN, Mechanism.LLS),
        ("management", 1, 1, ApplicationContext.LN_CIPHERED, Mechanism.HLS_GMAC),
        ("sn-public", 17, 16, ApplicationContext.SN, Mechanism.LOWEST),
        ("sn-reading", 17, 2, ApplicationContext.SN, Mechanism.LLS),
    ]
    assert (device.link, device.embedded is not None, device.placeholders) == ("loopback:", True, False)


def test_the_management_association_shows_every_protection_of_suite_0() -> None:
    management = load(CONFIGS["simulator"], environ={}).association("management")

    assert management.protections == (
        Protection.GLO,
        Protection.DED,
        Protection.GENERAL_GLO,
        Protection.GENERAL_DED,
    )
    assert (management.initiate_protection, management.pass3_key) == (Protection.GLO, "global")
    assert (management.security_control, management.security_policy) == (0x30, 3)
    assert management.client_system_title == b"XDCLIENT"
    assert management.dedicated_key == "random"
    assert management.invocation_counter.association == "public"
    assert management.invocation_counter.attribute == AttributeDescriptor(1, octets_of("0-0:43.1.0.255"), 2)


def test_the_other_mechanisms_of_the_embedded_meter_have_a_config() -> None:
    device = load(CONFIGS["simulator-mechanisms"], environ={})

    assert {a.client_sap: a.mechanism for a in device.associations} == {
        3: Mechanism.HLS_MD5,
        4: Mechanism.HLS_SHA1,
        6: Mechanism.HLS_SHA256,
        7: Mechanism.HLS,
    }
    assert device.association("manufacturer").manufacturer_mechanism == "worked-example"


def test_wasion_has_a_four_octet_address_a_dedicated_key_and_a_counter_above_the_one_accepted() -> None:
    device = load(CONFIGS["wasion-im300"], environ={})
    association = device.associations[0]

    assert (device.hdlc.address_length, device.hdlc.server_lower, device.logical_devices[0].sap) == (4, 16, 1)
    assert encode_bits(association.conformance) == bytes.fromhex("00381F")
    assert association.dedicated_key == association.master_key
    assert association.invocation_counter.start > 0x01234567
    assert association.max_receive_pdu_size == 0


def test_elster_speaks_gmac_in_a_context_without_ciphering_and_block_transfer_of_the_general_kind() -> None:
    association = _device("elster-ip-module").associations[0]

    assert (association.context, association.mechanism) == (ApplicationContext.LN, Mechanism.HLS_GMAC)
    assert association.title_required
    assert association.initiate_protection is Protection.NONE
    assert decode_bits(bytes.fromhex("403ADD")) < association.conformance


def test_hexing_has_keys_of_zero_at_the_all_station_address() -> None:
    device = load(CONFIGS["hexing"], environ={})
    association = device.associations[0]

    assert device.hdlc.server_lower == 0x3FFF
    assert association.encryption_key is not None
    assert association.encryption_key.reveal() == bytes(16)
    assert encode_bits(association.conformance) == bytes.fromhex("601A1D")


def test_genus_wants_pass_3_under_the_global_key_though_a_dedicated_one_is_sent() -> None:
    association = _device("genus").associations[0]

    assert association.mechanism is Mechanism.HLS
    assert (association.dedicated_key, association.pass3_key) == ("random", "global")
    assert association.client_sap == 0x61 >> 1


def test_the_installer_is_user_100_in_general_ciphering_with_an_empty_title() -> None:
    association = _device("installer-client").associations[0]

    assert association.client_user_id == 100
    assert association.protections == (Protection.GENERAL_GLO,)
    assert association.initiate_protection is Protection.GENERAL_GLO
    assert association.empty_system_title
    assert encode_bits(association.conformance) == bytes.fromhex("40029D")


@pytest.mark.parametrize("name", CONFIGS)
def test_evidence_holds_the_whole_device_and_no_secret(name: str) -> None:
    device = _device(name)
    text = str(evidence(device)).upper()

    for _, secret in device.secrets():
        assert secret.reveal().hex().upper() not in text
        assert f"<SECRET SHA256:{secret.fingerprint.upper()}>" in text
    assert all(association.name.upper() in text for association in device.associations)


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    copy = tmp_path / "copy.toml"
    copy.write_bytes(CONFIGS["simulator"].read_bytes() + b"# changed\n")

    assert load(copy, environ={}).fingerprint != load(CONFIGS["simulator"], environ={}).fingerprint


def test_the_profile_of_the_embedded_meter_is_as_long_as_declared_and_named_for_cases() -> None:
    """By logical and by short name; a buffer is attribute 2 of a profile generic."""
    device = _device("simulator")

    assert device.embedded is not None
    assert device.embedded.profile_rows == 96
    named = [item for item in device.associations if item.targets.profile is not None]
    assert [item.name for item in named] == ["reading", "management", "sn-reading"]
    for item in named:
        assert item.targets.profile is not None
        assert (item.targets.profile.class_id, item.targets.profile.attribute_id) == (7, 2)
    assert named[-1].short_name(named[-1].targets.profile) == 0x0408
