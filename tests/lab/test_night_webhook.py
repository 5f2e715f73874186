"""The summary reaches the lab's web server, and whatever goes wrong with that is a note without a secret in it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.lab.inventory import SettingText, Webhook
from conformance.lab.night_webhook import MOST_TRIES, send

TOKEN = "Bearer s3cr3t-token"
CONTENT = {"lab": "Acme", "verdict": "FAILED"}


class Server(http.server.HTTPServer):
    """Answers with a list of statuses, the last one for ever, and keeps what it was sent."""

    statuses: list[int]
    got: list[tuple[dict[str, str], bytes]]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        status = self.server.statuses.pop(0) if len(self.server.statuses) > 1 else self.server.statuses[0]
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(*statuses: int) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.statuses, server.got = list(statuses), []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def hook(server: Server | None = None, url: str = "") -> Webhook:
    url = url or f"http://127.0.0.1:{server.server_port if server else 9}/nights?key=s3cr3t-key"
    return Webhook(url=SettingText(literal=url), headers=(("Authorization", SettingText(env="LAB_TOKEN")),))


def sent(webhook: Webhook, **environ: str) -> tuple[str, list[float]]:
    pauses: list[float] = []
    return send(webhook, CONTENT, {"LAB_TOKEN": TOKEN, **environ}, pause=pauses.append), pauses


def test_the_summary_is_posted_as_json_with_the_headers_of_the_lab():
    with serving(204) as server:
        assert sent(hook(server)) == ("", [])
    headers, body = server.got[0]
    assert json.loads(body) == CONTENT
    assert headers["Authorization"] == TOKEN
    assert headers["Content-Type"] == "application/json"


def test_the_url_may_stand_in_the_environment():
    with serving(200) as server:
        webhook = Webhook(url=SettingText(env="LAB_WEBHOOK"))
        assert sent(webhook, LAB_WEBHOOK=f"http://127.0.0.1:{server.server_port}/")[0] == ""
    assert len(server.got) == 1


@pytest.mark.parametrize(("statuses", "tries", "problem"), [
    ((503, 500, 200), 3, ""),
    ((502,), MOST_TRIES, "webhook: the server answered 502; tried 3 times"),
    ((403,), 1, "webhook: the server answered 403"),
    ((302,), 1, "webhook: the server answered 302"),
    ((307,), 1, "webhook: the server answered 307"),
])  # fmt: skip
def test_a_server_error_is_tried_again_and_any_other_answer_is_final(statuses, tries, problem):
    with serving(*statuses) as server:
        said, pauses = sent(hook(server))
    assert said == problem
    assert len(server.got) == tries
    assert len(pauses) == tries - 1


def test_a_server_that_is_not_there_is_a_note_after_three_tries():
    with serving(200) as server:
        webhook = hook(server)
    said, pauses = sent(webhook)
    assert said.startswith("webhook: no answer (")
    assert said.endswith("; tried 3 times")
    assert len(pauses) == 2
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "http://[", "http://h:99999/", "http://a b/", "x", "http://ä/",
     "http://127.0.0.1/\r\nX: y"],
)  # fmt: skip
def test_what_is_no_web_address_is_not_tried(url):
    said, pauses = sent(hook(url=url))
    assert said == "webhook: its URL is no http or https URL"
    assert pauses == []


@pytest.mark.parametrize("value", ["two\r\nlines: s3cr3t", "s3cr3t-\u00e4", "s3cr3t\0"])
def test_a_header_that_could_break_the_request_is_refused_and_not_shown(value):
    said, _ = sent(hook(), LAB_TOKEN=value)
    assert said == "webhook: header Authorization is not printable ASCII on one line"


def test_a_variable_that_is_not_set_is_named():
    assert send(hook(), CONTENT, {}) == "webhook: header Authorization: environment variable LAB_TOKEN is not set"
    webhook = Webhook(url=SettingText(env="LAB_WEBHOOK"))
    assert send(webhook, CONTENT, {}) == "webhook: environment variable LAB_WEBHOOK is not set"
