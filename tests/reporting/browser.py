"""A headless Chromium that opens pages as a reader does, driven through its DevTools protocol.

One browser serves a whole session (the fixture `browser` of `tests/conftest.py`). Every page opens in a profile of its
own and keeps what a reader must never meet: errors on the console, violations of the page's policy, dialogs.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PLACES = (
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-default-apps", "--force-color-profile=srgb", "--hide-scrollbars",
    "--font-render-hinting=none", "--remote-debugging-port=0", "about:blank",
)  # fmt: skip
PATIENCE_S = 120.0
"""For an answer of the browser, also on a machine that is busy with much else."""
KEYS = {
    "Escape": 27, "Enter": 13, "Tab": 9, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "ArrowLeft": 37, "ArrowRight": 39,
    "Home": 36, "End": 35,
}  # fmt: skip
SHIFT = 8


def missing(what: str) -> Any:
    """Skip the test, or fail it in CI, where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and in CI this test must not skip")
    pytest.skip(what)


def chromium() -> str:
    """The command that starts it; else the test is skipped."""
    found = [found for name in NAMES if (found := shutil.which(name))]
    found += [place for place in PLACES if Path(place).is_file()]
    return found[0] if found else missing("no Chromium here")


class Browser:
    """A running Chromium; `open` gives a page."""

    def __init__(self) -> None:
        import websocket

        self._profile = tempfile.mkdtemp(prefix="chromium-")
        self._process = subprocess.Popen(
            [chromium(), f"--user-data-dir={self._profile}", *FLAGS],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
        )  # fmt: skip
        try:
            port, path = self._endpoint()
            self._socket = websocket.create_connection(
                f"ws://127.0.0.1:{port}{path}", timeout=PATIENCE_S, suppress_origin=True, enable_multithread=False
            )
        except BaseException:
            self._end()
            raise
        self._numbers = itertools.count(1)
        self._pages: dict[str, Page] = {}

    def _endpoint(self) -> tuple[str, str]:
        """Chromium writes where it listens into its profile."""
        file = Path(self._profile) / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                port, path = file.read_text().splitlines()
                return port, path
            time.sleep(0.02)
        raise RuntimeError(f"Chromium did not listen within {PATIENCE_S:.0f} s")

    def close(self) -> None:
        """End it, and remove its profile."""
        with contextlib.suppress(Exception):
            self.send("Browser.close")
        self._socket.close()
        self._end()

    def _end(self) -> None:
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and give its result; what happens meanwhile goes to the pages."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message if session is None else {**message, "sessionId": session}))
        while True:
            heard = self.hear()
            if heard.get("id") == number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']}")
                return dict(heard["result"])

    def post(self, method: str, session: str, **parameters: Any) -> None:
        """Call a method and do not wait for its result."""
        message = {"id": next(self._numbers), "method": method, "params": parameters, "sessionId": session}
        self._socket.send(json.dumps(message))

    def hear(self) -> dict[str, Any]:
        """The next message, given to the page that it is about."""
        heard = dict(json.loads(self._socket.recv()))
        page = self._pages.get(heard.get("sessionId", ""))
        if page is not None and "method" in heard:
            page.told(heard["method"], heard["params"])
        return heard

    @contextlib.contextmanager
    def open(self, address: str | Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Page]:
        """A page at this address, in a window of that size."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        try:
            for domain in ("Page", "Runtime", "Log"):
                page.send(f"{domain}.enable")
            page.look(width=width, height=height, dark=dark)
            page.goto(address)
            yield page
        finally:
            del self._pages[session]
            self.send("Target.disposeBrowserContext", browserContextId=context)


class Page:
    """One page.

    Attributes:
        complaints: errors and warnings on its console, exceptions, violations of its policy.
        dialogs: texts of the dialogs that it opened; each was dismissed.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._loaded = False
        self.complaints: list[str] = []
        self.dialogs: list[str] = []

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol for this page."""
        return self._browser.send(method, self._session, **parameters)

    def told(self, event: str, said: dict[str, Any]) -> None:
        """Take note of an event."""
        if event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Page.javascriptDialogOpening":
            self.dialogs.append(said["message"])
            self._browser.post("Page.handleJavaScriptDialog", self._session, accept=False)
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(said["exceptionDetails"].get("exception", said["exceptionDetails"])))
        elif event == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(said["args"]))
        elif event == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.complaints.append(said["entry"]["text"])

    def goto(self, address: str | Path) -> None:
        """Go there, and wait until all is loaded."""
        url = address.resolve().as_uri() if isinstance(address, Path) else address
        self._loaded = False
        answer = self.send("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        while not self._loaded and "loaderId" in answer:
            self._browser.hear()

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False, printed: bool = False) -> None:
        """The size of the window, the colours, and the medium."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.send("Emulation.setEmulatedMedia", media="print" if printed else "", features=[scheme, still])

    def evaluate(self, script: str) -> Any:
        """The value of an expression of JavaScript, or of the promise that it gives, as JSON carries it."""
        answer = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )  # fmt: skip
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"].get("exception", {}).get("description", answer))
        return answer["result"].get("value")

    def until(self, script: str, patience_s: float = 60.0) -> Any:
        """Wait until an expression is true, and give its value."""
        end = time.monotonic() + patience_s
        while not (value := self.evaluate(script)):
            assert time.monotonic() < end, f"never true within {patience_s} s: {script}"
            time.sleep(0.02)
        return value

    def text(self, selector: str) -> str:
        """What a reader sees of the first element that fits."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))

    def seen(self, selector: str) -> int:
        """How many of the elements that fit are seen: neither hidden nor within what is folded."""
        return int(
            self.evaluate(
                f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => e.checkVisibility()).length"
            )
        )

    def centre(self, selector: str) -> tuple[float, float]:
        """The middle of the first element that fits, once it is scrolled into view."""
        x, y = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center', inline: 'nearest', behavior: 'instant'});"
            "const b = e.getClientRects()[0]; return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        return x, y

    def hover(self, selector: str) -> None:
        """Bring the pointer there."""
        x, y = self.centre(selector)
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector: str) -> None:
        """Click there with the left button."""
        x, y = self.centre(selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def press(self, *keys: str, shift: bool = False) -> None:
        """Press keys one after another: a character, or one of `KEYS`."""
        for key in keys:
            told: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": KEYS.get(key, ord(key[0].upper()))}
            told["modifiers"] = SHIFT if shift else 0
            if len(key) == 1 or key == "Enter":
                told["text"] = "\r" if key == "Enter" else key
            self.send("Input.dispatchKeyEvent", type="keyDown", **told)
            self.send("Input.dispatchKeyEvent", type="keyUp", **{**told, "text": ""})

    def write(self, text: str) -> None:
        """Type text where the focus is."""
        self.send("Input.insertText", text=text)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """What is seen as a PNG; `whole`: the page from top to bottom, as far as 16,000 pixels."""
        more: dict[str, Any] = {}
        if whole:
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            height = min(size["height"], 16_000)
            more = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}}
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **more)["data"]
        path.write_bytes(base64.b64decode(data))

    def pdf(self, path: Path) -> None:
        """The page as it is printed."""
        data = self.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        path.write_bytes(base64.b64decode(data))
