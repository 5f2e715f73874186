"""What a lab engineer sees when a device config is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.device.load import load
from conformance.device.problems import ConfigError
from tests.device.conftest import ASSOCIATION, CIPHERED, KEYS, METER, Bench


def _line(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


def test_a_sound_config_loads(bench: Bench) -> None:
    device = bench.load(METER + ASSOCIATION + CIPHERED)

    assert [association.name for association in device.associations] == ["reader", "management"]


def test_all_problems_are_told_at_once_with_file_and_line(bench: Bench) -> None:
    text = (METER + ASSOCIATION + CIPHERED).replace('"hdlc"', '"hdcl"').replace('"none"', '"nine"')
    text = text.replace("client_sap = 1\n", 'client_sap = "1"\n').replace('name = "acme-1"', 'nmae = "acme-1"')

    problems = bench.problems(text)

    assert [(problem.where, problem.line) for problem in problems] == [
        ("nmae", 1),
        ("link.profile", _line(text, "profile")),
        ("association[reader].mechanism", _line(text, "mechanism")),
        ("association[management].client_sap", _line(text, 'client_sap = "1"')),
    ]
    assert {problem.file for problem in problems} == {str(bench.path)}


def test_a_wrong_value_comes_with_the_allowed_ones_and_the_nearest(bench: Bench) -> None:
    problem = bench.problem((METER + CIPHERED).replace("hls-gmac", "hls_gmc"))

    assert problem.value == '"hls_gmc"'
    assert problem.nearest == "hls-gmac"
    assert "hls-sha256" in problem.allowed
    assert f"{bench.path}:" in str(problem)


def test_a_misspelt_key_is_one_problem_not_also_a_missing_one(bench: Bench) -> None:
    problem = bench.problem((METER + ASSOCIATION).replace("client_sap", "clientsap"))

    assert (problem.where, problem.nearest) == ("association[reader].clientsap", "client_sap")


def test_an_unknown_conformance_name_names_the_bits(bench: Bench) -> None:
    problem = bench.problem(METER + ASSOCIATION.replace('"get"', '"get", "selectve-access"'))

    assert problem.nearest == "selective-access"
    assert problem.where == "association[reader].conformance[2]"


def test_a_missing_key_says_what_it_is_for(bench: Bench) -> None:
    problem = bench.problem(METER + ASSOCIATION.replace("client_sap = 2\n", ""))

    assert "SAP of the client" in problem.message
    assert problem.line == _line(METER + ASSOCIATION, "[[association]]")


def test_an_unquoted_system_title_is_told_to_be_quoted(bench: Bench) -> None:
    problem = bench.problem(METER + CIPHERED.replace('"4142434445464748"', "4142434445464748"))

    assert "in quotes" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ('"none"', '"lls"', "secret", 'mechanism "lls" needs it'),
        ('"none"', '"none"\nsecret = { env = "GUEK" }', "secret", "not used"),
        ('"none"', '"hls-gmac"', "encryption_key", 'mechanism "hls-gmac" needs it'),
        ('"none"', '"hls-sha256"\nsecret = { env = "GUEK" }', "client_system_title", "hls-sha256"),
        ('"none"', '"hls-manufacturer"\nsecret = { env = "GUEK" }', "manufacturer_mechanism", "is missing"),
        (
            '"none"',
            '"hls-manufacturer"\nmanufacturer_mechanism = "worked-exmple"\nsecret = { env = "GUEK" }',
            "manufacturer_mechanism",
            "worked-example",
        ),
        ('"none"', '"none"\nprotections = ["glo"]', "protections", "needs a ciphered context"),
        ('"none"', '"none"\nprotections = ["general-glo"]', "protections", "general-protection"),
        ('"none"', '"none"\nprotections = ["ded"]', "dedicated_key", "is missing"),
        ('"none"', '"none"\ndedicated_key = "random"', "dedicated_key", "ciphered InitiateRequest"),
        ('"none"', '"none"\npass3_key = "dedicated"', "pass3_key", "needs a dedicated_key"),
        ('"none"', '"none"\ninitiate_protection = "glo"', "initiate_protection", "ciphered context"),
        ('"none"', '"none"\nmax_receive_pdu_size = 11', "max_receive_pdu_size", "0 (no limit) or at least 12"),
        ('"none"', '"none"\nsmallest_pdu_size = 11', "smallest_pdu_size", "12 or more"),
        ('"none"', '"none"\nchallenge_octets = 7', "challenge_octets", "8 or more"),
        ('"none"', '"none"\nclient_user_id = 3\nuser_list = [1, 100]', "client_user_id", "user_list"),
        ('"none"', '"none"\nuser_list = [1, 100]', "client_user_id", "is missing"),
        ('"get"', '"read"', "conformance", "for logical names"),
        ('context = "ln"', 'context = "sn"', "conformance", "serves nothing without one of read, write"),
        ("logical_device = 1", "logical_device = 2", "logical_device", "no [[logical_device]] has this SAP"),
        ("client_sap = 2", "client_sap = 127", "client_sap", "1 to 126"),
        (
            '"none"',
            '"none"\ninvocation_counter = { association = "publc" }',
            "invocation_counter.association",
            "no [[association]]",
        ),
        ('"none"', '"none"\nsecurity_control = 0x10\nsecurity_policy = 3', "security_policy", "demands more"),
        ('"none"', '"none"\nsecurity_control = 0x31', "security_control", "not among the allowed values"),
    ],
)
def test_keys_that_do_not_go_together_are_told(bench: Bench, old: str, new: str, where: str, words: str) -> None:
    problems = bench.problems(METER + ASSOCIATION.replace(old, new))

    assert [
        problem for problem in problems if problem.where == f"association[reader].{where}" and words in problem.message
    ], "\n".join(map(str, problems))


def test_two_associations_of_one_client_at_one_logical_device_are_refused(bench: Bench) -> None:
    problem = bench.problem(METER + ASSOCIATION + ASSOCIATION.replace('"reader"', '"again"'))

    assert problem.where == "association[again].client_sap"
    assert '"reader"' in problem.message


def test_nothing_is_concluded_from_a_value_that_is_itself_wrong(bench: Bench) -> None:
    problem = bench.problem(METER + CIPHERED.replace('"ln-ciphered"', '"ln-cyphered"'))

    assert problem.where.endswith("context")


@pytest.mark.parametrize(
    ("hdlc", "where"),
    [
        ("server_lower = 16", "hdlc.server_lower"),
        ("address_length = 4", "hdlc.server_lower"),
        ("address_length = 2\nserver_lower = 200", "hdlc.server_lower"),
        ("addressing = [2, 4]", "hdlc.addressing"),
        ("address_length = 3", "hdlc.address_length"),
        ("window_size_transmit = 8", "hdlc.window_size_transmit"),
        ("max_information_field_length_receive = 2031", "hdlc.max_information_field_length_receive"),
    ],
)
def test_hdlc_addresses_and_limits_are_checked(bench: Bench, hdlc: str, where: str) -> None:
    problem = bench.problem(METER + ASSOCIATION + f"\n[hdlc]\n{hdlc}\n")

    assert problem.where == where


def test_hdlc_limits_do_not_bind_the_wrapper(bench: Bench) -> None:
    wrapper = (METER + ASSOCIATION).replace('"hdlc"', '"wrapper"').replace("client_sap = 2", "client_sap = 200")

    assert bench.load(wrapper).associations[0].client_sap == 200


def test_short_name_targets_need_base_names(bench: Bench) -> None:
    target = '[association.targets]\nreadable = { class_id = 3, instance_id = "1-0:1.8.0.255", attribute_id = 2 }\n'
    text = METER + ASSOCIATION.replace('"ln"', '"sn"').replace('"get"', '"read"') + target

    assert "1-0:1.8.0.255" in bench.problem(text).message
    device = bench.load(text + '[association.base_names]\n"1-0:1.8.0.255" = 0x0100\n')
    readable = device.associations[0].targets.readable
    assert readable is not None
    assert device.associations[0].short_name(readable) == 0x0108


def test_an_unknown_link_is_told(bench: Bench) -> None:
    problem = bench.problem((METER + ASSOCIATION).replace("tcp://192.0.2.9:4059", "tpc://192.0.2.9:4059"))

    assert problem.where == "link.url"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("serial:/dev/ttyUSB0?buad=9600", "did you mean baud?"),
        ("serial:/dev/ttyUSB0?parity=mark", "expected parity=none, even or odd"),
        ("tcp://192.0.2.9:4059?baud=9600", "takes no options"),
        ("pty:", "is for simulate --listen"),
        ("udp://192.0.2.9:4059", "HDLC is a stream"),
    ],
)
def test_what_is_wrong_with_a_link_is_told_at_its_line(bench: Bench, url: str, words: str) -> None:
    text = (METER + ASSOCIATION).replace("tcp://192.0.2.9:4059", url)
    problem = bench.problem(text)

    assert (problem.where, problem.line) == ("link.url", _line(text, "url ="))
    assert words in problem.message


@pytest.mark.parametrize(
    "url", ["serial:COM3?baud=9600", "rfc2217://192.0.2.9:4001?echo=true", "socket://192.0.2.9:4001"]
)
def test_serial_lines_speak_hdlc_and_no_wrapper(bench: Bench, url: str) -> None:
    text = (METER + ASSOCIATION).replace("tcp://192.0.2.9:4059", url)

    assert bench.load(text).link == url
    assert "the wrapper goes over tcp:// or udp://" in bench.problem(text.replace('"hdlc"', '"wrapper"')).message


def test_the_embedded_meter_and_a_link_to_another_exclude_each_other(bench: Bench) -> None:
    assert bench.problem(METER + ASSOCIATION + "[embedded]\n").where == "embedded"
    assert bench.problem((METER + ASSOCIATION).replace("tcp://192.0.2.9:4059", "loopback:")).where == "link.url"


@pytest.mark.parametrize(
    ("text", "line"),
    [('a = 1\nb = "unclosed\n', 2), ("a = 1\na = 2\n", 2), ("[x\n", 1), ("title = 4F4B\n", 1), ("\n\nkey", 3)],
)
def test_a_syntax_error_is_told_with_its_line(bench: Bench, text: str, line: int) -> None:
    problem = bench.problem(text)

    assert problem.line == line
    assert "no TOML" in problem.message


def test_a_missing_file_names_the_nearest_one_beside_it(bench: Bench) -> None:
    bench.path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="no such file") as caught:
        load(bench.directory / "metre.toml")

    assert caught.value.problems[0].nearest == "meter.toml"


def test_a_directory_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory"):
        load(tmp_path)


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    with pytest.raises(ConfigError, match="cannot be read: "):
        load(loop)


def test_octets_that_are_no_text_are_told_with_their_line(bench: Bench) -> None:
    bench.path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        load(bench.path)

    assert caught.value.problems[0].line == 2


def test_an_endless_or_bottomless_file_is_refused(bench: Bench) -> None:
    assert "1 MiB" in bench.problem("#" * (1 << 20) + "\n").message
    assert "deeply" in bench.problem("a = " + "[" * 100_000).message


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda octets: octets.decode("latin-1")))
def test_garbage_is_only_ever_a_config_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.toml"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ConfigError):
        load(path, environ={})


LINES = (METER + ASSOCIATION + CIPHERED).splitlines()


@settings(deadline=None)
@given(
    st.lists(st.integers(0, len(LINES) - 1), unique=True, min_size=1), st.sampled_from(["1", '"x"', "[]", "{}", "[{}]"])
)
def test_a_config_with_values_replaced_loads_or_is_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, replaced: list[int], value: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutant.toml"
    lines = [
        f"{line.split(' = ')[0]} = {value}" if number in replaced and " = " in line else line
        for number, line in enumerate(LINES)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        load(path, environ=KEYS)
    except ConfigError as error:
        assert all(problem.line for problem in error.problems)  # noqa: PT017
