"""Allure 2 and Allure 3 as npm packages, installed once for a session, and run where there is no network."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.reporting.browser import missing

PACKAGES = {2: ("allure-commandline", "2.46.1"), 3: ("allure", "3.18.0")}
PATIENCE_S = 300
NOWHERE = "127.0.0.1:9"
"""Nothing listens on the port of the discard service."""


@dataclass(frozen=True)
class Allure:
    """One of the two, installed.

    Attributes:
        version: 2 or 3.
        command: that starts it.
    """

    version: int
    command: tuple[str, ...]

    def generate(self, results: Path, out: Path, *, config: Path | None = None) -> Path:
        """Draw the report of a directory of results, without a network, and give its directory."""
        options = ["--clean"] if self.version == 2 else ["--config", str(config or results / "allurerc.json")]
        command = [*_alone(), *self.command, "generate", *options, "-o", str(out), str(results)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, env=_environment(), cwd=out.parent, check=False
        )
        told = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, told
        assert (out / "index.html").is_file(), told
        return out


def installer(factory: pytest.TempPathFactory) -> Callable[[int], Allure]:
    """Gives a version of Allure, installed when it is first asked for; the test is skipped where it cannot be."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return functools.partial(_installed, shared / "npm")


def _installed(place: Path, version: int) -> Allure:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        missing("neither node nor npm here")
    if version == 2 and shutil.which("java") is None:
        missing("no Java here, which Allure 2 needs")
    package, release = PACKAGES[version]
    directory = place / package
    directory.mkdir(parents=True, exist_ok=True)
    home = directory / "node_modules" / package
    with FileLock(place / f"{package}.lock", timeout=PATIENCE_S):
        if not (directory / "installed").exists():
            quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
            done = subprocess.run(
                [str(npm), "install", *quiet, "--prefix", str(directory), f"{package}@{release}"],
                capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            )  # fmt: skip
            if done.returncode:
                missing(f"npm cannot install {package}@{release}: {done.stderr.strip()[-400:]}")
            (directory / "installed").touch()
    script = json.loads((home / "package.json").read_text("utf-8"))["bin"]
    return Allure(version, (str(node), str(home / (script["allure"] if isinstance(script, dict) else script))))


@functools.cache
def _alone() -> tuple[str, ...]:
    """What makes a process have no network at all, where this system lets us."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    able = subprocess.run([unshare, "--map-root-user", "--net", "true"], capture_output=True, timeout=20, check=False)
    return (unshare, "--map-root-user", "--net") if able.returncode == 0 else ()


def _environment() -> dict[str, str]:
    """Where the network cannot be taken away, every proxy leads nowhere."""
    host, port = NOWHERE.split(":")
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), f"http://{NOWHERE}")
    java = " ".join(f"-D{scheme}.proxyHost={host} -D{scheme}.proxyPort={port}" for scheme in ("http", "https"))
    return {
        **os.environ,
        **proxies,
        "JAVA_TOOL_OPTIONS": java,
        "ALLURE_NO_ANALYTICS": "true",
        "NO_UPDATE_NOTIFIER": "1",
    }
