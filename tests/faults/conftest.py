import os
import secrets

import pytest

from tests.faults import invariants
from tests.faults.running_house import running_house


@pytest.fixture(scope="session")
def open_town(tmp_path_factory):
    """The house as real processes, opened once for all rows that leave it as they found it."""
    with running_house(tmp_path_factory.mktemp("house")) as house:
        yield house
        invariants.says_nothing(house)


@pytest.fixture
def house(open_town):
    """The house at rest with all well; after the row it must come to rest again, and every invariant must hold."""
    open_town.everybody_up()
    yield open_town
    open_town.everybody_up()
    invariants.at_rest(open_town)
    invariants.check_all(open_town)


@pytest.fixture
def app(house):
    """A patient's app, logged in."""
    return house.app()


@pytest.fixture(scope="session")
def seed():
    """The seed of this run's chaos, the same for the product and for the control."""
    return int(os.environ.get("CHAOS_SEED", secrets.randbelow(10**9)))
