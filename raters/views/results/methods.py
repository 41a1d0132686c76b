"""A methods paragraph for a paper, with what it cites: what was done, nothing that was found."""

from raters.models import Study
from raters.services.freezing import headline_words
from raters.services.results import StudyResults
from raters.views.results import conduct
from raters.views.results.figures import counted, listed

CITED = {
    "jackknife": "MacKinnon, J. G., Nielsen, M. Ø., & Webb, M. D. (2024). Jackknife inference with "
    "two-way clustering. arXiv:2406.08880.",
    "twoway": "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with "
    "multiway clustering. Journal of Business & Economic Statistics, 29(2), 238-249.",
    "kish": "Kish, L. (1965). Survey Sampling. Wiley.",
    "dunn": "Dunn, O. J. (1961). Multiple comparisons among means. Journal of the American "
    "Statistical Association, 56(293), 52-64.",
    "holm": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. "
    "Scandinavian Journal of Statistics, 6(2), 65-70.",
    "strengths": "Turner, H. L., van Etten, J., Firth, D., & Kosmidis, I. (2020). Modelling "
    "rankings in R: the PlackettLuce package. Computational Statistics, 35, 1027-1057.",
    "alpha": "Krippendorff, K. (2004). Content Analysis: An Introduction to Its Methodology "
    "(2nd ed.). Sage.",
    "ac1": "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence "
    "of high agreement. British Journal of Mathematical and Statistical Psychology, 61, 29-48.",
    "w": "Kendall, M. G. (1948). Rank Correlation Methods. Griffin.",
    "exact": "Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. "
    "Statistical Applications in Genetics and Molecular Biology, 9(1), 39.",
    "bestworst": "Louviere, J. J., Flynn, T. N., & Marley, A. A. J. (2015). Best-Worst Scaling: "
    "Theory, Methods and Applications. Cambridge University Press.",
}
COMMON = ("jackknife", "twoway", "kish", "dunn", "alpha", "ac1", "exact")
OF_PROTOCOL = {
    Study.Protocol.PICK_BEST: ("holm",),
    Study.Protocol.RANKING: ("holm", "strengths", "w"),
    Study.Protocol.BEST_WORST: ("holm", "bestworst"),
}


def paragraph(study: Study, results: StudyResults) -> str:
    said = (_shown(study, results), _who(study, results), conduct.sentence(study))
    return " ".join((*said, _counted(results), _how(results)))


def citations(results: StudyResults) -> list[str]:
    return sorted(CITED[key] for key in (*COMMON, *OF_PROTOCOL[Study.Protocol(results.protocol)]))


def asked(study: Study) -> str:
    """What raters were asked to do with a triple."""
    said = {
        Study.Protocol.PICK_BEST: "pick the best one",
        Study.Protocol.RANKING: "rank them all"
        + (", equal ranks allowed" if study.allows_ties else ""),
        Study.Protocol.BEST_WORST: "pick the best and the worst one",
    }[Study.Protocol(study.protocol)]
    others = [
        *(["that they were too close to call"] if study.allows_too_close else []),
        *(["that none was good"] if study.allows_none_good else []),
    ]
    return said + (f", or to say {listed(others, 'or')}" if others else "")


def _shown(study: Study, results: StudyResults) -> str:
    funnel = results.funnel
    said = ""
    if funnel:
        asked_once = f", {funnel.repeated} of them the same as another" if funnel.repeated else ""
        said = (
            f"Of {counted(funnel.questions, 'question')}, {funnel.all_right} had a rationale from "
            f"each of {len(results.sources)} sources ({listed(results.sources)}) that reached the "
            f"correct answer{asked_once}; {counted(funnel.drawn, 'such question')} made the study, "
            "so its findings are about questions that every source got right. "
        )
    gold = "with its correct answer" if study.shows_gold_answer else "without its answer"
    return (
        f"{said}Raters saw a question {gold} and {len(results.sources)} rationales side by side, "
        "without labels, in an order from balanced Latin squares, their form normalised alike, and "
        f"were asked to {asked(study)}."
    )


def _who(study: Study, results: StudyResults) -> str:
    flow = results.flow
    said = f"Each question was to be judged by {counted(study.raters_per_triple, 'rater')}"
    if study.triples_per_rater:
        said += f", in bundles of {study.triples_per_rater}"
    said += f". Of {counted(flow.added, 'rater')}, {flow.begun} began"
    if flow.completed is not None:
        said += f", {flow.completed} completed their bundle"
    said += f" and {flow.returned} returned it." if flow.returned else "."
    if study.check_percent or study.repeat_percent:
        said += (
            f" Beside these, {study.check_percent} % checks with a known answer and "
            f"{study.repeat_percent} % repeats were shown; they count in no result."
        )
    if results.simulated_raters:
        said += f" {counted(results.simulated_raters, 'rater')} of these were simulated."
    return said


def _counted(results: StudyResults) -> str:
    flow = results.flow
    left = [
        *([f"{flow.late} that came after their time"] if flow.late else []),
        *([f"{flow.partial} of bundles given back"] if flow.partial else []),
        *([f"{flow.rehearsed} by simulated raters"] if flow.rehearsed else []),
        *([f"{flow.excluded_ratings} of raters excluded"] if flow.excluded_ratings else []),
    ]
    without = f", leaving out {listed(left)}" if left else ""
    return (
        f"{counted(flow.counted)} by {counted(results.raters, 'rater')} on "
        f"{counted(results.questions, 'question')} count{without}."
    )


def _how(results: StudyResults) -> str:
    measure = {
        Study.Protocol.PICK_BEST: "We report the share of ratings in which a source was picked as "
        "the best, too close to call shared out equally",
        Study.Protocol.RANKING: "We report the share of comparisons in which one source was ranked "
        "above another, ties as half",
        Study.Protocol.BEST_WORST: "We report best-worst scores (Louviere et al., 2015)",
    }[Study.Protocol(results.protocol)]
    strengths = (
        " Strengths are of the Davidson-Luce model (Turner et al., 2020); concordance is Kendall's "
        "W (1948) corrected for chance."
        if results.protocol == Study.Protocol.RANKING
        else ""
    )
    return (
        f"{measure}, with 95 % intervals from a delete-one-cluster jackknife, two-way over raters "
        "and questions (MacKinnon et al., 2024; Cameron et al., 2011), on the logit scale, with t "
        "on the smaller of the effective numbers of raters and questions (Kish, 1965) less one as "
        f"degrees of freedom. {_tests(results)}{strengths} Agreement is Krippendorff's alpha "
        "(2004) and Gwet's AC1 (2008). The effect of the order shown was tested by re-randomising "
        "the stored orders (Phipson & Smyth, 2010)."
    )


def _tests(results: StudyResults) -> str:
    """Every p-value and interval of pairs that the page prints."""
    said = "Tests are two-sided and corrected for all pairs (Holm, 1979)."
    if found := results.planned:
        named = headline_words(found.key, results.sources)
        said = (
            f"The planned comparison, {named}, was tested alone, {found.sides} as planned and "
            "without correction; no other was planned, and their tests are two-sided and corrected "
            "for all pairs (Holm, 1979)."
        )
    said += (
        " Intervals for all pairs at once share 5 % of error among the pairs "
        "(Bonferroni; Dunn, 1961)."
    )
    if results.by_chance.p_value is not None:
        said += (
            " Beside them stand p-values from dealing the stored orders anew among the ratings, "
            f"{results.by_chance.replicates} times (Phipson & Smyth, 2010); they speak of these "
            "raters and questions alone."
        )
    return said
