"""What is wrong with the embedded meter below its APDUs is named from the recorded exchange."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from conformance.device.model import Acceptance, Profile
from conformance.diagnose.intake.reading import read
from conformance.diagnose.layers.below_apdus import findings
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.meter.hdlc_frame_defects import HDLC_FRAME_DEFECTS
from conformance.meter.hdlc_transfer_defects import HDLC_TRANSFER_DEFECTS
from conformance.meter.link_defects import LINK_DEFECTS
from conformance.meter.wrapper_defects import WRAPPER_DEFECTS
from conformance.record.frames import Place
from tests.diagnose.defect_runs import device, items, logged
from tests.suites import hdlc_cases, test_wrapper_cases
from tests.suites.hdlc_cases import Ended

TABLE = tomllib.loads((Path(__file__).parent / "layer_defects.toml").read_text(encoding="utf-8"))
DEFECTS = (*LINK_DEFECTS, *HDLC_FRAME_DEFECTS, *HDLC_TRANSFER_DEFECTS, *WRAPPER_DEFECTS)
BELOW, ABOVE = "below the APDUs", "in the APDUs"
RUN = sorted(name for name, wanted in TABLE["named"].items() if not wanted.get("whole_run"))


def test_every_defect_is_named_or_missed_with_a_reason():
    """Nothing is left out by forgetting it, and the case is one that claims the defect."""
    assert sorted(TABLE["named"] | TABLE["missed"]) == sorted(defect.name for defect in DEFECTS)
    assert TABLE["named"].keys() & TABLE["missed"].keys() == set()
    assert all(
        TABLE["named"][defect.name]["case"] in defect.cases for defect in DEFECTS if defect.name in TABLE["named"]
    )
    assert all(len(reason) > 8 for reason in TABLE["missed"].values())
    assert len(TABLE["named"]) >= 0.95 * len(DEFECTS)


@pytest.mark.parametrize("name", RUN)
def test_a_defect_is_named_and_the_sound_meter_is_not_accused_of_it(name, tmp_path_factory):
    """The statement stands in the diagnosis of the faulty run, and not in that of the sound one."""
    wanted = TABLE["named"][name]
    key = (wanted["code"], wanted.get("side", ""))
    forms = next(defect.addressing for defect in DEFECTS if defect.name == name)
    assert key in stated(wanted["case"], name, forms, tmp_path_factory)
    assert key not in stated(wanted["case"], "", forms, tmp_path_factory)


def stated(case: str, defect: str, forms: tuple[int, ...], factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Codes, each with and without the side that sent the frame."""
    return {item[:2] for item in _stated(case, defect, forms, str(factory.getbasetemp()))}


def grave(case: str, factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Codes above `info` on the sound meter, with the side that sent the frame."""
    found = _stated(case, "", (), str(factory.getbasetemp()))
    return {item[:2] for item in found if item[2] != "info" and item[3] == BELOW}


def ended(case: str, defects: tuple[str, ...], forms: tuple[int, ...]) -> list[Ended]:
    """The items of a case on a meter with defects, of which `forms` are the lengths of addresses that it claims."""
    if case.startswith("X_WRAPPER"):
        link = test_wrapper_cases.DATAGRAMS if case.endswith("_UDP") else test_wrapper_cases.STREAM
        return test_wrapper_cases.run(case, test_wrapper_cases.device(link, defects=defects))
    if case.startswith("T_APPL"):
        return [made for _, made in items(case, device("simulator", Profile.HDLC, *defects))]
    claimed = {"octets": forms[0], "addressing": forms} if forms else {}
    return hdlc_cases.run(case, hdlc_cases.device(acceptance=Acceptance.STRICT, defects=defects, **claimed))


@cache
def _stated(case: str, defect: str, forms: tuple[int, ...], folder: str) -> set[tuple[str, str, str, str]]:
    """What the recorded run shows: code, side that sent the frame, severity, and where the rule stands."""
    found: set[tuple[str, str, str, str]] = set()
    for number, item in enumerate(ended(case, (defect,) if defect else (), forms)):
        if item.trial is None or not item.trial.tape.frames:
            continue
        declared = item.trial.bench.device
        place = Place(declared.name, case, subtest=item.number)
        own = Path(folder) / "-".join(("layers", case, defect, *map(str, forms), str(number)))
        conversation = read(logged(item.trial.tape.frames, declared, place, own))
        said = [(statement, BELOW) for statement in findings(conversation, declared)]
        said += [(statement, ABOVE) for statement in diagnose(conversation, None, declared).statements]
        for statement, room in said:
            side = conversation.units[statement.frame - 1].direction or "" if statement.frame else ""
            found |= {(statement.code, one, statement.severity, room) for one in ("", side)}
    return found


@pytest.mark.parametrize("case", sorted({wanted["case"] for wanted in TABLE["named"].values()}))
def test_on_the_sound_meter_no_frame_of_the_meter_is_blamed(case, tmp_path_factory):
    """Its FRMR and DM are right answers to what the case does wrong; nothing else above info stands at its frames."""
    blamed = {code for code, side in grave(case, tmp_path_factory) if side == "S>C"}
    assert blamed <= {"frame-rejected-w", "frame-rejected-y", "frame-rejected-z", "link-lost"}
