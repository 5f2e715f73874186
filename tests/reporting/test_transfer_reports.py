"""Mechanisms of transfer side by side in the reports, and the lengths of APDUs."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pypdf
import pytest

from conformance.record.model import CaseHead, CaseRecord, DeviceRecord, RunHead, RunRecord, SubtestRecord, ToolRecord
from conformance.record.pdu_size import PduSizeRecord
from conformance.record.transfer_cost import Mechanism, TransferCostRecord
from conformance.record.verdict import Verdict
from conformance.reporting import html, pdf
from conformance.reporting.legible import percent
from conformance.reporting.transfer_view import MOST_ROWS, compared, sized

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
OBJECT_LIST = "class 15 0.0.40.0.0.255 attribute 2"
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def cost(mechanism: Mechanism, octets: int, trips: int, seconds: float, **more: object) -> TransferCostRecord:
    fields: dict[str, object] = {
        "association": "reading",
        "protection": "glo",
        "service": "GET",
        "attribute": OBJECT_LIST,
        "pdu_size": 128,
        "apdus_sent": trips,
        "apdus_received": trips,
        "frames_sent": trips,
        "frames_received": trips,
        "octets_sent": 100,
        "octets_received": octets - 100,
    }
    fields |= {"mechanism": mechanism, "round_trips": trips, "seconds": seconds, **more}
    return TransferCostRecord(**fields)  # type: ignore[arg-type]


OWN = cost(Mechanism.SERVICE_SPECIFIC, 1000, 40, 2.0)
GENERAL = cost(Mechanism.GENERAL, 800, 10, 1.5, window=6)
SIZES = PduSizeRecord(
    association="reading",
    client_max_receive_pdu_size=128,
    server_max_receive_pdu_size=1024,
    replies=41,
    longest_reply=128,
    requests=41,
    longest_request=1100,
    requests_beyond=1,
)


def run_of(*subtests: tuple[Verdict, tuple[TransferCostRecord, ...], tuple[PduSizeRecord, ...]]) -> RunRecord:
    head = RunHead(tool=ToolRecord(version="1"), started=STARTED, device=DeviceRecord(name="meter"))
    made = tuple(
        SubtestRecord(number=number, title="a", verdict=verdict, started=STARTED, transfers=transfers, pdu_sizes=sizes)
        for number, (verdict, transfers, sizes) in enumerate(subtests, 1)
    )
    case = CaseRecord.of(CaseHead(id="X_GBT_NEGOTIATION", title="a case", group="transfer", device="meter"), made)
    return RunRecord.of(head, (case,), finished=STARTED, complete=True)


def rows_of(source: str) -> dict[str, list[str]]:
    """The cells of each row of the section, by their heads."""
    section = source[source.index('<section class="transfer"') : source.index('<section class="subtests"')]
    found = {}
    for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', section, re.DOTALL):
        head, *cells = re.split(r"</th>|</td>", row)
        texts = [" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in cells]
        found[re.sub(r"<[^>]*>", "", head)] = [text for text in texts if text]
    return found


def text_of(document: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(document))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u200b", "").split())


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return run_of((Verdict.PASSED, (OWN,), (SIZES,)), (Verdict.PASSED, (GENERAL,), ()))


def test_both_mechanisms_stand_in_one_row_with_the_difference(record):
    """Of two subtests, or of one."""
    rows = rows_of(html.render(record, ()))

    own = ["40 + 40", "100 + 900", "40", "2.00 s"]
    general = ["6", "10 + 10", "100 + 700", "10", "1.50 s"]
    assert rows[f"GET {OBJECT_LIST}"] == ["128", *own, *general, "−20 %", "−75 %", "−25 %"]


def test_the_pdf_says_the_same(record):
    text = text_of(pdf.render(record, ()))

    assert "Data transfer" in text
    for cell in ("reading, glo", "100 + 900", "100 + 700", "−20 %", "−75 %", "−25 %"):
        assert cell in text


def test_the_lengths_of_an_association_are_one_row(record):
    rows = rows_of(html.render(record, ()))

    assert rows["reading"] == ["128 to 128", "41", "128", "1", "0", "41", "1100", "1"]
    assert "Filled" in text_of(pdf.render(record, ()))


def test_a_reply_that_is_too_long_is_marked():
    beyond = SIZES.model_copy(update={"longest_reply": 129, "replies_beyond": 2})
    record = run_of((Verdict.FAILED, (), (beyond,)))

    assert rows_of(html.render(record, ()))["reading"][4] == "▲ 2"
    assert "▲ 2" in text_of(pdf.render(record, ()))
    assert sized(record)[0].filled == 0


def test_a_size_without_a_limit_sets_no_range():
    free = SIZES.model_copy(update={"client_max_receive_pdu_size": 0, "longest_reply": 5000})
    (found,) = sized(run_of((Verdict.PASSED, (), (free,))))

    assert (found.smallest, found.replies, found.longest_reply) == (None, 0, 0)
    assert found.requests == 41


def test_what_has_failed_or_went_in_one_apdu_is_not_compared():
    whole = cost(Mechanism.NONE, 200, 1, 0.1)
    record = run_of((Verdict.FAILED, (OWN,), ()), (Verdict.PASSED, (whole,), ()))

    assert compared(record) == ()
    assert '<section class="transfer"' not in html.render(record, ())
    assert "Data transfer" not in text_of(pdf.render(record, ()))


def test_another_pdu_size_is_another_row_and_each_window_has_its_own():
    others = (cost(Mechanism.GENERAL, 850, 20, 1.6, window=2), cost(Mechanism.GENERAL, 700, 5, 1.0, pdu_size=512))
    (found,) = compared(run_of((Verdict.PASSED, (GENERAL, OWN, *others), ())))

    shown = [(row.pdu_size, row.general.window, row.octets_percent) for row in found.rows]
    assert shown == [(128, 2, -15.0), (128, 6, -20.0), (512, None, None)]


def test_times_of_zero_give_no_percentage():
    (found,) = compared(
        run_of(
            (Verdict.PASSED, (cost(Mechanism.SERVICE_SPECIFIC, 1000, 4, 0.0), cost(Mechanism.GENERAL, 900, 2, 0.0)), ())
        )
    )

    assert found.rows[0].seconds_percent is None
    assert [percent(None), percent(0.0), percent(-3.25), percent(12.4)] == ["–", "±0 %", "−3.2 %", "+12 %"]


def test_names_of_a_hostile_record_stay_harmless():
    record = run_of(
        (Verdict.PASSED, (cost(Mechanism.GENERAL, 900, 2, 1.0, attribute=HOSTILE, association=HOSTILE),), ())
    )
    source = html.render(record, ())

    assert "<img" not in source
    assert pdf.render(record, ()).startswith(b"%PDF")


def test_a_table_has_an_end():
    costs = tuple(cost(Mechanism.GENERAL, 900, 2, 1.0, pdu_size=size) for size in range(12, 12 + MOST_ROWS + 5))
    (found,) = compared(run_of((Verdict.PASSED, costs, ())))

    assert (len(found.rows), found.left) == (MOST_ROWS, 5)
