"""How a source is asked a question: its format, its worked examples, its prompt.

Turns rows into the plain values that generation.prompts renders. Does not know models or texts.
"""

from dataclasses import dataclass

from generation import prompts
from generation.answers import Choice
from generation.models import Question, Source


@dataclass(frozen=True)
class Asked:
    """A question as generation.prompts needs it."""

    text: str
    choices: tuple[Choice, ...]
    gold_answer: str


def asked(question: Question) -> Asked:
    return Asked(question.text, question.offered, question.gold_answer)


def source_style(source: Source, question: Question) -> str:
    """The format that this source is asked in; its own, or the one that fits the question."""
    return source.style or prompts.style_for(asked(question).choices)


def source_prompt(source: Source, question: Question, *, hint: bool = False) -> str:
    """What the source is sent for a question."""
    style = source_style(source, question)
    examples: tuple[prompts.Example, ...] = ()
    if source.prompt == Source.Prompt.FEW_SHOT:
        own = source.examples
        examples = prompts.read_examples(own) if own else prompts.few_shot_examples(style)
    return prompts.render_prompt(asked(question), style=style, examples=examples, hint=hint)


def source_training_text(source: Source, question: Question, text: str) -> str:
    """The hint-free question with a rationale for it."""
    return prompts.training_text(asked(question), text, style=source_style(source, question))
