"""Recipes as the shell gets them from make."""

from __future__ import annotations

from advisor.findings.finding import Place
from advisor.jobs.word import Expansion, Word, word
from advisor.readers.shell.command import ShellCommand
from advisor.readers.shell.variables import Known
from advisor.readers.sources.makefile import read_makefile

TEXT = """\
IMAGE ?= img:1
OPTS := -it --rm # always
OPTS += --gpus all
LOOP = $(LOOP)
SHELLED != date
ifdef DEBUG
BRANCH = a
endif
define BLOCK
docker run no
endef
special: OWN = b
X = docker run not a recipe

.PHONY: run
run: build  # note
\t@docker run $(OPTS) -v $(PWD):/w -e A=$$HOME -u $(shell id) \\
\t  ${IMAGE} $@ $(BRANCH)
\t-docker run $(LOOP)$(SHELLED)$(OWN) $$(id)
\t# docker run no
other: ; @docker run one # of its line
commented: a # ; docker run no
own: FLAGS = a ; docker run no
"""


def words(text: str) -> list[list[str]]:
    """The words of each command."""
    return [[w.text for w in c.words] for c in read_makefile(text, "Makefile").commands]


def test_recipes() -> None:
    assert words(TEXT) == [
        [
            "docker", "run", "-it", "--rm", "--gpus", "all", "-v", "$PWD:/w", "-e", "A=$HOME",
            "-u", "$(id)", "img:1", "run",
        ],
        ["id"],
        ["docker", "run", "$(LOOP)$(SHELLED)$(OWN)", "$(id)"],
        ["id"],
        ["docker", "run", "one"],
    ]  # fmt: skip


def test_texts_of_several_lines_are_called_with_arguments() -> None:
    text = """RUN := docker run -v a:/a
define in_image
@echo $(1)
$(RUN) $(1) sh -c "go && $(2)"
endef
define rest:
docker run no
endef
fit:
\t$(call in_image,img:1,fit --lr 1)
\t$(call unknown,img:2)
"""
    assert words(text) == [
        ["echo", "img:1"],
        ["docker", "run", "-v", "a:/a", "img:1", "sh", "-c", "go && fit --lr 1"],
        ["$CALL_UNKNOWN_IMG_2"],
    ]


def test_places_and_kinds() -> None:
    text = "I = img\nrun:\n\t@docker run $(I) -v $(PWD):/w $$X b\n"
    folder = Expansion(source="$PWD", kind="variable", name="PWD")
    shells = Expansion(source="$X", kind="variable", name="X")
    assert read_makefile(text, "Makefile").commands == (
        ShellCommand(
            words=(
                word("docker"),
                word("run"),
                word("img"),
                word("-v"),
                Word(parts=(folder, ":/w")),
                Word(parts=(shells,)),
                word("b"),
            ),
            positions=tuple(
                Place(file="Makefile", line=3, column=column)
                for column in (3, 10, 14, 19, 22, 32, 36)
            ),
            place=Place(file="Makefile", line=3, column=3),
            source="docker run $(I) -v $(PWD):/w $$X b",
            end_line=3,
        ),
    )


def test_open_quote() -> None:
    script = read_makefile("a:\n\tdocker run 'x\n\tdocker run y\n", "Makefile")
    assert [str(p.error) for p in script.problems] == [
        "Makefile:2:13: unterminated single quote (close it)"
    ]
    assert [[w.text for w in c.words] for c in script.commands] == [["docker", "run", "y"]]


def test_the_source_is_the_file_s_own_text() -> None:
    text = "I = img\na:\n\t@cd x && docker run $(I) \\\n\t  y | tee $@.log; docker run $$(id) z\n"
    text += "b: ; docker run $(I)\n"
    script = read_makefile(text, "Makefile")
    assert [(c.place.line, c.place.column, c.source) for c in script.commands] == [
        (3, 3, "cd x"),
        (3, 11, "docker run $(I) \\\n\t  y"),
        (4, 8, "tee $@.log"),
        (4, 20, "docker run $$(id) z"),
        (4, 34, "id"),
        (5, 6, "docker run $(I)"),
    ]


def test_what_make_knows_of_its_rule_and_what_is_given() -> None:
    text = (
        "N = 2\nT := $(shell pwd)\ntrain: data.csv x\n"
        "\trun $@ $< $^ $(N) $(T) $(CURDIR) $(PWD) `id $(U)`\n"
    )
    script = read_makefile(text, "Makefile", Known({"N": "4"}, "/w"))
    assert [[w.text for w in c.words] for c in script.commands] == [
        ["run", "train", "data.csv", "data.csv", "x", "4", "/w", "/w", "/w", "`id ${U}`"],
        ["pwd"],
        ["id", "$(U)"],
    ]


def test_a_backslash_before_an_empty_line_is_no_word() -> None:
    text = "a:\n\tdocker run x \\\n\nb:\n\tdocker run y z \\\n"
    script = read_makefile(text, "Makefile")
    assert [[w.text for w in c.words] for c in script.commands] == [
        ["docker", "run", "x"],
        ["docker", "run", "y", "z"],
    ]


FUNCTIONS = """\
NAME = my_img
IMG = lab/$(subst _,-,$(strip my_img)):$(or $(TAG),1)
run:
ifndef SCRIPT
\t@exit 1
endif
\tdocker run $(addprefix -v ,/a:/a /b:/b) $(if $(GPU),--gpus all) $(IMG) \\
		$(call f,x) $(notdir $(CURDIR))
"""


def test_a_variable_that_eval_gives() -> None:
    text = "$(eval TAG := cu12)\n$(eval TAG += x)\nrun:\n\tdocker run img:$(TAG)\n"
    assert words(text) == [["docker", "run", "img:cu12", "x"]]


def test_functions_of_make_are_worked_out_or_asked_for() -> None:
    assert words(FUNCTIONS)[-2:] == [
        [
            *("docker", "run", "-v", "/a:/a", "-v", "/b:/b", "lab/my-img:1"),
            *("$CALL_F_X", '$(basename "$PWD")'),
        ],
        ["basename", "$PWD"],
    ]


CONDITIONS = """\
GPU ?= 1
ifeq ($(GPU),1)
  GPUS = --gpus all
else ifeq "$(GPU)" "2"
  GPUS = --gpus 2
else
  GPUS =
endif
ifneq ($(GPU), 1)
  NOT = no
endif
ifeq ($(OS),Windows_NT)
  OPEN = w
else
  OPEN = l
endif
run:
\tdocker run $(GPUS) $(foreach d,data out,-v /raid/$(d):/$(d)) img $(NOT) $(OPEN) $(OVER)
OVER = $(if $(filter 1 yes,$(GPU)),--over a,$(call f,x)) $(filter-out a,a b) $(if ,x)
"""


def test_conditions_and_functions_of_plain_text() -> None:
    script = read_makefile(CONDITIONS, "Makefile")
    assert [word.text for word in script.commands[0].words] == [
        *("docker", "run", "--gpus", "all", "-v", "/raid/data:/data", "-v", "/raid/out:/out"),
        *("img", "$(OPEN)", "--over", "a", "b"),
    ]
    assert script.defaults == {"GPU": "1"}
    (two,) = read_makefile(CONDITIONS, "Makefile", Known({"GPU": "2"})).commands
    assert [word.text for word in two.words][2:4] == ["--gpus", "2"]
