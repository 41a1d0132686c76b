"""A file by HTTP, as RFC 9110 has ranges and conditions; who may take it is for the views."""

import pytest
from django.test import RequestFactory

from raters.views.ranges import ranged

WHOLE = b"0123456789"


@pytest.fixture
def ask(tmp_path):
    def asked(method="GET", size=10, **headers):
        path = tmp_path / "file"
        path.write_bytes(WHOLE)
        request = RequestFactory().generic(method, "/", headers=headers)
        return ranged(request, path, size=size, tag="abc", content_type="text/csv")

    return asked


@pytest.mark.parametrize("asked", ["bytes=0-4", "bytes=999-"])
def test_only_what_is_got_comes_in_parts(ask, asked):
    answer = ask("HEAD", Range=asked)
    assert (answer.status_code, answer["Content-Length"]) == (200, "10")
    assert "Content-Range" not in answer


def test_the_unit_of_a_range_may_be_written_in_capitals(ask):
    answer = ask(Range="Bytes=2-3")
    assert (answer.status_code, b"".join(answer.streaming_content)) == (206, b"23")


@pytest.mark.parametrize("known", ['"abc"', 'W/"abc"', '"x", "abc"', '"x",W/"abc"', "*"])
def test_what_is_known_under_one_of_several_tags_is_not_sent_again(ask, known):
    assert ask(**{"If-None-Match": known}).status_code == 304


@pytest.mark.parametrize("known", ['"x"', "abc", '"ab", "c"', ""])
def test_what_is_known_under_other_tags_is_sent(ask, known):
    assert ask(**{"If-None-Match": known}).status_code == 200


@pytest.mark.parametrize("size", [9, 11])
def test_a_file_of_another_size_is_not_the_one_that_was_built(ask, size):
    with pytest.raises(OSError, match=f"10 bytes, not {size}"):
        ask(size=size)
