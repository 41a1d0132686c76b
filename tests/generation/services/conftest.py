"""A broker that is empty at the start of every test."""

import pytest

from tests.generation.services.writer import told


@pytest.fixture
def broker():
    told()
    return told
