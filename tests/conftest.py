"""What all our tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from conformance.record.collector import make_patient

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

    from tests.reporting.browser import Browser

pytest_plugins = ["pytester"]

LONG_ROOMS = ("peers", "harness", "suites", "commands")
"""Rooms whose modules run whole suites and start processes: they go first, so that no worker is left with one alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first; within a module the order stays."""
    ranks = {name: rank for rank, name in enumerate(LONG_ROOMS)}
    items.sort(key=lambda item: ranks.get(item.path.parent.name, len(ranks)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """A module runs in one worker, so that the run which all its tests look at is made once; in the order given."""
    if config.option.dist != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def quick_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hundreds of processes are started, and each would compile all modules and load what no suite asks for.

    Where Python is told to write no bytecode beside the sources, it is kept with the temporary files of this session.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ADDOPTS", f"{os.environ.get('PYTEST_ADDOPTS', '')} -p no:hypothesispytest".strip())
        if sys.dont_write_bytecode:
            base = tmp_path_factory.getbasetemp()
            shared = base.parent if base.name.startswith("popen-") else base
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
        yield


@pytest.fixture(scope="session", autouse=True)
def heeded_interruptions() -> Iterator[None]:
    """What a shell starts in the background ignores interruptions; what the tests start must heed them all the same."""
    found = signal.getsignal(signal.SIGINT)
    if found is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, found)


@pytest.fixture(scope="session", autouse=True)
def quick_collector() -> Iterator[None]:
    """What was collected, ten thousand items, is no garbage, and need not be looked through again and again."""
    gc.freeze()
    put_back = make_patient()
    yield
    put_back()
    gc.unfreeze()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium for all tests that look at pages; where there is none, they are skipped."""
    from tests.reporting.browser import Browser

    started = Browser()
    yield started
    started.close()
