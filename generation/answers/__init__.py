"""Which answer a rationale states, and whether it is the gold one: a value, or a reason.

Pure. Never sees who wrote a text, nor any mark of correctness that came with it.
"""

from generation.answers.choice import Choice

# What an import says of texts that were written for the gold answer without stating it (CoS-E).
# Not a word that could be a choice: "gold" is one, of real questions.
DECLARED_GOLD = "<gold>"

__all__ = ["DECLARED_GOLD", "Choice"]
