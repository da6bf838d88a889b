"""From the notes of a chart to a payer's prior-authorization criteria.

Each answer is met, not met or unsure, and quotes the words of the notes it stands on. Importing this package loads no
language pipeline; the stages live in its subpackages and each imports only what it needs.

``chartproof.__version__`` is the version of the installed distribution.
"""

__all__ = ["__version__"]

__version__: str


def __getattr__(name: str) -> str:
    # Reading the distribution's metadata takes milliseconds that most imports need not spend.
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("chartproof")
        except PackageNotFoundError:  # run from a source tree that was never installed
            found = "0+unknown"
        globals()["__version__"] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
