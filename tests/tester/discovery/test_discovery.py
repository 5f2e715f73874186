"""Discovery sends no guess of any secret, is bounded in every way, and what a meter says cannot break the config."""

import tomllib
from dataclasses import replace

import pytest

from conformance.device.counters import MemoryCounters
from conformance.device.load import load
from conformance.device.model import Profile
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.hdlc.llc import COMMAND_HEADER
from conformance.dlms.security.secret import Secret
from conformance.dlms.wrapper import WrapperPdu
from conformance.link.link import LinkError
from conformance.link.make import Links
from conformance.link.url import parse_url
from conformance.meter.meter import build
from conformance.tester.discovery.findings import AssociationFound, Findings, Opened
from conformance.tester.discovery.plan import Given, Plan
from conformance.tester.discovery.survey import discover
from conformance.tester.discovery.written import NothingToWriteError, config_of
from tests.tester.discovery.dressings import dressed

PUBLIC = Plan(profile=Profile.WRAPPER, clients=(16,), servers=(1,), narrow=True)


class Overheard:
    """An endpoint that keeps what it receives, and answers as another one does."""

    def __init__(self, inner, heard):
        self._inner = inner
        self._heard = heard

    def receive(self, octets, now):
        self._heard.append(octets)
        self._inner.receive(octets, now)

    def __getattr__(self, name):
        return getattr(self._inner, name)


class Babbler:
    """A hostile meter: whatever it receives, it sends `octets`, `times` times."""

    closed = False

    def __init__(self, octets, times=1):
        self._octets = octets
        self._times = times
        self._due = []

    def connected(self, now):
        self._due = []

    def disconnected(self, now):
        self._due = []

    def receive(self, octets, now):
        self._due = [(now + 0.01, self._octets)] * self._times

    def outgoing(self, now):
        due, self._due = self._due, []
        return due

    def next_timer(self):
        return None

    def tick(self, now):
        pass


def found(plan, endpoint, told=None):
    lines = [] if told is None else told
    links = Links(parse_url("loopback:"), endpoint)
    return discover(plan, links, MemoryCounters(), lambda number, words: lines.append((number, words)))


def overheard(plan, profile="wrapper", **options):
    heard, meter = [], build(profile=profile, **options)
    return found(plan, lambda: Overheard(meter.endpoint(), heard)), heard


def apdus_of(heard):
    for octets in heard:
        if octets[:2] == b"\x00\x01":
            yield octets[8:]
        elif COMMAND_HEADER in octets:
            yield octets[octets.index(COMMAND_HEADER) + 3 : -3]


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
def test_without_secrets_no_password_no_pass_3_and_no_write_is_sent(profile):
    findings, heard = overheard(Plan(profile=Profile(profile)), profile)
    requests = list(apdus_of(heard))
    opened = [apdus.decode(octets, deviations=[]) for octets in requests if octets[:1] == b"\x60"]

    assert len(findings.associations) == 9
    assert all(isinstance(item, Aarq) and item.mechanism is not Mechanism.LLS for item in opened)
    # GET, get-next and Read are all that goes out beside AARQ: no SET, ACTION, Write, nothing ciphered.
    assert {octets[0] for octets in requests} == {0x60, 0xC0, 0x05}
    assert all(item.user_information[0] == 0x01 for item in opened)


def test_a_secret_goes_only_to_the_client_it_was_given_for():
    plan = Plan(
        profile=Profile.WRAPPER,
        given={(17, 2): Given(secrets={"secret": Secret(b"Conform1")}, references={"secret": ("env", "X")})},
    )
    findings, heard = overheard(plan)
    carrying = [octets for octets in heard if b"Conform1" in octets]

    assert carrying
    assert {WrapperPdu(2, 17, b"").encode()[:6]} == {octets[:6] for octets in carrying}
    assert [(item.server, item.client) for item in findings.opened if item.mechanism is Mechanism.LLS] == [(17, 2)]


def test_a_wrong_secret_is_tried_once():
    given = {(None, 2): Given(secrets={"secret": Secret(b"wrong")}, references={"secret": ("env", "X")}, user_id=1)}
    plan = replace(PUBLIC, clients=(2,), given=given)
    findings, heard = overheard(plan)

    assert sum(b"wrong" in octets for octets in heard) == 1
    assert findings.associations[0].opened is None
    assert "authentication-failure" in findings.associations[0].why_closed


def test_a_wrong_key_is_tried_once():
    keys = {"encryption_key": Secret(bytes(16)), "authentication_key": Secret(bytes(16))}
    references = {key: ("env", key) for key in keys}
    told = []
    meter = build(profile="wrapper")
    plan = replace(PUBLIC, clients=(16, 1), given={(1, 1): Given(secrets=keys, references=references)})

    findings = found(plan, meter.endpoint, told)

    assert sum("given" in words for _, words in told) == 1
    assert [item.client for item in findings.opened] == [16]


def test_every_attempt_is_told_with_what_came_of_it():
    made = dressed("simulator", Profile.HDLC)

    assert sum("AARQ" in line for line in made.told) > 50
    assert any("SNRM" in line for line in made.told)
    assert any("authentication-mechanism-name-not-recognised" in line for line in made.told)


def test_attempts_keep_to_the_pace():
    meter, told = build(profile="wrapper"), []
    links = Links(parse_url("loopback:"), meter.endpoint)
    plan = replace(PUBLIC, per_minute=6)

    findings = discover(plan, links, MemoryCounters(), lambda number, words: told.append(words))

    assert findings.attempts > 3
    assert links.clock.now() >= (findings.attempts - 1) * 10


def test_a_discovery_ends_with_its_time_and_keeps_what_it_has():
    meter = build(profile="wrapper")
    findings = found(Plan(profile=Profile.WRAPPER, most_s=30.0), meter.endpoint)

    assert findings.opened
    assert "time" in findings.notes[0]
    assert findings.attempts < 90


def test_a_discovery_ends_with_its_attempts():
    findings = found(Plan(profile=Profile.WRAPPER, most_attempts=10), build(profile="wrapper").endpoint)

    assert findings.attempts == 10
    assert "10 attempts" in findings.notes[0]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        bytes(range(256)) * 40,
        b"\x7e\xa0\x07\x21\x03\x73\x00\x00\x7e",
        WrapperPdu(1, 16, b"\x61\x80\xff\xff").encode(),
        WrapperPdu(1, 16, bytes.fromhex("C401C1000907000000000000FF")).encode(),
        WrapperPdu(7, 7, b"\x61\x00").encode(),
    ],
)
def test_a_hostile_peer_gives_findings_of_nothing_or_of_a_few_words(octets):
    findings = found(Plan(servers=(1,), clients=(16, 1), lower=(16,), most_s=300.0), lambda: Babbler(octets, 3))

    assert findings.opened == ()
    with pytest.raises(NothingToWriteError) as nothing:
        config_of(findings, PUBLIC)
    assert len(str(nothing.value)) < 700
    assert str(nothing.value).isprintable()


def test_a_link_that_cannot_be_opened_is_an_error_of_the_link():
    def nobody():
        raise LinkError("nobody is there")

    with pytest.raises(LinkError, match="nobody is there"):
        found(PUBLIC, nobody)


def test_what_is_closed_stands_as_comments_and_the_rest_loads(tmp_path):
    made = dressed("simulator", Profile.HDLC, knowing=False)
    path = tmp_path / "found.toml"
    path.write_text(made.text, encoding="utf-8")

    device = load(path, environ={})

    assert [(item.logical_device, item.client_sap) for item in device.associations] == [(1, 16), (17, 16)]
    assert '# mechanism = "hls-md5"' in made.text
    assert '# encryption_key = { env = "DLMS_FOUND_SIMULATOR_HDLC_MANAGEMENT_ENCRYPTION_KEY" }' in made.text


def test_what_is_closed_loads_once_its_comments_are_removed_and_its_variables_set(tmp_path):
    made = dressed("simulator", Profile.HDLC, knowing=False)
    tables = [block for block in made.text.split("\n\n") if "hls-md5" in block or "hls-gmac" in block]
    lines = [line.removeprefix("# ") for block in tables for line in block.splitlines() if is_key(line)]
    path = tmp_path / "found.toml"
    path.write_text(made.text + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    values = {"SECRET": "x" * 16, "ENCRYPTION_KEY": "00" * 16, "AUTHENTICATION_KEY": "11" * 16}
    names = {word.strip('"') for word in made.text.split() if word.startswith('"DLMS_')}
    environ = {name: next(value for end, value in values.items() if name.endswith(end)) for name in names}

    device = load(path, environ=environ)

    added = {(item.client_sap, item.mechanism) for item in device.associations}
    assert added >= {(3, Mechanism.HLS_MD5), (1, Mechanism.HLS_GMAC)}


def is_key(line):
    """Whether a line of comment is a key or table that is switched off, not a sentence."""
    return line.startswith(("# [", "# ]", "#   ")) or (line.startswith("# ") and " = " in line)


def test_names_from_a_meter_are_escaped():
    hostile = 'a"\n[x]\x1b[31m\u202e'.encode()[:16]
    inside = Opened(
        logical_device_name=hostile, sap_assignment=((1, hostile), (9, b"x")), notes=("x\n[evil]\ny = 1\x1b",)
    )
    item = AssociationFound(
        server=1,
        client=16,
        context=ApplicationContext.LN,
        mechanism=Mechanism.LOWEST,
        certain=True,
        opened=inside,
        also=("\x1b[2Jalso\r\nfoo = 1",),
    )
    findings = Findings(
        link="tcp://192.0.2.1:4059", profile=Profile.WRAPPER, servers=(1,), associations=(item,), notes=("n\no",)
    )

    text = config_of(findings, Plan(name='we"ird\nname'))

    assert "evil" not in tomllib.loads(text)
    assert all(line.isprintable() for line in text.splitlines())
    assert tomllib.loads(text)["logical_device"] == [{"sap": 1}]


def test_addresses_that_a_profile_does_not_have_are_left_out():
    plan = Plan(profile=Profile.HDLC, clients=(16, 200, 0xFFFF), servers=(1, 0xFFFF), lower=(16, 0x3000), narrow=True)

    findings, _ = overheard(plan, "hdlc")

    assert [(item.server, item.client) for item in findings.opened] == [(1, 16)]
