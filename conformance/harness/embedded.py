"""The embedded meter as a device config describes it."""

from __future__ import annotations

from math import ceil

from conformance.device.model import Device, EmbeddedMeter, Profile
from conformance.link.url import MODE_E, parse_url
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.meter.meter import Meter, build
from conformance.meter.model.communication_setup import LinkFacts
from conformance.meter.model.populate import FIRST_SERIAL_NUMBER


def embedded_meter(device: Device, seed: int, *, serial_number: bytes = FIRST_SERIAL_NUMBER) -> Meter:
    """A new meter with the timeouts, the addressing and the defects of `device`.

    Args:
        device: of the config; timeouts are taken in whole seconds and milliseconds, as the meter's setup objects hold
            them.
        seed: of the challenges.
        serial_number: what its device ID 1 holds.
    """
    hdlc, url, embedded = device.hdlc, parse_url(device.link), device.embedded or EmbeddedMeter()
    facts = LinkFacts(inter_octet_timeout_ms=max(1, round(hdlc.inter_octet_timeout_s * 1000)))
    return build(
        defects=embedded.defects,
        profile=device.profile.value,
        seed=seed,
        inactivity_timeout_s=ceil(hdlc.inactivity_timeout_s) if device.profile is Profile.HDLC else None,
        facts=facts,
        address_lengths=hdlc.addressing,
        mode_e=url.serial is not None and url.serial.opening == MODE_E,
        security_suite=embedded.security_suite,
        security_policy=embedded.security_policy,
        blocks=GeneralBlockSettings(first=embedded.first_block_transfer),
        profile_rows=embedded.profile_rows,
        extra_objects=embedded.extra_objects,
        every_class=embedded.classes == "every",
        serial_number=serial_number,
    )
