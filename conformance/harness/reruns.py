"""Reruns are refused: they hide attempts, and each attempt advances the counters of a real meter."""

from __future__ import annotations

import pytest


def refuse_reruns(config: pytest.Config) -> None:
    """Refuse to start beside a plugin that would run a subtest again until it passes.

    Raises:
        pytest.UsageError: naming the plugin, and how to do without it.
    """
    plugins = config.pluginmanager
    if plugins.hasplugin("rerunfailures") and (config.getoption("reruns", None) or _ini(config, "reruns")):
        raise pytest.UsageError(_refused("rerunfailures"))
    if plugins.hasplugin("flaky"):
        raise pytest.UsageError(_refused("flaky"))


def _refused(plugin: str) -> str:
    return f"{plugin}: reruns hide attempts and advance the counters of a real meter; run with -p no:{plugin}"


def _ini(config: pytest.Config, name: str) -> object:
    try:
        return config.getini(name)
    except (KeyError, ValueError):
        return None
