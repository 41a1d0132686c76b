"""CoS-E v1.11: explanations that crowd workers wrote for CommonsenseQA answers.

    {"id": "080ef...", "explanation": {"open-ended": "Wooden area is only ...", "selected": "..."}}

Source: salesforce/cos-e, data/v1.11/cose_{train,dev}_v1.11.jsonl, commit fd0cafc (BSD-3-Clause);
Rajani et al. 2019. The ids are CommonsenseQA's. Workers saw the gold answer and explained it; the
file does not hold it, so the texts are declared to argue for the gold answer (`DECLARED_GOLD`).
The words that workers marked in the question ("selected") are not read.
"""

from generation.datasets.fields import BadValue, Record, key_field, record_field, text_field
from generation.datasets.items import DECLARED_GOLD, RationaleItem

SOURCE = "cos-e"


def rationales(record: Record, line: int) -> list[RationaleItem]:
    """The one explanation of a line."""
    key = key_field(record, "id")
    if key is None:
        raise BadValue("'id' is missing; it is the CommonsenseQA question's id")
    text = text_field(record_field(record, "explanation"), "open-ended")
    return [RationaleItem(SOURCE, text, DECLARED_GOLD, key, None, None, line)]
