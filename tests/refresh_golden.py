"""`python -m tests.refresh_golden` writes the golden files anew; read the diff, then keep it."""

from __future__ import annotations

from tests.output import golden

if __name__ == "__main__":
    golden.refresh()
