"""What is typed over a PDF's pages: the fields of a form, and text that a reader's typewriter set there.

In: a page's handle, then the file's bytes. Out: whether a page has such text; the file with it printed into the pages. The
text of annotations is on the page that one sees and prints, but not in what the page draws itself.
"""

from __future__ import annotations

import io

from gov_extract.readers.pdf import pdfium

MAX_ANNOTATIONS = 2_000
"""Annotations of a page that are looked at; the three tables have 200 cells."""


def has_typed_text(page: int) -> bool:
    """Whether a page has annotations whose text is part of what it shows."""
    return bool(_typed(page, first=True))


def _typed(page: int, *, first: bool = False) -> set[int]:
    """The numbers of the annotations that hold typed text (one of them where only the `first` is asked for)."""
    found = set()
    for index in range(min(pdfium.annotation_count(page), MAX_ANNOTATIONS)):
        annotation = pdfium.get_annotation(page, index)
        if not annotation:
            continue
        try:
            if _is_typed(annotation):
                found.add(index)
                if first:
                    break
        finally:
            pdfium.close_annotation(annotation)
    return found


def count_undrawn(page: int) -> int:
    """Notes typed on a page of which the file has no picture: no reader shows them all alike, and here they are not read."""
    found = 0
    for index in range(min(pdfium.annotation_count(page), MAX_ANNOTATIONS)):
        annotation = pdfium.get_annotation(page, index)
        if annotation:
            typed = pdfium.annotation_kind(annotation) == pdfium.ANNOTATION_TYPED
            found += typed and not pdfium.annotation_has(annotation, b"AP")
            pdfium.close_annotation(annotation)
    return found


def _is_typed(annotation: int) -> bool:
    """Text typed on the page, or a field with a text: a signature's value is no string, and an empty field has none. Fields
    that share one value have it in their parent."""
    kind = pdfium.annotation_kind(annotation)
    if kind == pdfium.ANNOTATION_TYPED:
        return True
    if kind != pdfium.ANNOTATION_FIELD:
        return False
    value = pdfium.annotation_value(annotation, b"V")
    return value in pdfium.VALUES_OF_TEXT or (not value and bool(pdfium.annotation_has(annotation, b"Parent")))


def printed(data: bytes) -> bytes:
    """The file with typed text as part of its pages; all other annotations are left out. As it was where there is none.

    A note of which the file has no picture is not drawn: see `count_undrawn`.
    """
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        # The form's own program draws fields that the file has no picture of.
        document.init_forms()
        changed = False
        for index in range(len(document)):
            page = document[index]
            handle = pdfium.address(page.raw)
            typed = _typed(handle)
            if not typed:
                continue
            for other in range(pdfium.annotation_count(handle) - 1, -1, -1):
                if other not in typed:
                    pdfium.remove_annotation(handle, other)
            changed |= pdfium.flatten(handle, 0) == pdfium.FLATTENED
        if not changed:
            return data
        buffer = io.BytesIO()
        document.save(buffer)
    return buffer.getvalue()
