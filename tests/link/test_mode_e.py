"""The opening of IEC 62056-21 in mode E, as the client: every message, every way to fail, and what is said of it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.link.clock import VirtualClock
from conformance.link.link import LinkError
from conformance.link.loopback import LoopbackLink
from conformance.link.mode_e import BAUD_CHARACTERS, TRANSITIONS, ChangeBaud, Input, ModeE, Send, State
from conformance.link.opening import ModeELink
from conformance.link.parity import characters_of, with_even_parity
from tests.link.scripted import ScriptedEndpoint

IDENTIFICATION = b"/XDC5\\2EMBEDDED\r\n"
CHOICE = b"\x06252\r\n"


def played(*messages: bytes | None, most_baud: int | None = None) -> tuple[ModeE, list[bytes | int]]:
    """A machine that hears `messages` one after the other, None for silence; what it has done."""
    machine = ModeE(most_baud)
    now = 0.0
    actions: list[Send | ChangeBaud] = [machine.begin(now)]
    for message in messages:
        while machine.state in (State.CHOOSING, State.CHANGING):
            now = machine.timer or now
            actions += machine.tick(now)
        if message is not None:
            actions += machine.receive(message, now)
        else:
            now = machine.timer or now
            actions += machine.tick(now)
    return machine, [
        characters_of(action.octets) or b"" if isinstance(action, Send) else action.baud for action in actions
    ]


def test_the_opening_goes_request_identification_choice_change_confirmation() -> None:
    machine, actions = played(with_even_parity(IDENTIFICATION), with_even_parity(CHOICE))

    assert actions == [b"/?!\r\n", CHOICE, 9600]
    assert (machine.state, machine.confirmed, machine.baud) == (State.OPEN, True, 9600)
    assert machine.identification == "/XDC5\\2EMBEDDED"
    assert machine.timer is None


def test_what_is_sent_has_even_parity() -> None:
    begun = ModeE().begin(0.0)

    assert begun.octets == bytes.fromhex("AF 3F 21 8D 0A")


@pytest.mark.parametrize(("character", "baud"), BAUD_CHARACTERS.items())
def test_the_character_of_the_meter_is_given_back_and_names_the_rate(character: str, baud: int) -> None:
    choice = b"\x062" + character.encode() + b"2\r\n"
    machine, actions = played(b"/XDC" + character.encode() + b"\\2M\r\n", choice)

    assert actions[1:] == [choice, baud]
    assert machine.state is State.OPEN


def test_a_meter_that_does_not_confirm_is_in_hdlc_all_the_same() -> None:
    machine, _ = played(IDENTIFICATION, None)

    assert (machine.state, machine.confirmed) == (State.OPEN, False)


def test_octets_that_a_lamp_left_before_a_message_do_no_harm() -> None:
    machine, _ = played(b"\xff\x00" + with_even_parity(IDENTIFICATION), b"\xfe" + with_even_parity(CHOICE))

    assert machine.state is State.OPEN


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([None], "no identification: nothing came upon /?! at 300 baud"),
        ([b"/XDC5EMBEDDED\r\n"], "offers no mode E, it is /XDC5EMBEDDED: no \\2"),
        ([b"/XDC5\\1EMBEDDED\r\n"], "offers no mode E"),
        ([b"/XDC9\\2EMBEDDED\r\n"], "baud rate character '9' of /XDC9\\2EMBEDDED is none of 0, 1, 2"),
        ([b"/XDCE\\2EMBEDDED\r\n"], "baud rate character 'E'"),
        ([with_even_parity(b"/?!\r\n")], "the head echoes; set echo=true"),
        ([bytes.fromhex("AF588043"), None], "no identification can be read at 300 baud: AF588043"),
        ([b"/XDC5" + b"X" * 100], "no identification can be read"),
        ([IDENTIFICATION, b"\x06242\r\n"], "the meter confirms 06323432"),
        ([IDENTIFICATION, b"\x15"], "did not change to HDLC, it sent 15"),
        ([IDENTIFICATION, b"\x020-0:C.1.0(72432595)\r\n"], "did not change to HDLC, it sent 02302D30"),
        ([IDENTIFICATION, bytes.fromhex("80F80080"), None], "no confirmation can be read at 9600 baud"),
    ],
)
def test_what_goes_wrong_is_told_with_what_to_do(messages: list[bytes | None], words: str) -> None:
    machine, _ = played(*messages)

    assert machine.state is State.FAILED
    assert words in machine.problem
    assert machine.timer is None


def test_a_meter_that_offers_more_than_the_link_allows_is_told() -> None:
    machine, _ = played(IDENTIFICATION, most_baud=4800)

    assert "offers 9600 baud, the link allows 4800" in machine.problem


def test_every_state_that_waits_has_an_end_by_time() -> None:
    waiting = set(State) - {State.OPEN, State.FAILED}

    assert {state for state, _ in TRANSITIONS} == waiting
    for state, what in product(waiting, (Input.TIME, Input.TIME_AND_OCTETS)):
        collects = state in (State.IDENTIFYING, State.CONFIRMING)
        assert ((state, what) in TRANSITIONS) == (what is Input.TIME or collects)


@given(st.lists(st.binary(max_size=60) | st.none(), max_size=8))
def test_whatever_comes_the_opening_ends_in_bounded_time(messages: list[bytes | None]) -> None:
    machine, _ = played(*messages)
    until = machine.timer or 0.0
    for _ in range(6):
        if machine.timer is not None:
            until = machine.timer
            machine.tick(until)

    assert machine.state in (State.OPEN, State.FAILED)
    assert until < 60.0
    assert bool(machine.problem) == (machine.state is State.FAILED)
    assert machine.problem.isprintable()


class Line:
    """A mode E meter on a loopback, and the rates that the client has set; deaf while their rates differ."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.rates: list[int] = []
        self.deaf = deaf
        endpoint = ScriptedEndpoint(self._answer)
        clock = VirtualClock()
        link = LoopbackLink(lambda: endpoint, clock)
        self.link = ModeELink(link, self.rates.append, where="serial:COM3")

    def _answer(self, octets: bytes, now: float) -> list[tuple[float, bytes]]:
        text = characters_of(octets)
        if self.deaf or text is None:
            return []
        answer = {b"/?!\r\n": IDENTIFICATION, CHOICE: CHOICE}.get(text)
        return [(now + 0.7, with_even_parity(answer))] if answer else [(now, octets)]


def test_a_link_is_opened_at_300_baud_and_speaks_at_the_rate_of_the_meter() -> None:
    line = Line()
    line.link.open()
    line.link.send(b"\x7e\xa0")

    assert line.rates == [300, 9600]
    assert line.link.receive(line.link.clock.now() + 1.0) == b"\x7e\xa0"
    assert line.link.last.identification == "/XDC5\\2EMBEDDED"


def test_a_meter_still_in_hdlc_is_spoken_to_at_the_rate_of_before() -> None:
    line = Line()
    line.link.open()
    line.link.close()
    line.deaf = True
    line.link.open()

    assert line.rates == [300, 9600, 300, 9600]


def test_a_meter_that_was_never_opened_and_says_nothing_is_an_error_with_what_to_do() -> None:
    line = Line(deaf=True)

    with pytest.raises(LinkError, match=r"serial:COM3: mode E: no identification.+look at the head"):
        line.link.open()
    assert line.link.clock.now() < 5.0
