"""The options and arguments that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


ChartPath = Annotated[
    Path,
    typer.Argument(
        metavar="CHART",
        help="a chart folder (request.yaml, notes/), a folder of texts or documents, one of them, "
        "or an export that holds one chart",
    ),
]
PatternsOption = Annotated[Path | None, typer.Option("--patterns", help="a folder of patterns of your own")]
PoliciesOption = Annotated[
    Path | None, typer.Option("--policies", help="a folder of policies of your own; adds to the library")
]
PolicyOption = Annotated[
    list[str] | None,
    typer.Option("--policy", help="a policy's id or a payer; may be repeated. Without it, all that apply"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="a table to read, or JSON")]
CptOption = Annotated[str | None, typer.Option("--cpt", help="the requested procedure, e.g. 27279")]
SideOption = Annotated[str | None, typer.Option("--side", help="left, right or bilateral")]
DateOption = Annotated[str | None, typer.Option("--request-date", help="YYYY-MM-DD; time windows count back from it")]
SettingOption = Annotated[str | None, typer.Option("--setting", help="outpatient or inpatient")]
ReaderOption = Annotated[
    str,
    typer.Option(
        "--reader",
        help="INPUT is auto, folder, text, one-cell, csv, parquet, jsonl, fhir, ccda, rtf, html, pdf or docx",
    ),
]
MapOption = Annotated[
    str | None,
    typer.Option(
        "--map",
        help="columns of a table: patient=PAT_ID,note_id=NOTE_ID,text=NOTE_TEXT,date=CONTACT_DATE,type=NOTE_TYPE. "
        "Names of OMOP, MIMIC and common records are known",
    ),
]
