import pytest

from tests.e2e.whole_house import whole_house


@pytest.fixture
def open_house(tmp_path, postgres_url, redis_url):
    """The whole house on PostgreSQL, with staff who do nothing by themselves."""
    with whole_house(tmp_path, postgres_url, redis_url, robot=None) as house:
        yield house


@pytest.fixture
def busy_house(tmp_path, postgres_url, redis_url):
    """The whole house on PostgreSQL, with staff who answer at once."""
    with whole_house(tmp_path, postgres_url, redis_url, robot=0.0) as house:
        yield house
