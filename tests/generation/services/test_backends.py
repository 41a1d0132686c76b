"""Where a source's model may lie, in the eyes of a worker."""

import pytest

from generation.services.backends import ModelNotLoaded, check_place


def test_a_hub_id_that_is_also_a_folder_here_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_place("lab/model")
    (tmp_path / "lab" / "model").mkdir(parents=True)
    with pytest.raises(
        ModelNotLoaded, match="'lab/model' names a model of the hub, and also a fol"
    ):
        check_place("lab/model")
    check_place(str(tmp_path / "lab" / "model"))


def test_a_folder_that_is_not_here_is_named(tmp_path):
    with pytest.raises(ModelNotLoaded, match="There is no model folder"):
        check_place(str(tmp_path / "gone"))
