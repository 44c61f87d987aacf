from __future__ import annotations

import pytest
from vaults import make_vault


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a vault with two accounts."""
    return make_vault(tmp_path_factory.mktemp("sound")).path.read_bytes()
