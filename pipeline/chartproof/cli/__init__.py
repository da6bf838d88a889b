"""The command ``chartproof``. Thin: a command reads options, calls a stage, and hands what came out to the console.

A module a command, or a few that belong together; here they are put together. Everything heavy is imported where it
is used, so that ``--help`` answers at once.
"""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from chartproof.cli import batch, chart, evaluate, policies, schema, worksheets
from chartproof.cli.group import CommandGroup

__all__ = ["app"]

EPILOG = (
    "Exit codes: 0 done; 1 done, but something was not read or failed and was set aside; 2 wrong use, or wrong "
    "patterns or policies; 3 an error of the program; 130 stopped with Ctrl-C. With --format json the answer alone is "
    "on standard output, messages are on standard error. No note ever leaves this machine, and none is quoted in a "
    "message."
)

app = typer.Typer(
    cls=CommandGroup,
    help="From the notes of a chart to a payer's criteria, each answer quoting the note it stands on.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        import chartproof

        typer.echo(f"chartproof {chartproof.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    # Python looks for garbage at every 700 objects more, and nearly all that a start makes is kept. A fifth of the time
    # from the start to the first scored chart goes by that; some megabytes of garbage more do no harm.
    gc.set_threshold(20_000)


app.command(epilog=EPILOG)(chart.extract)
app.command(epilog=EPILOG)(chart.score)
app.command(epilog=EPILOG)(worksheets.worksheet)
app.command(epilog=EPILOG)(worksheets.import_review)
app.command(epilog=EPILOG)(batch.batch)
app.command(epilog=EPILOG)(evaluate.evaluate)
app.command(epilog=EPILOG)(schema.schema)

policies_app = typer.Typer(cls=CommandGroup, help="List, show, check, test and compare policies.", no_args_is_help=True)
policies_app.command("list", epilog=EPILOG)(policies.list_policies)
policies_app.command("show", epilog=EPILOG)(policies.show_policy)
policies_app.command("check", epilog=EPILOG)(policies.check_policies)
policies_app.command("test", epilog=EPILOG)(policies.test_policies)
policies_app.command("diff", epilog=EPILOG)(policies.diff_policies)
app.add_typer(policies_app, name="policies")
