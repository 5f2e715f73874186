"""Which key an APDU of the meter is really protected with, whatever its tag says."""

from __future__ import annotations

from typing import Literal

from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.security import gcm
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered, is_dedicated
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security import ClientSecurity

Key = Literal["global", "dedicated"]


def key_in_use(octets: bytes, security: ClientSecurity) -> Key | None:
    """The key that opens a glo-, ded-, general-glo- or general-ded-ciphering APDU; None where neither does.

    An APDU without authentication tag opens under any key: there its tag is believed.
    """
    try:
        value = apdus.decode(octets, deviations=[])
    except DecodeError:
        return None
    if not isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated)):
        return None
    told: Key = "dedicated" if is_dedicated(octets[0]) else "global"
    if not value.security_control.authenticated:
        return told
    keys: list[tuple[Key, bytes | None]] = [("global", _global(security)), ("dedicated", security.dedicated_key)]
    title = b"" if isinstance(value, ServiceCiphered) else value.system_title
    for name, key in keys:
        if key is not None and _opens(value, title or security.server_title, key, security):
            return name
    return None


def _global(security: ClientSecurity) -> bytes | None:
    declared = security.settings.encryption_key
    return None if declared is None else declared.reveal()


def _opens(
    value: ServiceCiphered | GeneralGlobal | GeneralDedicated, title: bytes, key: bytes, security: ClientSecurity
) -> bool:
    control, counter = value.security_control, value.invocation_counter
    try:
        gcm.unprotect(control, title, counter, key, security.authentication_key, value.content)
    except (CipherError, NotDeclared):
        return False
    return True
