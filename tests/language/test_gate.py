"""A gated regex gives what the regex alone gives."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chartproof.language.alternatives import alternatives, by_first_character, split
from chartproof.language.gate import GatedRegex
from chartproof.language.literals import Word, first_characters, needed
from chartproof.language.patterns import load_patterns
from chartproof.language.regex_code import Lazy, compile_code
from chartproof.language.scanner import Scanner, default_engine

REGEXES = [
    r"\bpt\b",
    r"(?<![A-Za-z])pt(?![a-z])",
    r"\b(?:left|right)(?: si)? joint\b",
    r"\d{1,2}/10",
    r"\bno (?:\w+ ){0,2}pain\b",
    r"[^.]{0,20}relief",
    r".*\binjections?\b",
    r"weeks?|months?",
    r"(?=pain)\w+",
    r"^pain$",
    r"(?-i:SI)\b",
    r"si[jk]",
    r"(?:a|b)c(?:d|e)?f",
    r"\br\b|\bl\b",
    r"(?:foo)?",
    r"x*pain*",
    r"(?:\bpt\b|\bno [a-z]+ relief|months?)",
    r"pain \w+ (?P<w>weeks)|(?:x+\d|left|pain)|\bsi[jk]\b|\d\d",
    r"(?<=no )pain|(?<=\bright )(?:si|hip)",
    r"(?:(?<=left )|(?<=no )|(?<=\bsi ))\w+",
    r"\b(?:pain|\w+ joint|no)\b",
    r"\w+ joint|[;,] |right(?: si)?",
]
WORDS = "pt PT ept 2pt pt2 left right si SI SIJ siK si\u212a joint joints 7/10 no severe pain relief injection weeks month r l R acf bcdf foo x \u0130si \u017fi \u00e9pt . , \n ;".split(" ")  # fmt: skip
ENGINES = ("ahocorasick", "python")


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=60), glue=st.sampled_from([" ", "", "-"]), data=st.data())
@example(words=["no", "pain"] * 30, glue=" ", data=None)
def test_same_matches_with_and_without(engine, words, glue, data):
    text = glue.join(words)
    text = text if len(text) >= 400 else text + " " * (400 - len(text))  # long enough to be scanned at once
    scanner = Scanner(engine)
    start, end = (0, len(text)) if data is None else sorted(data.draw(st.integers(0, len(text))) for _ in range(2))
    for source in REGEXES:
        regex = re.compile(source, re.IGNORECASE)
        gated = GatedRegex(regex, scanner)
        for low, high in ((0, len(text)), (start, end)):
            expected = [m.span() for m in regex.finditer(text, low, high)]
            assert [m.span() for m in gated.finditer(text, low, high)] == expected, source
            found, alone = gated.search(text, low, high), regex.search(text, low, high)
            assert (found and found.span()) == (alone and alone.span()), source
            if regex.search(text[low:high]):
                assert gated.may_match(text, low, high), source


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (r"\bpain\b", {Word("pain", True, True)}),
        (r"(?<![a-z])pt", {Word("pt", True, False)}),
        (r"weeks?", {Word("week")}),
        (r"(?:left|right) hip", {Word("left hi"), Word("right h")}),
        (r"\d+ mcg", {Word(" mcg")}),
        (r"[ab]cd", {Word("acd"), Word("bcd")}),
        (r"(?:pain)+", {Word("pain")}),
        (r"(?<=pain )\d", {Word("pain ")}),
        (r"(?:(?<=not )|(?<=via ))\w", {Word("not "), Word("via ")}),
    ],
)
def test_the_words_that_a_match_holds(source, words):
    need = needed(source, re.IGNORECASE)
    assert need is not None and set(need.words) == words


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a|b", ["a", "b"]),
        ("(?:a|(?:b|c)d)|(?:e)", ["a", "(?:b|c)d", "e"]),
        (r"[|(]\|\)|(?:x)(?:y|z)", [r"[|(]\|\)", "(?:x)(?:y|z)"]),
        ("[]|]a|[^]|]b", ["[]|]a", "[^]|]b"]),
        (r"(?:a)|(?P<n>b|c)", ["a", "(?P<n>b|c)"]),
        ("(?i)a|b", ["(?i)a|b"]),
        (r"\b(?:a|b(?:c|d))\b", [r"\b(?:a)\b", r"\b(?:b(?:c|d))\b"]),
        (r"\b(?:a|b)", [r"\b(?:a)", r"\b(?:b)"]),
        (r"(?:a)(?:b)\b", [r"(?:a)(?:b)\b"]),
        ("", [""]),
    ],
)
def test_the_alternatives_of_a_regex(source, parts):
    assert alternatives(source) == parts


def test_alternatives_that_cannot_be_tried_place_by_place_are_looked_for_by_themselves():
    parts = split(r"left|\w+ing pain|\d", re.IGNORECASE)
    assert parts is not None and parts.near is not None
    assert set(parts.near.words) == {Word("left")}
    assert [(branch.source, branch.need and set(branch.need.words)) for branch in parts.rest] == [
        (r"\w+ing pain", {Word("ing pain"[:7])}),
        (r"\d", None),
    ]
    assert split("left|right", 0) is None
    assert split(r"\d|\w+", 0) is None


@pytest.mark.parametrize("source", [r"\d+", r"pain|\d", r"(?:pain)?", r"\w+ing", r"(?!pain)x"])
def test_a_match_may_hold_anything(source):
    need = needed(source, re.IGNORECASE)
    assert need is None or source == r"\w+ing"


def test_an_unknown_engine_is_refused(monkeypatch):
    monkeypatch.setenv("CHARTPROOF_PREFILTER", "fast")
    with pytest.raises(ValueError, match="ahocorasick, python, off"):
        default_engine()


def test_most_shipped_regexes_are_gated():
    patterns = load_patterns()
    regexes = [*patterns.regexes.values(), *(r for words in patterns.vocabulary.values() for r in words.values())]
    gated = sum(regex.bit != 0 for regex in regexes)
    assert gated > 0.8 * len(regexes)


def test_a_regex_is_made_when_it_has_to_run():
    scanner = Scanner("ahocorasick")
    made, code = compile_code(r"\bpain\b", re.IGNORECASE)
    lazy = Lazy(made.pattern, re.IGNORECASE, code)
    gated = GatedRegex(lazy, scanner)
    scanner.read("no hip")
    assert gated.search("no hip") is None
    assert lazy._made is None
    scanner.read("no Pain")
    assert gated.search("no Pain").span() == (3, 7)
    assert lazy._made == made
    assert (gated.flags, gated.groupindex, gated.sub("x", "pain")) == (made.flags, {}, "x")
    with pytest.raises(AttributeError):
        gated.scanner  # noqa: B018


def test_two_scanners_read_a_note_in_one_pass():
    inner = Scanner("ahocorasick")
    outer = Scanner("ahocorasick", beside=inner)
    first, second = (
        GatedRegex(re.compile(r"\bhip\b|\bknee\b"), inner),
        GatedRegex(re.compile(r"\bpain\b|\bhip\b"), outer),
    )
    for text in ("pain in the hip", "knee", "painful"):
        outer.read(text)
        assert bool(inner.scan(text).mask & first.bit) == bool(first.search(text))
        assert bool(outer.scan(text).mask & second.bit) == bool(second.search(text))


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=60), glue=st.sampled_from([" ", ""]), data=st.data())
def test_a_part_searched_as_a_text_of_its_own(words, glue, data):
    text = glue.join(words)
    scanner = Scanner("ahocorasick")
    start, end = sorted(data.draw(st.integers(0, len(text))) for _ in range(2))
    for source in REGEXES:
        regex = re.compile(source, re.IGNORECASE)
        gated = GatedRegex(regex, scanner)
        scanner.read(text)
        found, alone = gated.search_apart(text, start, end), regex.search(text[start:end])
        assert (found and found.span()) == (alone and alone.span()), source


@pytest.mark.parametrize(
    ("source", "characters"),
    [
        (r"\bpain", "pP"),
        (r"(?:no )?pain|x", "nNpPxX"),
        (r"(?<=a)[bc]+", "bBcC"),
        (r"\d", "0123456789"),
        (r"(?!x)(?:a|(?:b)?c)", "aAbBcC"),
    ],
)
def test_the_characters_a_match_begins_with(source, characters):
    assert first_characters(source, re.IGNORECASE) == frozenset(characters)


def test_a_match_may_begin_with_any_character():
    for source in ("(?:pain)?", "[^x]?", "x*"):
        assert len(first_characters(source, 0)) == 128


@given(words=st.lists(st.sampled_from([*WORDS, "alpha", "beta1", "gamma", "\xb0x"]), max_size=30))
def test_a_long_regex_tried_by_its_first_characters_matches_the_same(words):
    filler = "|".join(f"{letter}{'q' * 60}{n}" for letter in "bdegh" for n in range(12))
    source = rf"\b(?:no |left )?pain\b|alpha|\w+\d\b|(?P<w>weeks)|{filler}"
    regex = re.compile(source, re.IGNORECASE)
    parts = by_first_character(source, re.IGNORECASE)
    assert set(parts) == {"", *"nlpawbdegh"}
    by_first = {}
    for c, part in parts.items():
        by_first[c] = Lazy.compiled(part, re.IGNORECASE)
    scanner = Scanner("ahocorasick")
    gated = GatedRegex(regex, scanner, by_first=by_first)
    text = " ".join(words)
    scanner.read(text)
    assert [m.span() for m in gated.finditer(text)] == [m.span() for m in regex.finditer(text)]


def test_a_match_is_tried_no_further_back_than_what_may_stand_before_its_word():
    need = needed(r"\w{3,}ectomy\b", re.IGNORECASE)
    assert need is not None and need.words == {Word("ectomy", False, True): (3, None)}
    scanner = Scanner("ahocorasick")
    gated = GatedRegex(re.compile(r"\w{3,}ectomy\b", re.IGNORECASE), scanner)
    text = "had a tonsillectomy, an ectomy"
    scanner.read(text)
    places = scanner.scan(text).places(0)
    assert (places.lows, places.highs, places.far) == ([6], [10], [])
    assert [m[0] for m in gated.finditer(text)] == ["tonsillectomy"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_window_that_ends_within_a_word_ends_the_word(engine):
    regex = re.compile(r"(?-i:SI)\b", re.IGNORECASE)
    text = "SIJ" + " " * 400
    gated = GatedRegex(regex, Scanner(engine))
    assert [m.span() for m in gated.finditer(text, 0, 2)] == [(0, 2)]
    assert gated.search(text, 0, 2) is not None
    assert gated.search(text) is None
