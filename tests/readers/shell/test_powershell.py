"""Commands as PowerShell reads them."""

from __future__ import annotations

import pytest

from advisor.jobs.word import Expansion, Word, word
from advisor.readers.shell.commands import read_script
from advisor.readers.shell.variables import Known


def words(text: str) -> list[list[str]]:
    """The words of each command."""
    script = read_script(text, file="x.ps1", dialect="powershell")
    return [[w.text for w in c.words] for c in script.commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker run -it `\n  -v a:b ` \n  img\n", [["docker", "run", "-it", "-v", "a:b", "img"]]),
        ("run 'a ''b''' \"c \"\"d\"\" `\"e`\"\" f` g", [["run", "a 'b'", 'c "d" "e"', "f g"]]),
        ("run a; run b | out > x # note\nrun c#d", [["run", "a"], ["run", "b"], ["out"],
                                                   ["run", "c#d"]]),
        ("<# run a\n#> run b", [["run", "b"]]),
        ("$x = 'a b'\n$Y=\"c\"\nrun $X ${y} $z", [["run", "a b", "c", "$z"]]),
        ("run $(Get-Location) \"$env:HOME\\a\"", [["run", "$(Get-Location)", "$env:HOME\\a"]]),
        ("run \"\" ''", [["run", "", ""]]),
        ("run $ 5$", [["run", "$", "5$"]]),
        ("$a = @(\n 'run',  # first\n \"-v\", \"${PWD}:/w\"\n)\n$a += '-t', $x\n& docker @a $A @b",
         [["docker", "run", "-v", "${PWD}:/w", "-t", "$x", "run", "-v", "${PWD}:/w", "-t", "$x",
           "@b"]]),
        ("$a = \"run\"\n$a += ' $b'\ndo $a \"x $a\"", [["do", "run $b", "x run $b"]]),
        ("[int]$n = 5; $m = $n\nrun $n $m user@host", [["run", "5", "5", "user@host"]]),
        ("$p = (Get-Location).Path\n$q = Get-Date\nrun $p\\x $q", [["Get-Date"],
                                                                  ["run", "$PWD\\x", "$q"]]),
        ("if ($g){ run a }\nelse {\n  run b {{.Name}}\n}", [["if", "($g)"], ["run", "a"], ["else"],
                                                            ["run", "b", "{{.Name}}"]]),
        ("$a = @('x')\nif ($g) { $a += 'y'; $s = 'z' }\nrun @a $s", [["if", "($g)"],
                                                                  ["run", "x", "y", "$s"]]),
        ("run @args $args", [["run", "$@", "$@"]]),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


def test_variables_stay() -> None:
    text = "run ${PWD}:/w $env:USERPROFILE"
    (command,) = read_script(text, file="x.ps1", dialect="powershell").commands
    folder = Expansion(source="${PWD}", kind="variable", name="PWD", quoted=True)
    home = Expansion(source="$env:USERPROFILE", kind="variable", name="USERPROFILE", quoted=True)
    assert command.words == (word("run"), Word(parts=(folder, ":/w")), Word(parts=(home,)))


def test_parameters_and_branches() -> None:
    text = """param(
  [string]$Image = "a/b:1", [int]$Port = 80,
  [switch]$Gpu
)
foreach ($i in 1..2) { run $Image $Port $Gpu }
if ($Gpu) { run }
run
"""
    script = read_script(text, file="x.ps1", dialect="powershell", known=Known({"Port": "90"}))
    runs = [command for command in script.commands if command.words[0].text == "run"]
    assert [[word.text for word in command.words[1:]] for command in runs] == [
        ["a/b:1", "90", "$Gpu"], [], [],
    ]  # fmt: skip
    assert [command.template for command in runs] == ["in a for loop", "in an if branch", ""]
    assert script.defaults == {"Image": "a/b:1", "Gpu": ""}


TAKEN = """param([Parameter(Mandatory = $true)][string]$Name, [string[]]$Volumes, [switch]$Gpu,
  [string]$Mode = "fast")
$a = @("run", "--rm"); $command = $null
foreach ($m in @(Get-Content list)) { $a += "-l", $m }
if ($Gpu) { $a += "--gpus"; $a += "all" } elseif ($Mode -eq "slow") { $a += "--no" }
else { $a += @("-e", "CPU=1") }
if (-not $command) { $a += "-it" }
foreach ($v in $Volumes) { $a += "-v", $v }
$mounts = @("/x:/x", "/y:/y")
foreach ($m in $mounts) {
  $a += "-v", "$m"
  docker volume create $m
}
if ($Name) { $a += "--name", $Name }
& docker @a img
"""


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            {},
            "run --rm $a -e CPU=1 -it -v /x:/x -v /y:/y --name $Name img",
        ),
        (
            {"Gpu": "true", "Name": "n"},
            "run --rm $a --gpus all -it -v /x:/x -v /y:/y --name n img",
        ),
        ({"Mode": "slow"}, "run --rm $a --no -it -v /x:/x -v /y:/y --name $Name img"),
    ],
)
def test_branches_that_are_taken_and_loops_over_lists(known: dict[str, str], expected: str) -> None:
    script = read_script(TAKEN, file="x.ps1", dialect="powershell", known=Known(known))
    shown = [" ".join(word.text for word in command.words) for command in script.commands]
    assert shown[-1] == f"docker {expected}"
    assert [text for text in shown if "create" in text] == ["docker volume create $m"]


def test_loops_over_what_the_caller_gives_add_nothing() -> None:
    text = """$given = $args
for ($i = 0; $i -lt $given.Count; $i++) { if ($given[$i] -eq "-p") { $ports += $given[++$i] } }
$ports = @()
$a = @("run")
foreach ($p in $ports) { $a += "-p", "${p}:80" }
docker @a img
"""
    assert words(text)[-1] == ["docker", "run", "img"]


def test_open_quote() -> None:
    script = read_script("run a\nrun 'b\n", file="x.ps1", dialect="powershell")
    assert [[w.text for w in c.words] for c in script.commands] == [["run", "a"]]
    assert [(str(p.error), p.source) for p in script.problems] == [
        ("x.ps1:2:5: unterminated single quote (close it)", "run 'b")
    ]
