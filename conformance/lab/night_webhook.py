"""Tells a web server of the lab how a night ended; what goes wrong with it is a note, and changes no exit code."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import IO
from urllib.parse import urlsplit

from conformance.lab.inventory import SettingText, Webhook
from conformance.reporting.legible import line

TIMEOUT_S = 10.0
MOST_TRIES = 3
_PAUSES_S = (1.0, 3.0)
_SERVER_ERROR = 500


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: headers with secrets go to the server that the lab named, and to no other."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """No request."""


def send(
    webhook: Webhook,
    content: Mapping[str, object],
    environ: Mapping[str, str],
    *,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Post `content` as JSON.

    A server error or a connection that fails is tried again, three times in all; any other answer is final.

    Args:
        webhook: where to.
        content: of the request.
        environ: the environment, for what the lab file keeps there.
        pause: waits so many seconds.

    Returns:
        Why it failed, in words that hold neither URL nor header; empty when it was taken.
    """
    found = _request(webhook, content, environ)
    if isinstance(found, str):
        return found
    opener = urllib.request.build_opener(_NoRedirect)
    problem = ""
    for attempt in range(MOST_TRIES):
        if attempt:
            pause(_PAUSES_S[attempt - 1])
        problem, again = _tried(opener, found)
        if not again:
            return problem
    return f"{problem}; tried {MOST_TRIES} times"


def _request(
    webhook: Webhook, content: Mapping[str, object], environ: Mapping[str, str]
) -> urllib.request.Request | str:
    url = webhook.url.resolve(environ)
    if url is None:
        return f"webhook: {_unset(webhook.url)}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        return "webhook: its URL is no http or https URL"
    headers = {"Content-Type": "application/json", "User-Agent": "dlms-conformance"}
    for name, setting in webhook.headers:
        value = setting.resolve(environ)
        if value is None:
            return f"webhook: header {line(name, 60)}: {_unset(setting)}"
        if not (value.isprintable() and value.isascii()):
            return f"webhook: header {line(name, 60)} is not printable ASCII on one line"
        headers[name] = value
    body = json.dumps(content).encode("ascii")
    return urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - http or https


def _tried(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> tuple[str, bool]:
    """What went wrong, empty for nothing, and whether another try makes sense."""
    try:
        with opener.open(request, timeout=TIMEOUT_S):
            return "", False
    except urllib.error.HTTPError as error:
        error.close()
        return f"webhook: the server answered {error.code}", error.code >= _SERVER_ERROR
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        return f"webhook: no answer ({_why(error)})", True
    except ValueError:
        return "webhook: the request could not be made", False


def _why(error: Exception) -> str:
    """What kind of error it is: its text may hold the URL, and that a token."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, OSError) and reason.strerror:
        return line(reason.strerror, 120)
    return type(reason).__name__


def _unset(setting: SettingText) -> str:
    return f"environment variable {line(setting.env or '', 60)} is not set"
