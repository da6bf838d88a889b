"""How often a word is to be expected in a clinical note: what is looked for should be rare."""

from __future__ import annotations

import re
from functools import cache

# Words of notes with how many there are of each in a thousand words, of those that stand there once or more.
_COMMON = """
the 54 and 27 of 21 was 21 to 17 a 16 with 12 in 12 no 10 right 8 left 7 on 8 is 8 patient 7 for 7 at 6.5 pain 6 she 5.5 he 5
joint 5 this 4.5 were 4.5 or 3.5 that 4 not 4.5 it 4.5 her 3.5 by 3 has 3.5 from 3 then 4.5 as 3.5 there 2.7 be 2.5 an 2.6 had 2.3
i 3.5 s 4 l 6.5 r 4 p 3 c 2.5 d 1.5 m 2 t 2 x 3 pt 2.2 si 4 md 2.2 spine 2.2 sacroiliac 1.7 injection 1.7 back 2 hip 1.5 lumbar 1.6 ml 1.6
mg 1.8 mm 1 cm 1 one 1.8 two 1.8 three 1 over 1.8 today 1.5 out 1.6 since 1.3 side 1.6 up 1.6 date 1.2 procedure 2.8 dr 1.5 fusion 1.1 day 1.2
none 1.1 after 2 weeks 1.1 week 1 month 1 months 0.8 year 1 years 0.8 days 1 mri 1 negative 1.4 are 1.7 about 1.1 his 2.2 joints 1 normal 2.2
mild 1 history 2 exam 1.2 had 2.3 do 1 we 1.5 be 2.4 have 1.5 which 1.6 using 1.3 into 1.6 used 1.2 noted 1.5 placed 2.2 removed 1.2
performed 1.2 all 1.5 time 1.4 any 1 also 1 well 1.7 room 0.9 skin 1 taken 0.8 general 0.8 made 0.8 position 0.8 area 0.8 down 1.3 will 1.1
without 1.3 but 1.1 old 0.8 been 1.2 some 0.9 both 1.2 lower 0.8 surgery 1 under 1 condition 0.6 disease 0.6 given 0.6 did 0.9 who 0.6
plan 0.9 report 0.9 now 0.9 only 0.9 before 0.9 may 0.9 can 0.9 my 0.8 so 0.8 off 0.8 if 0.9 does 0.8 visit 0.8 positive 0.9 tender 0.9
home 0.9 leg 1 ct 1 neck 0.6 note 0.7 first 0.7 last 0.9 him 0.8 they 0.4 these 0.5 other 0.6 than 0.5 during 0.5 very 0.4 more 0.6 through 0.9
"""
# What stands in most notes, as it looks in a marked text (see ``literals.mark``). To look for these on the way, with all
# else, would take half of the time of a scan; they are looked for one by one when their places are asked for.
EVERYWHERE = frozenset(
    """
    And All Ap As At Bl Ca Comp Do Dr Ex For Ha He In Is Le Li Lo Me Mo No Not Of On Or Pa Patient Pe Per Po Pos Post Pre Rec
    Si So Sp St Te Th The This To Un Us Was We With all ap as ca ct do for ft he her his hr ie if ing io is it lat lo ls min mo
    nd no one pt ran rd rom si st th the tt us :
    """.split()
) | {" And ", " For ", " Not", " Pre", "And ", "As ", "At ", "For ", "In ", "In The", "In The ", "Is ", "No ", "Of ", "Of The",
     "Of The ", "On ", "This ", "To ", "Was ", "With "}  # fmt: skip
_RATES = {word: float(rate) for word, rate in re.findall(r"([a-z]+) ([\d.]+)", _COMMON)}
_LISTED = "\n" + "\n".join(_RATES) + "\n"
# Of what is not listed, by the number of letters of the word; longer ones are rarer.
_BY_LENGTH = (30.0, 8.0, 2.0, 0.5, 0.2, 0.1, 0.06)
_REST = 0.04


@cache
def rate(text: str, left: bool, right: bool) -> float:
    """How many places of a thousand words hold a text, roughly.

    Args:
        text: in lower case.
        left, right: whether it stands there only where no letter stands beside it.
    """
    words = re.findall("[a-z]+", text)
    if not words:
        return 30.0 if any(map(str.isdigit, text)) or len(text) == 1 else 5.0
    # of several words the rarest decides, and the others stand beside it only now and then
    at_start, at_end = left or not text[0].isalpha(), right or not text[-1].isalpha()
    each = [_of_word(word, n > 0 or at_start, n < len(words) - 1 or at_end) for n, word in enumerate(words)]
    return min(each) * 0.3 ** (len(words) - 1)


def _of_word(word: str, left: bool, right: bool) -> float:
    base = _BY_LENGTH[len(word)] if len(word) < len(_BY_LENGTH) else _REST
    if left and right:
        return _RATES.get(word, base)
    sought = ("\n" if left else "") + word + ("\n" if right else "")
    listed = 0.0
    at = _LISTED.find(sought)
    while at >= 0:
        begin = _LISTED.rfind("\n", 0, at + 1) + 1
        listed += _RATES[_LISTED[begin : _LISTED.find("\n", begin)]]
        at = _LISTED.find(sought, at + 1)
    return listed + base * (2 if left or right else 4)
