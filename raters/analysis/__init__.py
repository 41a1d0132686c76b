"""A ratings file made elsewhere, as a report: read it, compute, say it in words.

from raters.analysis import read_ratings, report, words
print(words(report(read_ratings("ratings.csv").ratings)))
"""

from .ratings_file import Damage, Ratings, Read, UnreadableFile, read_ratings
from .report import Report, report
from .words import figures, words

__all__ = [
    "Damage",
    "Ratings",
    "Read",
    "Report",
    "UnreadableFile",
    "figures",
    "read_ratings",
    "report",
    "words",
]
