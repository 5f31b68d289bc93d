"""The value that an assignment of a script gives a variable."""

from __future__ import annotations

from advisor.jobs.word import Expansion, Word
from advisor.readers.shell.braces import MOST_WORDS
from advisor.readers.shell.evaluation import Evaluator
from advisor.readers.shell.raw_command import RawAssignment, RawWord
from advisor.readers.shell.variables import Value, Variables


class AssignedValues:
    """Works out values against the variables of one point of a script."""

    def __init__(self, text: str, variables: Variables, evaluator: Evaluator) -> None:
        self._text = text
        self._variables = variables
        self._evaluator = evaluator

    def value(self, assignment: RawAssignment) -> Value:
        """The value; None when it cannot be put in elsewhere, or is more than people write."""
        if assignment.indexed:
            return None
        made: Value
        if assignment.elements is None:
            made = self._evaluator.value(assignment.value)
        else:
            made = self._array(assignment.elements)
        if made is None or not all(map(self._evaluator.is_movable, _words(made))):
            return None
        whole = self._appended(assignment.name, made) if assignment.append else made
        if whole is None or len(_words(whole)) > MOST_WORDS:
            return None
        return whole

    def _array(self, elements: tuple[RawWord, ...]) -> Value:
        if any(self._text.startswith("[", element.start) for element in elements):
            return None
        made: list[Word] = []
        for element in elements:
            made += self._evaluator.words(element.segments)
            if len(made) > MOST_WORDS:
                return None
        return tuple(made)

    def _appended(self, name: str, made: Value) -> Value:
        if name not in self._variables:
            inherited = Expansion(source=f"${{{name}}}", kind="variable", name=name)
            return made if isinstance(made, tuple) else Word(parts=(inherited,)) + (made or Word())
        before = self._variables.value(name)
        if before is None or made is None:
            return None
        if isinstance(made, Word) and isinstance(before, Word):
            return before + made
        if isinstance(made, Word):
            first = tuple(_words(before))
            return (*((first[0] + made,) if first else (made,)), *first[1:])
        return (*_words(before), *_words(made))


def _words(value: Word | tuple[Word, ...]) -> tuple[Word, ...]:
    return (value,) if isinstance(value, Word) else value
