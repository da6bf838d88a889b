"""From the options of a command to charts, request, columns and policies; what is wrong with them is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chartproof.cli.messages import INCOMPLETE, did_you_mean, fail, loading, must_exist, warn

if TYPE_CHECKING:
    from chartproof.batch import Options
    from chartproof.model import Chart, Request
    from chartproof.policy import Policy
    from chartproof.readers import RequestOverrides, Unreadable


def read_one_chart(
    path: Path, overrides: RequestOverrides, reader: str, columns: str | None
) -> tuple[Chart, list[Unreadable]]:
    """The one chart at a path, and what of it could not be read; tells the latter on standard error."""
    must_exist(path)
    must_be_reader(reader)
    mapping = column_mapping(columns)
    from chartproof.readers import Unreadable, read_charts

    charts: list[Chart] = []
    unread: list[Unreadable] = []
    for item in read_charts(path, overrides, one_chart=True, reader=reader, mapping=mapping):
        if isinstance(item, Unreadable):
            unread.append(item)
        else:
            charts.append(item)
        if len(charts) > 1:
            fail(f"{path} holds more than one chart; name one of them, or use `chartproof batch`")
    for one in unread:
        warn(f"not read: {path.name if one.where in ('', '.') else one.where}: {one.reason}")
    if not charts:
        fail(f"{path} holds no chart that can be read", INCOMPLETE)
    return charts[0], unread


def charts_by_id(path: Path | None) -> dict[str, Chart]:
    """The charts under a path, for the texts of their notes; what cannot be read is told."""
    if path is None:
        return {}
    must_exist(path)
    from chartproof.readers import Unreadable, read_charts

    found: dict[str, Chart] = {}
    for item in read_charts(path):
        if isinstance(item, Unreadable):
            warn(f"not read: {item.where or path.name}: {item.reason}")
        else:
            found[item.chart_id] = item
    return found


def request_overrides(
    cpt: str | None, side: str | None, request_date: str | None, setting: str | None
) -> RequestOverrides:
    """What the options say of the request; goes before what the chart says."""
    from chartproof.readers import RequestOverrides
    from chartproof.readers.note_date import parse_date
    from chartproof.readers.request_yaml import parse_setting, parse_side

    values: dict[str, Any] = {}
    for option, name, parse, text in (
        ("--side", "laterality", parse_side, side),
        ("--request-date", "request_date", parse_date, request_date),
        ("--setting", "setting", parse_setting, setting),
    ):
        if text is not None:
            try:
                values[name] = parse(text)
            except ValueError as error:
                fail(f"{option} {text!r}: {error}")
    return RequestOverrides(cpt=cpt, **values)


def column_mapping(text: str | None) -> dict[str, str] | None:
    """The columns named by --map, by what they hold."""
    from chartproof.readers import parse_map

    try:
        return parse_map(text) if text else None
    except ValueError as error:
        fail(f"--map: {error}")


def must_be_reader(reader: str) -> None:
    """Fail where --reader names none."""
    from chartproof.readers import READERS

    if reader not in READERS:
        fail(f"--reader: there is no reader {reader!r}{did_you_mean(reader, READERS)} There are: {', '.join(READERS)}")


def scoring_options(
    patterns: Path | None, policies: Path | None, ids: Sequence[str] | None, worksheets: bool = True
) -> Options:
    """How charts are scored; unknown policies are told."""
    from chartproof.batch import Options

    found = read_policies(policies)
    if ids:
        from datetime import date

        from chartproof.model import Request
        from chartproof.policy import select_policies

        with loading():  # an unknown name is told now, not chart by chart
            select_policies(found, list(ids), Request(request_date=date.today()))
    return Options(patterns, policies, tuple(ids) if ids else None, worksheets)


def no_policy(policies: Mapping[str, Policy], request: Request) -> str:
    """Why none of the policies is taken for a request, and what to do."""
    from chartproof.policy.select import waiting_for_payer

    see = "see `chartproof policies list`, or name one with --policy"
    codes = sorted({code for policy in policies.values() for code in policy.procedure_codes})
    if request.cpt is not None and request.cpt not in codes:
        return f"no policy is for CPT {request.cpt}; there are policies for {', '.join(codes)}; {see}"
    payers = ", ".join(waiting_for_payer(policies, request))
    named = f"; there are policies of {payers}: name the payer" if payers else ""
    return f"no policy applies to this request{named}; {see}"


def read_policies(folder: Path | None) -> dict[str, Policy]:
    """The policies of the library and of a folder of the user's, by id."""
    with loading():
        from chartproof.policy import load_policies

        return load_policies(folder)
