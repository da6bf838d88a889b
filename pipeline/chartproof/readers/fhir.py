"""FHIR R4: DocumentReference and DiagnosticReport, as bulk ndjson or in a Bundle, with their text inlined in base64.

An attachment that only has a URL is never fetched: it is looked up among the Bundle's own Binary resources or the
export's (``Binary.ndjson``), and reported where it is in neither. Entries that are entered in error or superseded are
reported and not read.
https://hl7.org/fhir/R4/documentreference.html, https://hl7.org/fhir/R4/diagnosticreport.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from chartproof.readers.json_lines import NOT_JSON, json_values
from chartproof.readers.limits import MAX_DOCUMENT_BYTES
from chartproof.readers.packed import open_bytes, unpacked_name
from chartproof.readers.raw_note import RawNote
from chartproof.readers.table_row import BadId, day_of, id_of, type_of_title
from chartproof.readers.text_file import encoding_of
from chartproof.readers.unreadable import Unreadable

KINDS = ("DocumentReference", "DiagnosticReport")
_NOT_VALID = {
    "entered-in-error": "entered in error",
    "superseded": "superseded by a later one",
    "cancelled": "cancelled",
}
_URL_ALONE = (
    "its text is only referred to by a URL, which is never fetched; export it inline, or with its Binary.ndjson"
)
# Of several forms of one note the one that loses least.
_PREFERRED = (
    "text/plain",
    "text/html",
    "application/xhtml",
    "text/rtf",
    "application/rtf",
    "application/pdf",
    "application/vnd.openxmlformats",
    "application/msword",
    "text/xml",
    "application/xml",
    "application/hl7",
)


class Lookup(Protocol):
    """Resources by reference: a Bundle's own, or the Binary resources of a bulk export."""

    def get(self, reference: str, /) -> dict[str, Any] | None: ...


_NOTHING: dict[str, dict[str, Any]] = {}


def read_fhir(path: Path, where: str, binaries: Lookup = _NOTHING) -> Iterator[RawNote | Unreadable]:
    """The notes of a file of bulk ndjson, or of a Bundle or single resource in JSON.

    Args:
        binaries: where the contents of attachments are looked up that have a URL alone.

    Raises:
        OSError: the system cannot read it.
        CannotConvert: it is packed, and damaged.
    """
    others: Counter[str] = Counter()
    single = _single(path)
    if single is not None:
        if isinstance(single, str):
            yield Unreadable("", where, single, "chart")
            return
        yield from _resource(single, where, _NOTHING, binaries, others)
    else:
        for number, value in json_values(path):
            source = f"{where}, line {number}"
            if isinstance(value, str):
                yield Unreadable("", source, value)
            else:
                yield from _resource(value, source, _NOTHING, binaries, others)
    for kind, count in sorted(others.items()):
        yield Unreadable("", where, f"{count} resource(s) of type {kind} hold no notes and are not used", "field")


def _single(path: Path) -> dict[str, Any] | str | None:
    """The one resource of a JSON file that is no ndjson, or what is wrong with it; None for ndjson."""
    with open_bytes(path) as file:
        head = file.read(65536)
        encoding, errors = encoding_of(head)
        first, more, _ = head.decode(encoding, errors).lstrip().partition("\n")
        if unpacked_name(path).suffix.lower() == ".ndjson" or (more and _is_json(first)):
            return None
        raw = head + file.read(MAX_DOCUMENT_BYTES)
    if len(raw) > MAX_DOCUMENT_BYTES:
        return f"a Bundle larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB; export it as ndjson"
    try:
        value = json.loads(raw.decode(encoding, errors))
    except (ValueError, RecursionError):
        return NOT_JSON
    return value if isinstance(value, dict) else "not a FHIR resource"


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _resource(
    resource: dict[str, Any],
    source: str,
    bundle: Mapping[str, dict[str, Any]],
    binaries: Lookup,
    others: Counter[str],
) -> Iterator[RawNote | Unreadable]:
    kind = resource.get("resourceType")
    if kind == "Bundle":
        yield from _bundle(resource, source, binaries, others)
    elif kind == "DocumentReference":
        yield from _document(resource, source, bundle, binaries)
    elif kind == "DiagnosticReport":
        yield from _report(resource, source, bundle, binaries)
    elif isinstance(kind, str) and kind.isidentifier() and len(kind) < 60:
        others[kind] += 1
    else:
        yield Unreadable("", source, "not a FHIR resource: it has no resourceType")


def _bundle(
    resource: dict[str, Any], source: str, binaries: Lookup, others: Counter[str]
) -> Iterator[RawNote | Unreadable]:
    entries = [one for one in _list(resource.get("entry")) if isinstance(one.get("resource"), dict)]
    index: dict[str, dict[str, Any]] = {}
    for entry in entries:
        inner = entry["resource"]
        index[f"{inner.get('resourceType')}/{inner.get('id')}"] = inner
        if isinstance(entry.get("fullUrl"), str):
            index[entry["fullUrl"]] = inner
    for number, entry in enumerate(entries, start=1):
        if entry["resource"].get("resourceType") != "Bundle":  # a Bundle in a Bundle is for messages
            yield from _resource(entry["resource"], f"{source}, entry {number}", index, binaries, others)


def _document(
    resource: dict[str, Any], source: str, bundle: Mapping[str, Any], binaries: Lookup
) -> Iterator[RawNote | Unreadable]:
    context = _dict(resource.get("context"))
    attachments = [_dict(content.get("attachment")) for content in _list(resource.get("content"))]
    days = [
        _dict(context.get("period")).get("start"),
        *(one.get("creation") for one in attachments),
        resource.get("date"),
    ]
    titles = [*_titles(resource.get("type")), resource.get("description"), *(one.get("title") for one in attachments)]
    titles += [title for category in _list(resource.get("category")) for title in _titles(category)]
    yield from _notes(resource, source, bundle, binaries, attachments, days, titles)


def _report(
    resource: dict[str, Any], source: str, bundle: Mapping[str, Any], binaries: Lookup
) -> Iterator[RawNote | Unreadable]:
    attachments = _list(resource.get("presentedForm"))
    days = [
        resource.get("effectiveDateTime"),
        _dict(resource.get("effectivePeriod")).get("start"),
        resource.get("issued"),
    ]
    titles = _titles(resource.get("code"))
    titles += [title for category in _list(resource.get("category")) for title in _titles(category)]
    conclusion = resource.get("conclusion")
    if not attachments and isinstance(conclusion, str) and conclusion.strip():
        name = next((title for title in titles if title), "")
        text = f"{name}\n\nConclusion: {conclusion}" if name else f"Conclusion: {conclusion}"
        attachments = [
            {"contentType": "text/plain", "data": base64.b64encode(text.encode("utf-8", "replace")).decode()}
        ]
    yield from _notes(resource, source, bundle, binaries, attachments, days, titles)


def _notes(
    resource: dict[str, Any],
    source: str,
    bundle: Mapping[str, Any],
    binaries: Lookup,
    attachments: list[dict[str, Any]],
    days: list[Any],
    titles: list[Any],
) -> Iterator[RawNote | Unreadable]:
    try:
        chart = _patient(resource, bundle)
        note_id = id_of(resource.get("id")) or source.rpartition("/")[2]
    except BadId as error:
        yield Unreadable("", source, str(error))
        return
    if not chart:
        yield Unreadable("", source, "no patient as its subject, so it belongs to no chart")
        return
    for state in (resource.get("status"), resource.get("docStatus")):
        if isinstance(state, str) and state in _NOT_VALID:
            yield Unreadable(chart, source, f"not read: it is {_NOT_VALID[state]}", "field")
            return
    content = _content(attachments, bundle, binaries)
    if isinstance(content, str):
        yield Unreadable(chart, source, content)
        return
    day = next((found for value in days if value and (found := day_of(value)) is not None), None)
    kinds = (type_of_title(title) for title in titles if isinstance(title, str))
    yield RawNote(
        chart=chart,
        note_id=note_id,
        content=content,
        source=source,
        date=day,
        date_source="resource" if day else "",
        type=next((kind for kind in kinds if kind is not None), None),
    )


def _patient(resource: dict[str, Any], bundle: Mapping[str, Any]) -> str:
    """The id of the patient a resource is about; blank where it names none.

    Raises:
        BadId: it is no id.
    """
    subject = _dict(resource.get("subject"))
    reference = subject.get("reference")
    if isinstance(reference, str) and reference.strip():
        target = bundle.get(reference)
        if isinstance(target, dict) and target.get("id"):
            return id_of(target["id"])
        parts = reference.split("/_history/")[0].rstrip("/").split("/")
        if len(parts) > 1 and parts[-2] in ("Group", "Device", "Location"):
            return ""
        return id_of(parts[-1])
    identifier = id_of(_dict(subject.get("identifier")).get("value"))
    if identifier:
        return identifier
    patients = {str(one.get("id")) for one in bundle.values() if one.get("resourceType") == "Patient" and one.get("id")}
    return id_of(patients.pop()) if len(patients) == 1 else ""


def _content(attachments: list[dict[str, Any]], bundle: Mapping[str, Any], binaries: Lookup) -> bytes | str:
    """The bytes of the attachment that loses least, or why there are none."""
    problem = "it has no attachment"

    def rank(attachment: dict[str, Any]) -> int:
        kind = str(attachment.get("contentType") or "").lower()
        return next((place for place, prefix in enumerate(_PREFERRED) if kind.startswith(prefix)), len(_PREFERRED))

    for attachment in sorted(attachments, key=rank):
        kind = str(attachment.get("contentType") or "").lower()
        data, url = attachment.get("data"), attachment.get("url")
        if not data and isinstance(url, str):
            target = bundle.get(url) or bundle.get("/".join(url.split("/")[-2:])) or binaries.get(url)
            data = target.get("data") if isinstance(target, dict) else None
            if not data:
                problem = _URL_ALONE
                continue
        if not isinstance(data, str) or not data:
            problem = "its attachment is empty"
            continue
        if kind.startswith(("image/", "audio/", "video/")):
            problem = "its attachment is a picture or recording: needs OCR"
            continue
        try:
            raw = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            problem = "its attachment is base64 that cannot be decoded"
            continue
        if not raw.strip():
            problem = "its attachment is empty"
            continue
        charset = kind.partition("charset=")[2].strip('" ;').split(";")[0]
        if kind.startswith("text/plain") and charset not in ("", "utf-8", "us-ascii"):
            try:
                raw = raw.decode(charset, "replace").encode("utf-8", "replace")
            except LookupError:
                pass
        return raw
    return problem


def _titles(concept: Any) -> list[Any]:
    """What a CodeableConcept is called."""
    concept = _dict(concept)
    return [concept.get("text"), *(coding.get("display") for coding in _list(concept.get("coding")))]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
