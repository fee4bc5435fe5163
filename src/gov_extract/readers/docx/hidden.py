"""Which runs of a Word document are not printed.

In: a run and the document's styles. Out: whether it is hidden, struck out, a field's prompt, or white beside other text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gov_extract.readers.docx.styles import Styles, W, child_value, switched_on

if TYPE_CHECKING:
    from lxml import etree

_WHITE = "FFFFFF"
_SETTINGS = {W + name: f"{W}{name}Pr" for name in ("r", "p", "tc", "tr", "tbl")}


def is_hidden(run: etree._Element, styles: Styles) -> bool:
    """Whether a run's text is not part of what the document says."""
    properties = run.find(W + "rPr")
    own = switched_on(properties, W + "vanish")
    if own is None and (_is_struck(properties) or _has_hidden_style(run, properties, styles)):
        return True
    if own or _is_prompt(run):
        return True
    return _color(properties) == _WHITE and (_stands_beside_ink(run) or _stands_on_paper(run))


def _is_struck(properties: etree._Element | None) -> bool:
    """Struck out is deleted by hand."""
    return bool(switched_on(properties, W + "strike") or switched_on(properties, W + "dstrike"))


def _has_hidden_style(run: etree._Element, properties: etree._Element | None, styles: Styles) -> bool:
    style = child_value(properties, W + "rStyle")
    if style is not None and styles.of(style).hidden:
        return True
    paragraph = next(run.iterancestors(W + "p"), None)
    settings = paragraph.find(W + "pPr") if paragraph is not None else None
    return styles.of(child_value(settings, W + "pStyle")).hidden


def _is_prompt(run: etree._Element) -> bool:
    """Whether a run is what an empty content control asks for (单击此处输入文字)."""
    return any(control.find(f"{W}sdtPr/{W}showingPlcHdr") is not None for control in run.iterancestors(W + "sdt"))


def _color(properties: etree._Element | None) -> str:
    return (child_value(properties, W + "color") or "").upper()


def _stands_on_paper(run: etree._Element) -> bool:
    """Whether nothing around a run has a ground of its own: no shading, no style of a table, no text box."""
    for around in (run, *run.iterancestors(W + "p", W + "tc", W + "tr", W + "tbl", W + "txbxContent")):
        if around.tag == W + "txbxContent":
            return False
        settings = around.find(_SETTINGS[around.tag])
        if settings is None:
            continue
        shading = settings.find(W + "shd")
        if shading is not None and (shading.get(W + "fill") or "auto").upper() not in ("AUTO", _WHITE):
            return False
        if settings.find(W + "tblStyle") is not None or settings.find(W + "highlight") is not None:
            return False
    return True


def _stands_beside_ink(run: etree._Element) -> bool:
    """Whether text of another colour stands in the run's paragraph: on its ground the white one is not seen. A head that is
    white throughout stands on a dark ground."""
    paragraph = next(run.iterancestors(W + "p"), None)
    if paragraph is None:
        return False
    return any(
        (text.text or "").strip() and _color(other.find(W + "rPr")) != _WHITE
        for other in paragraph.iter(W + "r")
        for text in other.iterchildren(W + "t")
    )
