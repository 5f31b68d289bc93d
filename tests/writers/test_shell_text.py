"""Words for bash: what is Kubernetes' to fill in is no business of the shell."""

from __future__ import annotations

from advisor.jobs.run import Variable
from advisor.readers.manifest.words import cluster_word
from advisor.writers.open_values import place_variable
from advisor.writers.shell_text import quote_word


def test_a_reference_of_kubernetes_is_no_command_of_the_shell() -> None:
    assert quote_word(cluster_word("--rank=$(RANK)", {"RANK"})) == "--rank='$(RANK)'"


def test_a_variable_that_kubernetes_fills_in_says_so() -> None:
    placed = place_variable(Variable(name="URL", value=cluster_word("$(HOST):80", {"HOST"})))
    assert (placed.fate, placed.reason) == ("mapped", "Kubernetes puts the value in")
