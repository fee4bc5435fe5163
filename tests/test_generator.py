"""The generator of test reports: its truth must be right, or every figure measured with it is worthless."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.generator import ALL_TAGS, KINDS, VARIETIES, VARIETY_OF_500, Plan, annex, draw, formats, office, render, schedule
from tests.pdf_writer import FormSpec, PageSpec, shown, write_pdf

ROOT = Path(__file__).parents[1]
DOCUMENTS, TRUTH = ROOT / "fixtures" / "documents", ROOT / "fixtures" / "truth"
LIGHT = ("docx", "html_utf8", "html_gb18030", "text_tabs", "text_pipes")
CELLS = {"2021": 10 + 25 * 7 + 15, "2019": 22 + 23 * 7 + 15, "mixed": 10 + 23 * 7 + 15}


def figures(plan: Plan) -> list[str]:
    """What the figure cells hold, in reading order."""
    tables = [block.table for block in plan.blocks if block.table is not None]
    return [re.sub(r"\s", "", cell.text) for table in tables for cell in table.cells if cell.role == "figure"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_always_gives_the_same_report(kind: str) -> None:
    assert draw(7, kind) == draw(7, kind)
    assert draw(7, kind) != draw(8, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_tag_of_a_kind_can_be_forced(kind: str) -> None:
    for tag in ALL_TAGS[kind]:
        assert tag in draw(11, kind, **{tag: True}).tags


@pytest.mark.parametrize("kind", KINDS)
def test_the_truth_holds_every_canonical_cell_once_and_is_what_the_tables_print(kind: str) -> None:
    for seed in range(40):
        plan = draw(seed, kind)
        if "unmapped_document" in plan.tags:
            assert (plan.truth["cells"], plan.truth["forms"], plan.truth["findings"]) == ([], {}, ["unmapped_font"])
            continue
        forms = set(plan.truth["forms"].values())
        cells = {tuple(cell[:3]): cell for cell in plan.truth["cells"]}
        assert len(cells) == len(plan.truth["cells"]) == CELLS["mixed" if len(forms) > 1 else forms.pop()]
        printed = [c for b in plan.blocks if b.table is not None for c in b.table.cells if c.key is not None]
        assert Counter(c.key for c in printed) == Counter(key for key, cell in cells.items() if cell[4] != "missing")
        assert all(cell.key is not None and cells[cell.key][5] == cell.text for cell in printed)


def test_values_are_what_the_characters_say() -> None:
    for seed in range(60):
        plan = draw(seed, "docx", volume_many=True)
        for table, row, column, value, state, raw in plan.truth["cells"]:
            if state != "read":
                assert value is None
                continue
            text = re.sub(r"（.*|\s", "", raw).translate(str.maketrans("０１２３４５６７８９", "0123456789"))
            shown = float(re.sub(r"[,，]|件|项|万?元$", "", text))
            amount = shown / 10_000 if text.endswith("元") and not text.endswith("万元") else shown
            assert amount == pytest.approx(value), (seed, table, row, column, raw)


def test_sums_hold_unless_a_wrong_one_was_planted() -> None:
    for seed in range(60):
        assert draw(seed, "html_utf8", wrong_sum=False).truth["failing"] == []
        assert draw(seed, "html_utf8", wrong_sum=True).truth["failing"]


def test_a_planted_wrong_total_breaks_the_identities_that_it_stands_in() -> None:
    plan = draw(3, "docx", wrong_sum=True, form_2021=True, row_absent=False, table_absent=False)
    value = {tuple(cell[:3]): cell[3] for cell in plan.truth["cells"]}
    rows = {row for table, row, _ in value if table == "applications"}
    for row in rows:
        columns = [c for t, r, c in value if t == "applications" and r == row and c != "total"]
        off = value["applications", row, "total"] != sum(value["applications", row, c] for c in columns)
        assert off == (["row_sum", "applications", f"row:{row}"] in plan.truth["failing"])


@pytest.mark.long
def test_a_run_shows_every_tag_often_enough() -> None:
    seen = Counter(tag for plan in schedule(110, 3) for tag in plan.tags)
    lacking = {tag for tags in ALL_TAGS.values() for tag in tags if seen[tag] < 20 * 110 / 500}
    assert not lacking


@pytest.mark.long
def test_a_run_shows_every_variety_and_leaves_most_of_its_documents_plain() -> None:
    plans = schedule(110, 3)
    seen = Counter(tag for plan in plans for tag in plan.tags)
    every = {tag for tags in VARIETIES.values() for tag in tags}
    assert not {tag for tag in every if seen[tag] < VARIETY_OF_500 * 110 // 500}
    assert not any(every & plan.tags for plan in schedule(44, 3, with_traps=False))
    late = Counter(tag for plan in annex.schedule(100, 3, varied=True) for tag in plan.tags)
    assert not {tag for tag in annex.VARIETIES if late[tag] < annex.VARIED_OF_100}


@pytest.mark.parametrize("kind", KINDS)
def test_every_variety_can_be_forced_and_none_comes_by_itself(kind: str) -> None:
    for tag in VARIETIES[kind]:
        assert tag in draw(11, kind, **{tag: True}).tags
    assert not any(set(VARIETIES[kind]) & draw(seed, kind).tags for seed in range(4))


@pytest.mark.parametrize("kind", ["docx", "html_utf8", "text_tabs"])
def test_the_truth_of_a_varied_report_is_what_its_tables_print(kind: str) -> None:
    for tag in VARIETIES[kind]:
        plan = draw(5, kind, **{tag: True})
        cells = {tuple(cell[:3]): cell for cell in plan.truth["cells"]}
        printed = [c for b in plan.blocks if b.table is not None for c in b.table.cells if c.key is not None]
        assert Counter(c.key for c in printed) == Counter(key for key, cell in cells.items() if cell[4] != "missing"), tag
        assert all(cell.key is not None and cells[cell.key][5] == cell.text for cell in printed), tag
        places = Counter(
            (table, row, column)
            for table, b in enumerate(plan.blocks)
            if b.table is not None
            for c in b.table.cells
            for row in range(c.row, c.row + c.rowspan)
            for column in range(c.column, c.column + c.colspan)
        )
        assert set(places.values()) <= {1}, tag


def test_the_committed_documents_hold_most_varieties() -> None:
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in TRUTH.glob("*.json")]
    shown = {tag for truth in truths for tag in truth["tags"]} & {tag for tags in VARIETIES.values() for tag in tags}
    assert len(shown) >= 20


def test_a_run_treats_kinds_evenly() -> None:
    counts = Counter(plan.kind for plan in schedule(24, 5))
    assert set(counts) == set(KINDS)
    assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize("kind", ["text_tabs", "text_pipes"])
def test_flattened_tables_keep_every_figure_in_a_slot_of_its_own(kind: str) -> None:
    plans = [draw(seed, kind, text_gb18030=False) for seed in range(20)]
    for plan, sample in zip(plans, render(plans), strict=True):
        slots = Counter(re.sub(r"\s", "", slot) for slot in re.split(r"[\t|\n]", sample.data.decode("utf-8-sig")))
        wanted = Counter(text for text in figures(plan) if text)
        assert all(slots[text] >= count for text, count in wanted.items())


@pytest.mark.parametrize("kind", ["html_utf8", "html_gb18030"])
def test_web_pages_hold_the_figures_in_order(kind: str) -> None:
    from lxml import html

    plans = [draw(seed, kind) for seed in range(10)]
    for plan, sample in zip(plans, render(plans), strict=True):
        text = sample.data.decode("utf-8" if kind == "html_utf8" else "gb18030")
        page: Any = html.fromstring(text)
        cells = page.xpath('//td[contains(@class, "figure")]')
        assert [re.sub(r"\s", "", "".join(cell.itertext())) for cell in cells] == figures(plan)


def test_word_files_hide_what_the_truth_leaves_out() -> None:
    plan = draw(5, "docx", tracked_changes=True, hidden_text=True, volume_many=True)
    data = render([plan])[0].data
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode("utf-8")
    assert "<w:delText" in xml
    assert "<w:vanish" in xml
    kept = re.sub(r"<w:del .*?</w:del>", "", xml)
    assert "777" not in kept


def test_light_kinds_render_to_the_same_bytes() -> None:
    plans = [draw(9, kind) for kind in LIGHT]
    assert [sample.data for sample in render(plans)] == [sample.data for sample in render(plans)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_tag_of_an_annex_can_be_forced(kind: str) -> None:
    for tag in annex.tags_of(kind):
        assert tag in annex.draw(12, kind, **{tag: True}).tags


@pytest.mark.parametrize("kind", KINDS)
def test_an_annex_prints_every_indicator_once_and_its_sums_hold(kind: str) -> None:
    for seed in range(20):
        plan = annex.draw(seed, kind, annex_wrong_sum=False)
        cells = {tuple(cell[:3]): cell for cell in plan.truth["cells"]}
        assert len(cells) == len(plan.truth["cells"]) == 58
        printed = [c for b in plan.blocks if b.table is not None for c in b.table.cells if c.key is not None]
        assert Counter(c.key for c in printed) == Counter(key for key, cell in cells.items() if cell[4] != "missing")
        assert all(cell.key is not None and cells[cell.key][5] == cell.text for cell in printed)
        assert plan.truth["failing"] == []
        assert annex.draw(seed, kind, annex_wrong_sum=True).truth["failing"]


@pytest.mark.long
def test_a_run_shows_every_tag_of_annexes_often_enough() -> None:
    seen = Counter(tag for plan in annex.schedule(500 // 3, 3) for tag in plan.tags)
    assert not {tag for kind in KINDS for tag in annex.tags_of(kind) if seen[tag] < 20}


def test_the_committed_annexes_cover_every_kind_and_tag() -> None:
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in TRUTH.glob("*.json")]
    annexes = [truth for truth in truths if "form_2014" in truth["tags"]]
    own = {truth["kind"] for truth in annexes} - set(formats.KINDS)
    assert own == set(KINDS) - {"pdf_chromium"}  # whose files are too large
    assert {tag for kind in KINDS for tag in annex.tags_of(kind)} <= {tag for truth in annexes for tag in truth["tags"]}


def test_the_generator_and_the_package_do_not_know_each_other() -> None:
    for path in (ROOT / "fixtures" / "generator").glob("*.py"):
        assert "gov_extract" not in path.read_text(encoding="utf-8"), path.name
    for path in (ROOT / "src").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) fixtures", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


def test_the_committed_documents_cover_every_kind_and_tag() -> None:
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in TRUTH.glob("*.json")]
    kinds = Counter(truth["kind"] for truth in truths)
    assert all(kinds[kind] >= 6 for kind in KINDS)
    # A document that cannot be read is no part of a folder that `make demo` reads without failing.
    wanted = {tag for tags in ALL_TAGS.values() for tag in tags} - {"unmapped_document"}
    assert wanted <= {tag for truth in truths for tag in truth["tags"]}
    files = list(DOCUMENTS.iterdir())
    assert {path.stem for path in files} == {path.stem for path in TRUTH.iterdir()}
    assert {path.stem for path in files} == {f"{truth['kind']}-{truth['seed']}" for truth in truths}
    assert sum(path.stat().st_size for path in files) < 15_000_000


def test_the_committed_documents_cover_every_manner_of_the_further_formats() -> None:
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in TRUTH.glob("*.json")]
    own = [truth for truth in truths if truth["kind"] in formats.KINDS]
    assert {truth["kind"] for truth in own} == set(formats.KINDS)
    assert {tag for truth in own for tag in truth["tags"]} >= formats.TAGS
    assert any("form_2014" in truth["tags"] for truth in own)


@pytest.mark.parametrize("kind", ["ofd_ruled", "ofd_unruled", "ofd_filled", "sheet_xlsx", "sheet_ods"])
def test_a_plan_of_a_further_format_is_drawn_and_rendered_the_same_again(kind: str) -> None:
    if formats.available()[kind]:
        pytest.skip("cannot be rendered here")
    entry = formats.format_of(kind)
    plan = entry.draw(5, kind)
    assert plan == entry.draw(5, kind)
    (first,), (again,) = entry.render([plan]), entry.render([plan])
    assert first.data == again.data
    assert first.truth["cells"] == plan.plan.truth["cells"]
    assert {tag for tag in first.truth["tags"] if tag in formats.TAGS} == plan.tags


@pytest.mark.parametrize("kind", formats.KINDS)
def test_a_run_of_a_further_format_shows_its_manners(kind: str) -> None:
    plans = formats.schedule(40, 3, kind)
    assert len({plan.name for plan in plans}) == 40
    mine = {tag for tag in formats.TAGS if tag.startswith(kind.partition("_")[0])}
    shown = {tag for plan in plans for tag in plan.tags}
    assert len(shown & mine) >= (11 if kind == "ofd_converted" else len(mine) - 2)
    assert any("form_2014" in plan.plan.tags | set(plan.plan.truth["tags"]) for plan in plans)


def test_what_libreoffice_loses_or_prints_over_other_text_is_told() -> None:
    plan = draw(5, "pdf_libreoffice")
    texts = [block.text for block in plan.blocks]
    texts += [cell.text.replace("\n", "") for block in plan.blocks if block.table for cell in block.table.cells]
    lines = [text for text in texts if text]

    def printed(shown_lines: Sequence[str], pitch: float) -> bytes:
        height = pitch * len(shown_lines) + 100
        content = "".join(shown(40, height - 50 - pitch * n, line) for n, line in enumerate(shown_lines))
        return write_pdf([PageSpec(content, (0, 0, 2000, height))])

    assert office._is_whole(plan, printed(lines, 20))
    assert not office._is_whole(plan, printed(lines[:-1], 20))
    assert not office._is_whole(plan, printed(lines, 3))


def test_every_table_may_have_a_page_of_its_own() -> None:
    plan = draw(5, "pdf_libreoffice")
    kinds = [block.kind for block in office._with_page_breaks(plan).blocks]
    heads = [k for k, kind in enumerate(kinds) if kind == "table"]
    assert heads
    assert all("pagebreak" in kinds[max(0, k - 4) : k] for k in heads)


@pytest.mark.parametrize("how", ["1 0 0 1 60 -90", "0 1 -1 0 842 0"])
def test_a_converter_puts_text_with_other_characters_than_drawn_where_it_is_drawn(how: str) -> None:
    """The engine forgets a form's matrix for it: the page would print it elsewhere."""
    from fixtures.generator.ofd_convert import converted

    plain, marked = shown(100, 500, "7"), "/Span <</ActualText (7)>> BDC\n" + shown(100, 500, "7") + "EMC\n"
    written = []
    for content in (plain, marked):
        page = PageSpec(f"q {how} cm /X0 Do Q", media=(0, 0, 842, 842))
        (found,) = converted(write_pdf([page], [FormSpec(content)]))
        written.append(re.findall(r'Boundary="[^"]*"', "".join(found.sheet.body)))
    assert written[0] == written[1]
