"""Bytes to the canonical text of a note."""

import codecs
import os

import pytest

from chartproof.readers.text_file import NotText, decode, read_text

TEXT = "Pain ≥ 8/10 – “worse”\nFABER +"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode("utf-8"),
        TEXT.replace("\n", "\r").encode("utf-8"),
        TEXT.replace("\n", "\f").encode("utf-8"),
        ("\0" + TEXT.replace("8", "8\0")).encode("utf-8"),
    ],
)
def test_every_encoding_gives_the_same_text(raw):
    assert decode(raw) == TEXT


def test_windows_bytes_are_read_as_cp1252():
    assert decode(b"\x93no relief\x94 \x96 75\xb0") == "“no relief” – 75°"


def test_one_windows_byte_does_not_spoil_the_utf8_around_it():
    assert decode("≥ 75% ".encode() + b"\x92" + " é".encode()) == "≥ 75% ’ é"


def test_control_characters_become_blanks_and_tabs_stay():
    assert decode(b"Pain 7/10 in the left buttock\tworse\x1b with sitting") == (
        "Pain 7/10 in the left buttock\tworse  with sitting"
    )


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04...", "Word"),
        (b"{\\rtf1 text}", "RTF"),
        (bytes(range(32)) * 20, "binary"),
    ],
)
def test_what_is_no_text_is_refused(raw, says):
    with pytest.raises(NotText, match=says):
        decode(raw)


def test_blank_and_special_files_are_refused(tmp_path):
    (tmp_path / "blank.txt").write_text(" \n\t\n")
    with pytest.raises(NotText, match="empty"):
        read_text(tmp_path / "blank.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(NotText, match="plain file"):
        read_text(tmp_path / "pipe.txt")
