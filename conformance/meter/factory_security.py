"""The security of the embedded meter as it left the factory, to be put in force again after what cannot be undone."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.security_policy import for_all_messages
from conformance.meter.model.security_state import KeyId, SecurityState


class FactorySecurity:
    """Keys and policies of all logical devices; no counter goes back with them, so that no nonce comes twice."""

    def __init__(self, devices: Mapping[int, LogicalDevice]) -> None:
        self._kept = [(state, state.security_policy, _keys(state)) for state in _states(devices)]
        self._asymmetric = [(held, held.snapshot()) for state in _states(devices) if (held := state.asymmetric)]

    def restore(self, strength: int | None = None) -> None:
        """Put the keys and the policy of the factory in force again.

        Args:
            strength: of the policy, in place of the factory's: 0 nothing, 1 authenticated, 2 encrypted, 3 both.
        """
        for asymmetric, kept in self._asymmetric:
            asymmetric.restore(kept)
        for state, policy, keys in self._kept:
            for key_id, key in keys.items():
                state.replace_key(key_id, key)
            state.previous_unicast_key = None
            state.enforced_policy = None
            version = state.setup_version
            state.security_policy = policy if strength is None else for_all_messages(version, strength)


def _states(devices: Mapping[int, LogicalDevice]) -> list[SecurityState]:
    return [device.security for device in devices.values() if device.security is not None]


def _keys(state: SecurityState) -> dict[KeyId, bytes]:
    return {
        KeyId.GLOBAL_UNICAST_ENCRYPTION: state.global_unicast_key,
        KeyId.GLOBAL_BROADCAST_ENCRYPTION: state.global_broadcast_key,
        KeyId.AUTHENTICATION: state.authentication_key,
        KeyId.MASTER: state.master_key,
    }
