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
from conformance.harness.settings import Settings
from conformance.record.model import DeviceRecord, RunHead, ToolRecord

_LIBRARIES = ("pytest", "cryptography", "pydantic", "fastcrc")


def head_of(settings: Settings, config: pytest.Config) -> RunHead:
    """The head of the record of a run that begins now."""
    first, *others = (_device_record(device) for device in settings.devices)
    permissions = {item.value for device in settings.devices for item in device.permissions}
    return RunHead(
        tool=ToolRecord(
            version=metadata.version("dlms-conformance"),
            python=platform.python_version(),
            platform=f"{sys.platform} {platform.machine()}",
        ),
        plugins=_versions(config),
        started=datetime.now(UTC),
        device=first,
        further_devices=tuple(others),
        permissions=tuple(sorted(permissions)),
        acceptance=", ".join(sorted({device.acceptance.value for device in settings.devices})),
        seeds={"run": settings.seed},
        scope=", ".join(settings.cases) or "all cases",
    )


def _versions(config: pytest.Config) -> dict[str, str]:
    """The libraries that verdicts rest on, and every pytest plugin that took part."""
    plugins = {dist.metadata["name"]: dist.version for _, dist in config.pluginmanager.list_plugin_distinfo()}
    plugins.pop("dlms-conformance", None)
    return {name: metadata.version(name) for name in _LIBRARIES} | dict(sorted(plugins.items()))


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
    )
