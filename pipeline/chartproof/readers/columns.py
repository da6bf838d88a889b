"""Which column of a table holds what: named by the caller, or known from common exports.

Known are the names of the OMOP CDM (NOTE), MIMIC-III (NOTEEVENTS) and MIMIC-IV-Note, i2b2 (OBSERVATION_FACT), Epic
Clarity (HNO_NOTE_TEXT and its kin), Cerner Millennium (CLINICAL_EVENT), VA CDW (TIU), and the plain words. Names are
compared without case, blanks and punctuation.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUEST_ROLES = ("cpt", "side", "setting", "request_date", "payer")

# In each list the first column that the table has goes first.
_KNOWN: dict[str, str] = {
    "patient": "chart_id pat_id patient_id patientid patient_sid person_id subject_id patient_num pat_mrn_id mrn "
    "patient_mrn medical_record_number patient_key patient_durable_key patient_identifier patient person subject",
    "note_id": "note_id note_csn_id hno_note_id document_id doc_id tiu_document_sid report_id event_id row_id note_key "
    "note_num id",
    "text": "note_text text report_text document_text full_text note_content clinical_note observation_blob note "
    "report narrative content body",
    "date": "note_date note_datetime date_of_service service_date service_dttm dos contact_date encounter_date "
    "visit_date charttime chartdate reference_date_time reference_datetime event_end_dt_tm event_date entry_date_time "
    "effective_date document_date report_date create_instant_dttm note_created_date created_date date datetime "
    "start_date storetime",
    "type": "note_type note_title ip_note_type note_type_name tiu_standard_title tiu_document_definition document_type "
    "doc_type note_category category note_class report_type event_title_text description title type",
    "line": "line line_num line_number line_no note_line",
    "error": "iserror is_error",
    "cpt": "request_cpt requested_cpt",
    "side": "request_side request_laterality requested_laterality",
    "setting": "request_setting requested_setting",
    "request_date": "request_date",
    "payer": "payer request_payer",
}
ROLES = tuple(role for role in _KNOWN if role != "error")
_SEVERAL = ("date", "type")  # where the first is blank in a row, the next is looked at


class BadColumns(ValueError):
    """A mapping or a table's header that cannot be used; the message says how to mend it."""


@dataclass(frozen=True)
class Columns:
    """The positions of the columns by role; the first that is filled in a row counts."""

    at: Mapping[str, tuple[int, ...]]

    @property
    def wanted(self) -> list[int]:
        return sorted({place for places in self.at.values() for place in places})


def parse_map(text: str) -> dict[str, str]:
    """The mapping of ``--map``: ``note_id=NOTE_ID,text=NOTE_TEXT,patient=PAT_ID``.

    Raises:
        BadColumns: a part is no ``role=COLUMN``, or a role is unknown or stands twice.
    """
    mapping: dict[str, str] = {}
    for part in text.split(","):
        role, sign, column = (piece.strip() for piece in part.partition("="))
        if not sign or not role or not column:
            raise BadColumns(f"{part.strip()!r} is no role=COLUMN; write e.g. text=NOTE_TEXT,patient=PAT_ID")
        if role not in ROLES:
            near = [one for one in ROLES if one.startswith(role)] or difflib.get_close_matches(role, ROLES, n=1)
            raise BadColumns(
                f"there is no role {role!r}"
                + (f"; did you mean {near[0]}?" if near else f"; roles: {', '.join(ROLES)}")
            )
        if role in mapping:
            raise BadColumns(f"{role} stands twice")
        mapping[role] = column
    return mapping


def find_columns(names: Sequence[str], mapping: Mapping[str, str] | None = None) -> Columns:
    """The columns of a table by its header.

    Raises:
        BadColumns: a column that was named is not there or there twice, or none is known for the text or the patient.
    """
    mapping = mapping or {}
    plain = [_plain(name) for name in names]
    at: dict[str, tuple[int, ...]] = {}
    for role, column in mapping.items():
        places = [i for i, name in enumerate(names) if name.strip() == column]
        places = places or [i for i, name in enumerate(names) if name.strip().lower() == column.lower()]
        if not places:
            shown = [name for name in names if _is_shown(name)][:40]
            near = difflib.get_close_matches(column, shown, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(shown)}"
            raise BadColumns(f"there is no column {column} for {role}{hint}")
        if len(places) > 1:
            raise BadColumns(f"there are {len(places)} columns {column}")
        at[role] = (places[0],)
    taken = {place for places in at.values() for place in places}
    for role, known in _KNOWN.items():
        if role in at:
            continue
        found = []
        for name in map(_plain, known.split()):
            places = [i for i, one in enumerate(plain) if one == name and i not in taken]
            if len(places) > 1:
                raise BadColumns(f"{len(places)} columns could be the {role}; name one with --map {role}=COLUMN")
            found += places
        if found:
            at[role] = tuple(found if role in _SEVERAL else found[:1])
            taken.update(at[role])
    for role in ("text", "patient"):
        if role not in at:
            has = ", ".join([name.strip() for name in names if _is_shown(name)][:40])
            raise BadColumns(f"no column is known for the {role}; name it with --map {role}=COLUMN (it has {has})")
    return Columns(at)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_shown(name: str) -> bool:
    """True where a name looks like that of a column, and not like text of a note that stands in the first line."""
    return bool(re.fullmatch(r"[A-Za-z_][\w .-]{0,40}", name.strip()))
