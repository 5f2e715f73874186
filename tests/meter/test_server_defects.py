"""The catalogue of defects: complete, consistent, and each of them a difference that can be seen."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import conformance.meter
from conformance.dlms import apdu as apdus
from conformance.dlms.xdlms.get import GetResponseNormal
from conformance.meter.defects import DEFECTS, UnknownDefectError, checked
from conformance.meter.link_defects import LINK_DEFECTS
from conformance.meter.meter import build
from conformance.meter.model.associations import MANAGEMENT, PUBLIC, READING, SN_READING

CASES = [
    "T_APPL_IDLE_N1",
    "T_APPL_OPEN_1",
    "T_APPL_OPEN_2",
    "T_APPL_OPEN_3",
    "T_APPL_OPEN_4",
    "T_APPL_OPEN_5",
    "T_APPL_OPEN_6",
    "T_APPL_OPEN_7",
    "T_APPL_OPEN_9",
    "T_APPL_OPEN_11",
    "T_APPL_OPEN_12",
    "T_APPL_OPEN_13",
    "T_APPL_OPEN_14",
    "T_APPL_DATA_LN_N1",
    "T_APPL_DATA_LN_N3",
    "T_APPL_DATA_LN_N4",
    "T_APPL_DATA_SN_N1",
    "T_APPL_DATA_SN_N2",
    "T_APPL_DATA_SN_N3",
    "T_APPL_REL_P1",
    "X_APPL_PRIORITY",
    "X_APPL_CONCURRENT",
    "X_APPL_UNCONFIRMED",
    "X_APPL_LLS",
    "X_APPL_HLS",
    "X_APPL_CHALLENGE",
    "X_APPL_ENCODING",
    "X_APPL_ROBUST",
]
GET = "C001C1000F0000280000FF0100"
SOURCES = [
    path
    for path in Path(conformance.meter.__path__[0]).rglob("*.py")
    if not path.stem.endswith("_defects") and path.stem != "defects"
]
SOURCES.append(Path(conformance.meter.__path__[0]) / "instance_defects.toml")
"""Its rows are the points at which the defects of the objects of every class are switched on."""


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_defect_to_catch(case):
    assert any(case in defect.cases for defect in DEFECTS.values())


def test_there_are_enough_of_them_and_each_says_what_it_is():
    assert len(DEFECTS) >= 50
    for name, defect in DEFECTS.items():
        assert name == defect.name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
        assert defect.title.endswith(".")
        assert defect.source.endswith(".")
        assert defect.cases


def test_each_defect_is_switched_on_at_one_point():
    text = "".join(path.read_text() for path in SOURCES)
    own = {name: text.count(f'"{name}"') for name in DEFECTS.keys() - {defect.name for defect in LINK_DEFECTS}}
    assert {name: points for name, points in own.items() if points != 1} == {}


def test_no_point_is_without_its_defect():
    switched = Counter()
    for path in SOURCES:
        switched.update(
            re.findall(
                r'"([a-z0-9-]+)"\s+(?:not )?in (?:self\._)?(?:self\._server\.|self\.|expected\.)?faults',
                path.read_text(),
            )
        )
    assert switched.keys() <= DEFECTS.keys()
    assert len(switched) > 50


def test_unknown_names_come_all_at_once_with_the_nearest():
    with pytest.raises(UnknownDefectError, match=r"'stoc-constnat'; did you mean 'stoc-constant'.*'xyz'") as caught:
        checked(["xyz", "stoc-constnat", "stoc-is-ctos"])
    assert caught.value.names == ("stoc-constnat", "xyz")
    with pytest.raises(UnknownDefectError):
        build(defects={"no-such-defect"})


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_a_faulty_meter_can_be_built_and_takes_an_aarq(name):
    for profile in ("hdlc", "wrapper"):
        meter = build(defects={name}, profile=profile)
        assert meter.defects == {name}
        reply = meter.server.connect().request(
            16, 1, bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF"), 0.0
        )
        assert reply[0] == 0x61


def test_defects_add_up(faulty):
    client = faulty("protocol-version-ignored", "user-list-ignored").client(READING)
    assert client.open(protocol_version="01", calling_ae_invocation_id=77).result == 0


def test_data_after_a_rejection(faulty):
    client = faulty("data-after-rejection").client(PUBLIC)
    assert client.open(protocol_version="01").result == 1
    assert isinstance(apdus.decode(client.send(GET)), GetResponseNormal)


def test_a_crash_is_for_good_and_for_everybody(faulty):
    bench = faulty("unknown-attribute-crashes")
    client, other = bench.client(READING).establish(), bench.client(SN_READING).establish()
    assert client.send("C001C1000F0000280000FF7F00") is None
    assert client.send(GET) is None
    assert other.send("050102FA00") is None
    assert bench.client(PUBLIC).open() is None


def test_a_kept_association_is_found_again_by_the_next_connection(faulty):
    bench = faulty("link-drop-keeps-association")
    assert bench.server.connect() is bench.server.connect()


def test_a_shift_register_gives_its_challenge_away(faulty):
    client = faulty("stoc-from-shift-register").client(MANAGEMENT)
    stoc = client.open().responding_authentication_value
    assert all(after & 0x7F == before >> 1 for before, after in pairwise(stoc))


def test_an_aare_out_of_order_is_a_deviation(faulty):
    for name in (
        "aare-components-out-of-order",
        "aare-length-one-too-small",
        "aare-long-form-lengths",
        "aare-result-not-minimal",
    ):
        client = faulty(name).client(PUBLIC)
        deviations = []
        apdus.decode(client.send(client.aarq()), deviations)
        assert deviations, name
