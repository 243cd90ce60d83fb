"""One deployment for all tests of this folder: starting its servers takes ten seconds."""

from collections.abc import Iterator

import pytest

from tests.deployment.cluster import Deployment, deployed


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Two clusters with their roles, a broker with its accounts, and the migration done."""
    with deployed(tmp_path_factory.mktemp("deployment")) as made:
        yield made
