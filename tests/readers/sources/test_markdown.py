"""Code blocks of markdown."""

from __future__ import annotations

import pytest

from advisor.readers.sources.markdown import read_markdown

RST = """\
Title
=====

Run it::

   docker run a

.. code-block:: bash
   :linenos:

   docker run b \\
     c

.. code-block:: json

   docker run no

#. A step

   .. code:: console

      $ docker run d
      docker run output

docker run no
"""


def test_blocks_of_restructured_text() -> None:
    script = read_markdown(RST, "x.rst")
    found = [([word.text for word in one.words[2:]], one.place.line) for one in script.commands]
    assert [words for words in found if words[0]] == [(["a"], 6), (["b", "c"], 11), (["d"], 22)]


TEXT = """\
# Title

Run `docker run inline` and see:

```bash
# docker run commented
docker run a \\
   -v x:y
```

1. A step

   ```console
   $ docker run b \\
   >   c
   docker run output
   # docker run d
   root@host:/x# docker run e
   (env) user@host:~/x$ docker run f
   ```

    docker run g

> ~~~ {.sh .numberLines}
> docker run h
> ~~~

```python
docker run no
```

```powershell
PS C:\\> docker run -v ${PWD}:/x `
  i
```

````
```
docker run j
```
````

```Dockerfile
# docker run no
```

```bat
C:\\me> docker run -v %CD%:/x k
```

```
docker run l
"""


def test_commands_and_places() -> None:
    found = [
        (" ".join(w.text for w in c.words[2:]), c.place.line, c.place.column)
        for c in read_markdown(TEXT, "README.md").commands
        if c.words[0].text == "docker"
    ]
    assert found == [
        ("a -v x:y", 7, 1),
        ("b c", 14, 6),
        ("d", 17, 6),
        ("e", 18, 18),
        ("f", 19, 25),
        ("g", 22, 5),
        ("h", 25, 3),
        ("-v ${PWD}:/x i", 33, 9),
        ("j", 39, 1),
        ("-v %CD%:/x k", 48, 8),
        ("l", 52, 1),
    ]


def test_open_quote_in_one_block() -> None:
    script = read_markdown("```sh\nrun 'a\n```\n\n```sh\nrun b\n```\n", "README.md")
    assert [str(p.error) for p in script.problems] == [
        "README.md:2:5: unterminated single quote (close it)"
    ]
    assert [[w.text for w in c.words] for c in script.commands] == [["run", "b"]]


@pytest.mark.parametrize("text", ["", "```", "text only\n", "```sh\n```", "    \n\t\n", "> > >"])
def test_no_commands(text: str) -> None:
    assert read_markdown(text, "README.md").commands == ()


PAGE = """\
<h1>Run</h1>
<pre><code class="language-bash">$ docker run -v <span class="p">$PWD</span>:/w \\
  a &amp;&amp; echo done
</code></pre>
<p>or <code>docker run b</code>, not <code>echo docker run no</code></p>
<pre>docker run c<br/>docker run d</pre>
"""


@pytest.mark.parametrize("name", ["page.html", "README.md"])
def test_code_of_html(name: str) -> None:
    found = [
        (" ".join(each.text for each in command.words), command.place.line)
        for command in read_markdown(PAGE, name).commands
        if command.words[0].text == "docker"
    ]
    assert found == [
        ("docker run -v $PWD:/w a", 2),
        ("docker run b", 5),
        ("docker run c", 6),
        ("docker run d", 7),
    ]


PROSE = """\
Now run it:

docker run --gpus all -v /d:/d \\
  a bash

1. `docker run -it b`
**docker run -v %cd%\\in:/in d**
docker run --gpus all is what starts it.
Use `docker run -it c` for that.
"""


def test_commands_without_a_code_block() -> None:
    found = [
        (" ".join(each.text for each in command.words), command.place.line)
        for command in read_markdown(PROSE, "README.md").commands
    ]
    assert found == [
        ("docker run --gpus all -v /d:/d a bash", 3),
        ("docker run -it b", 6),
        (r"docker run -v %cd%\in:/in d", 7),
    ]
