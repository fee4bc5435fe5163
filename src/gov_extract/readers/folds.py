"""Characters that look like others and are not: radicals and compatibility forms, which text copied from a PDF is full of.

In: a text. Out: the text with the characters that one sees, one for one, so that its length stays.
"""

from __future__ import annotations

import re
import unicodedata

RADICALS_SUPPLEMENT = (
    "⺁厂⺃乚⺄乙⺅亻⺈⺈⺉刂⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺑尣⺒巳⺓幺⺔彐⺕彐⺖忄⺗小⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭"
    "⺪疋⺫目⺬示⺭礻⺮竹⺯糹⺰纟⺱网⺲罒⺳网⺴网⺵网⺶羊⺷羊⺸羊⺹老⺺聿⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃西⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长"
    "⻔门⻕阝⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
"""Pairs of a CJK Radicals Supplement character and the character that it stands for; Unicode gives no such mapping."""


def _folds() -> dict[str, str]:
    forms = map(chr, (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFADA)))
    folds = {form: unicodedata.normalize("NFKC", form) for form in forms}
    folds.update(zip(RADICALS_SUPPLEMENT[0::2], RADICALS_SUPPLEMENT[1::2], strict=True))
    return {form: text for form, text in folds.items() if len(text) == 1}


FOLDS = _folds()
_FOLDABLE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")


def fold_radicals(text: str) -> str:
    """Radicals and compatibility forms, which look like characters and are not, become the characters."""
    if _FOLDABLE.search(text):
        for form in FOLDS.keys() & set(text):  # few, though they may stand everywhere
            text = text.replace(form, FOLDS[form])
    return text
