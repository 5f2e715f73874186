"""What a run record says of a run before it begins: tool, plugins, devices, permissions, seeds."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from importlib import metadata

import pytest
from pydantic import JsonValue

from conformance.device.evidence import evidence
from conformance.device.model import Device
from conformance.harness.deviations import announced
from conformance.harness.settings import Settings
from conformance.harness.tool_evidence import NAME, dependencies, own_digest, suites
from conformance.record.model import DeviceRecord, RunHead, ToolRecord

_LIBRARIES = ("pytest", "cryptography", "pydantic", "fastcrc")


def head_of(settings: Settings, config: pytest.Config) -> RunHead:
    """The head of the record of a run that begins now."""
    first, *others = (_device_record(device) for device in settings.devices)
    permissions = {item.value for device in settings.devices for item in device.permissions}
    plugins = _plugins(config)
    return RunHead(
        tool=ToolRecord(
            version=metadata.version(NAME),
            python=platform.python_version(),
            platform=f"{sys.platform} {platform.machine()}",
            digest=own_digest(),
            dependencies=dependencies(plugins),
            suites=suites(),
        ),
        plugins={name: metadata.version(name) for name in _LIBRARIES} | plugins,
        started=datetime.now(UTC),
        device=first,
        further_devices=tuple(others),
        permissions=tuple(sorted(permissions)),
        acceptance=", ".join(sorted({device.acceptance.value for device in settings.devices})),
        seeds={"run": settings.seed},
        scope=", ".join(settings.cases) or "all cases",
    )


def _plugins(config: pytest.Config) -> dict[str, str]:
    """Every pytest plugin that took part, with its version."""
    plugins = {dist.metadata["name"]: dist.version for _, dist in config.pluginmanager.list_plugin_distinfo()}
    plugins.pop(NAME, None)
    return dict(sorted(plugins.items()))


def _device_record(device: Device) -> DeviceRecord:
    config: dict[str, JsonValue] = dict(evidence(device))
    return DeviceRecord(
        name=device.name,
        manufacturer=device.manufacturer,
        model=device.model,
        description=device.description,
        profile=device.profile.value,
        link=device.link,
        fingerprint=device.fingerprint,
        config=config,
        expected_deviations=announced(device),
    )
