"""`--data-claim`, `--nfs` and `--set`."""

from __future__ import annotations

import pytest

from advisor.errors import InputError
from advisor.jobs.translation import ClaimMapping, NfsExport
from advisor.writers.options import parse_claim, parse_export, parse_values


def test_what_is_given_is_taken_apart() -> None:
    assert parse_claim("datasets") == ClaimMapping(claim="datasets")
    assert parse_claim("datasets=/raid") == ClaimMapping(claim="datasets", path="/raid")
    assert parse_claim("datasets=raid") == ClaimMapping(claim="datasets", path="raid")
    assert parse_export("filer.lab:/vol/a=/raid/a") == NfsExport(
        server="filer.lab", export="/vol/a", path="/raid/a"
    )
    assert parse_export("[fd00::1]:/vol=/raid") == NfsExport(
        server="[fd00::1]", export="/vol", path="/raid"
    )
    assert parse_values(["A=1", "B=x=y", "A=2"]) == {"A": "2", "B": "x=y"}


@pytest.mark.parametrize("text", ["", "Datasets", "a_b=/raid", "data="])
def test_a_claim_has_a_name_and_a_path(text: str) -> None:
    with pytest.raises(InputError, match=r"^--data-claim: "):
        parse_claim(text)


@pytest.mark.parametrize(
    "text", ["", "filer", "filer:/vol", "filer=/raid", ":/vol=/raid", "a b:/v=/r"]
)
def test_an_export_has_three_parts(text: str) -> None:
    with pytest.raises(InputError, match=r"^--nfs: .*is not SERVER:/EXPORT=PATH"):
        parse_export(text)


@pytest.mark.parametrize("text", ["", "A", "=x", "1A=x", "A-B=x"])
def test_a_variable_has_a_name_and_a_value(text: str) -> None:
    with pytest.raises(InputError, match=r"^--set: .*is not NAME=VALUE"):
        parse_values([text])


def test_a_value_without_a_name_is_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        parse_values(["hunter2 and more"])
    assert "and more" not in str(caught.value)
