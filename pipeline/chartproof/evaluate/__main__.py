"""``python -m chartproof.evaluate``."""

import typer

from chartproof.evaluate.command import evaluate

# Pretty tracebacks can print local variables, and those hold the text of notes.
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(evaluate)

if __name__ == "__main__":
    app(prog_name="python -m chartproof.evaluate")
