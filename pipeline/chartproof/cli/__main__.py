"""``python -m chartproof.cli``."""

from chartproof.cli import app

if __name__ == "__main__":
    app(prog_name="chartproof")
