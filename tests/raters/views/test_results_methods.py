"""The methods paragraph names the tests that its page prints."""

import pytest

from raters.models import Study
from raters.views.results.methods import OF_PROTOCOL, _how


@pytest.mark.parametrize("protocol", Study.Protocol.values)
def test_every_protocol_names_its_tests_and_cites_holm(protocol):
    assert "two-sided and corrected for all pairs (Holm, 1979)" in _how(Study(protocol=protocol))
    assert "holm" in OF_PROTOCOL[Study.Protocol(protocol)]
