"""What several tests of the house may ask for."""

import pytest

from tests.rule_project import begin_project


@pytest.fixture
def project(tmp_path):
    """A small project with a rule book and no tests yet."""
    return begin_project(tmp_path)
