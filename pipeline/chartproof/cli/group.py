"""How the commands of the program fail: class and place of an error, never its words."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from chartproof.cli.messages import BUG, fail


class CommandGroup(TyperGroup):
    """Commands whose unexpected errors show class and place alone: a message or a traceback may quote a note."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
            sys.stdout = None  # type: ignore[assignment]  # nothing to flush at exit
            raise typer.Exit(0) from None
        except Exception as error:
            if type(error).__module__.startswith(("typer", "click")):
                raise
            from chartproof.batch.process import describe_error

            fail(f"an error of the program: {describe_error(error)}", BUG)
