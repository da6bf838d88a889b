"""Whatever a file holds, a reader gives a chart or says what it could not read."""

from hypothesis import given, settings
from hypothesis import strategies as st

from chartproof.model import Chart
from chartproof.readers import RequestOverrides, Unreadable, read_charts
from chartproof.readers.note_date import date_in_head, date_in_name
from chartproof.readers.request_yaml import BadRequest, read_request_file
from chartproof.readers.text_file import NotText, decode

YAML_LIKE = st.text(alphabet="abc:-[]{}'\"&*?!|>#,% \n\t01279procedure_latefsicd", max_size=80)


@given(st.binary(max_size=300))
def test_bytes_give_canonical_text_or_are_refused(raw):
    try:
        text = decode(raw)
    except NotText:
        return
    assert not set(text) & set("\0\r\v\f\x85\u2028\u2029\x1b")
    text.encode("utf-8")


@given(st.text(max_size=200), st.sampled_from(["", "DOS: 3/4/2025", "99/99/9999", "2025-02-30", "DOB 1/1/60"]))
def test_dates_are_found_or_not(text, part):
    for found in (date_in_head(text + part), date_in_name(text + part)):
        assert found is None or 1900 <= found.day.year < 2100


@settings(max_examples=200)
@given(content=YAML_LIKE | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_a_request_file_is_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "request.yaml"
    path.write_text(content, encoding="utf-8")
    try:
        read_request_file(path, RequestOverrides())
    except BadRequest as error:
        assert len(str(error)) < 200


@settings(max_examples=50)
@given(raw=st.binary(max_size=200))
def test_a_chart_of_any_bytes(tmp_path_factory, raw):
    folder = tmp_path_factory.getbasetemp() / "any"
    (folder / "notes").mkdir(parents=True, exist_ok=True)
    (folder / "notes" / "2025-01-02_pt.txt").write_bytes(raw)
    (folder / "request.yaml").write_bytes(raw)
    found = list(read_charts(folder))
    assert found and all(isinstance(item, Chart | Unreadable) for item in found)
