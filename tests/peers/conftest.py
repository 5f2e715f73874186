"""The peers' Python, and their meter on a free port, for the tests of this room."""

import os

import pytest

from tests.peers.peer_environment import PeersUnavailable
from tests.peers.peer_environment import peer_python as make


@pytest.fixture(scope="session")
def peer_python():
    """The interpreter that has the peers; without one the tests are skipped, and in CI they fail."""
    try:
        return make()
    except PeersUnavailable as unavailable:
        if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
            pytest.fail(f"CI must run against the peers: {unavailable}", pytrace=False)
        pytest.skip(str(unavailable))
