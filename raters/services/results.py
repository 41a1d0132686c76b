"""The results of a study (to come)."""


def study_results(*, study):
    raise NotImplementedError
