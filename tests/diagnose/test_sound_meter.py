"""On the recorded runs of the sound meter the diagnosis blames nobody."""

from __future__ import annotations

import pytest

from conformance.device.model import Profile
from conformance.diagnose.reasoning import rules
from conformance.diagnose.reasoning.statement import Sign
from tests.diagnose.defect_runs import device, diagnosed, items, recorded

REFUSED = {"data-access-result", "read-write-denied"}
"""What lists and ACCESS get for items that they name although they are not served."""
ACCUSING = {sign.code for module in rules.MODULES for sign in vars(module).values() if isinstance(sign, Sign)} - {
    "push-not-seen"
}
"""Signs of a fault of the meter; that a push is not seen says that it may have gone elsewhere."""
RUNS = [
    ("simulator", Profile.WRAPPER, "T_APPL_OPEN_1"),
    ("simulator", Profile.HDLC, "T_APPL_OPEN_1"),
    ("simulator-suite1", Profile.WRAPPER, "T_APPL_OPEN_1"),
    ("simulator-mechanisms", Profile.WRAPPER, "T_APPL_OPEN_1"),
    ("simulator", Profile.WRAPPER, "X_GBT_P1"),
    ("simulator", Profile.HDLC, "X_GBT_P1"),
    ("simulator", Profile.WRAPPER, "X_LIST_GET_P1"),
    ("simulator", Profile.WRAPPER, "X_LIST_SET_P1"),
    ("simulator", Profile.WRAPPER, "X_LIST_ACTION_P1"),
    ("simulator", Profile.WRAPPER, "X_LIST_READ_P1"),
    ("simulator", Profile.WRAPPER, "X_LIST_WRITE_P1"),
    ("simulator", Profile.WRAPPER, "X_ACCESS_P1"),
    ("simulator", Profile.WRAPPER, "X_BLOCK_SET_P1"),
    ("simulator", Profile.WRAPPER, "X_BLOCK_ACTION_P1"),
    ("simulator", Profile.WRAPPER, "X_SELECTIVE_RANGE_P1"),
    ("simulator", Profile.WRAPPER, "X_PUSH_P1"),
    ("simulator", Profile.WRAPPER, "X_PUSH_P3"),
    ("simulator", Profile.HDLC, "X_PUSH_P3"),
    ("simulator", Profile.WRAPPER, "T_SYMSEC_0_SecDataX_P1"),
    ("simulator", Profile.WRAPPER, "T_SYMSEC_0_BasicCap_1"),
]


@pytest.mark.parametrize(("config", "profile", "case"), RUNS)
def test_nobody_is_blamed_where_nothing_is_wrong(config, profile, case, tmp_path):
    """Every association and protection: nothing above `info`, but for what a list names to be refused."""
    meter = device(config, profile)
    looked_at = 0
    for number, (slot, made) in enumerate(items(case, meter)):
        path = recorded(made, slot, case, tmp_path / str(number))
        if path is None or made.verdict != "PASSED":
            continue
        found = diagnosed(path, meter)
        looked_at += 1
        grave = {statement.code for statement in found.statements if statement.severity != "info"}
        assert grave <= REFUSED, (slot, grave)
        blamed = {statement.code for statement in found.statements} & ACCUSING
        assert not blamed, (slot, blamed)
    assert looked_at
