"""What `recompute` is given wrongly is named; what it computes is tested with the results."""

import pytest
from django.core.management import CommandError, call_command


def test_another_form_than_jsonl_is_refused(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("rater,question\n")
    with pytest.raises(CommandError, match="is no JSONL; give it the ratings exported as jsonl"):
        call_command("recompute", str(path))


def test_the_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"no file '.*ratings\.jsonl'"):
        call_command("recompute", str(tmp_path / "ratings.jsonl"))
    (tmp_path / "ratings.jsonl").write_text("")
    with pytest.raises(CommandError, match=r"no file '.*ratings\.jsonl\.manifest\.json'"):
        call_command("recompute", str(tmp_path / "ratings.jsonl"))
