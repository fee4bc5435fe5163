"""The panel: what it has in common over three generations is the truth of each, what it has not is null."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from gov_extract.concepts import build_concepts, build_indicators, load_concepts, load_indicators
from gov_extract.dataset import Dataset
from gov_extract.dataset.panel import unit_factor
from gov_extract.errors import FormError
from gov_extract.forms import load_forms
from tests.many_years import Corpus, Key, Truth, cells_of, document_of, draw_truth, make_corpus, publish

# Agencies × years: 6 × 7 in `make test`, 200 × 10 in `make panel`.
AGENCIES = int(os.environ.get("PANEL_AGENCIES", "6"))
YEARS = range(2024 - int(os.environ.get("PANEL_YEARS", "7")), 2024)

# What means the same, set down here a second time from the forms' wording, apart from data/concepts.toml.
ANNEX = {
    "applications.received.total": "received",
    "applications.result_total.total": "concluded",
    "applications.refused.state_secret.total": "answered.refused.state_secret",
    "applications.refused.security_and_stability.total": "answered.refused.security_and_stability",
    "review_litigation.review.corrected": "review.corrected",
    "review_litigation.litigation.upheld": "litigation.upheld",
    "review_litigation.litigation.corrected": "litigation.corrected",
}
OTHERWISE = ("otherwise.not_corrected", "otherwise.fee_unpaid", "otherwise.other")
LITIGATION = ("litigation_direct", "litigation_after_review")


def parts_of(code: str, forms: Mapping[str, str]) -> list[Key] | None:
    """The cells of a report whose sum a column is; None where its forms do not have it."""
    table, _, rest = code.partition(".")
    row, _, column = rest.rpartition(".")
    if "statistics" in forms:
        own = [("statistics", row, "value")] if table == "statistics" else []
        return [("statistics", ANNEX[code], "value")] if code in ANNEX else own or None
    if table == "statistics":
        return None
    if row == "otherwise" and forms["applications"] == "2021":
        return [(table, part, column) for part in OTHERWISE]
    if row == "litigation":
        return [(table, part, column) for part in LITIGATION]
    return [(table, row, column)]


def expected(code: str, forms: Mapping[str, str], truth: Truth) -> float | None:
    """The figure of a column as the truth has it."""
    cells = [truth.get(key) for key in parts_of(code, forms) or [("", "", "")]]
    total = 0.0
    for cell in cells:
        if cell is None or cell[1] is None:
            return None
        total += cell[1]
    return round(total, 6)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("many"), AGENCIES, YEARS)


@pytest.fixture(scope="module")
def panel(corpus: Corpus) -> pd.DataFrame:
    return corpus.dataset.panel()


def test_every_figure_is_the_truth_and_what_has_no_counterpart_is_null(corpus: Corpus, panel: pd.DataFrame) -> None:
    assert len(panel) == AGENCIES * len(YEARS)
    assert not panel.duplicated(["agency_id", "report_year"]).any()
    codes = list(load_concepts())
    assert set(codes) <= set(panel.columns)
    figures = nulls = 0
    rows = panel[["agency", "report_year", *codes]].astype(object).where(panel[["agency", "report_year", *codes]].notna(), None)
    for row in rows.to_dict("records"):
        forms, truth = corpus.truth[row["agency"], row["report_year"]]
        got = {code: row[code] for code in codes}
        wanted = {code: expected(code, forms, truth) for code in codes}
        assert got == wanted, {code: (got[code], wanted[code]) for code in codes if got[code] != wanted[code]}
        figures += sum(value is not None for value in wanted.values())
        nulls += sum(value is None for value in wanted.values())
    assert figures > 40 * len(rows)
    assert nulls > 40 * len(rows)


def test_every_form_and_every_sum_is_in_the_corpus(corpus: Corpus, panel: pd.DataFrame) -> None:
    for column, forms in (
        ("applications", {"2021", "2019"}),
        ("active_disclosure", {"2021", "2019"}),
        ("statistics", {"2014"}),
    ):
        assert set(panel[f"form_{column}"].dropna()) == forms
    mixed = panel[(panel["form_active_disclosure"] == "2021") & (panel["form_applications"] == "2019")]
    assert not mixed.empty
    assert panel.loc[panel["form_applications"] == "2021", "applications.otherwise.total"].notna().any()
    assert panel.loc[panel["form_applications"] == "2019", "applications.otherwise.total"].notna().any()
    assert panel.loc[panel["form_statistics"] == "2014", "applications.received.total"].notna().any()


def test_the_long_panel_says_why_a_figure_is_null(corpus: Corpus, panel: pd.DataFrame) -> None:
    long = corpus.dataset.panel(layout="long")
    assert len(long) == len(panel) * len(load_concepts())
    assert (long["value"].notna() == long["state"].isin(["read", "corrected"])).all()
    assert (long["form"].isna() == (long["state"] == "not_asked")).all()
    rank = ("read", "blank", "dash", "unreadable", "missing")
    for row in long.sample(1000, random_state=1).to_dict("records"):
        forms, truth = corpus.truth[row["agency"], row["report_year"]]
        parts = [truth[key] for key in parts_of(row["code"], forms) or () if key in truth]
        states = [state for state, _ in parts]
        assert row["state"] == (max(states, key=rank.index) if states else "not_asked"), row
    wide = long.pivot(index=["agency_id", "report_year"], columns="code", values="value").reset_index()
    for code in ("applications.otherwise.total", "review_litigation.litigation.total"):
        assert wide[code].astype("Float64").equals(panel[code].astype("Float64"))


def test_counts_are_whole_numbers_and_money_is_not(panel: pd.DataFrame) -> None:
    for code, concept in load_concepts().items():
        assert str(panel[code].dtype) == ("Float64" if concept.unit == "万元" else "Int64"), code
    assert str(panel["report_year"].dtype) == "Int32"
    assert str(panel["agency_id"].dtype) == "string"


def test_years_are_chosen_and_order_is_by_agency_and_year(corpus: Corpus, panel: pd.DataFrame) -> None:
    last = corpus.dataset.panel(2023)
    assert set(last["report_year"]) == {2023}
    assert len(last) == AGENCIES
    assert corpus.dataset.panel([2022, 2023, 1999])["report_year"].nunique() == 2
    keys = list(zip(panel["agency_id"], panel["report_year"], strict=True))
    assert keys == sorted(keys)
    none = corpus.dataset.panel([])
    assert none.empty
    assert list(none.columns) == list(panel.columns)
    with pytest.raises(ValueError, match="'wide' or 'long'"):
        corpus.dataset.panel(layout="tall")  # type: ignore[arg-type]


def test_copies_and_documents_without_an_agency_are_in_no_row(corpus: Corpus, panel: pd.DataFrame) -> None:
    assert not (panel == 7_777_777).to_numpy(na_value=False).any()
    numbers = panel["agency"].str.slice(2, 5).astype(int)
    assert (panel["copies"] == (numbers % 3 == 0).astype(int)).all()
    assert len(panel.attrs["left_out"]) == len(YEARS)


# ── Single cases ────────────────────────────────────────────────────────────────────────────────────────────────────────

RECEIVED = ("applications", "received", "total")
FORMS_2021 = dict.fromkeys(("active_disclosure", "applications", "review_litigation"), "2021")


def figures(form: str = "2021") -> Truth:
    """Every cell of a form read, each with another figure."""
    keys = [
        (table.id, row.code, column.code)
        for table in load_forms()[form].tables.values()
        for row in table.rows
        for column in row.columns
    ]
    return {key: ("read", float(number + 10)) for number, key in enumerate(keys)}


def one(folder: Path, truth: Truth, forms: Mapping[str, str] = FORMS_2021, **tables: list[dict[str, object]]) -> Dataset:
    document = document_of("a.pdf", "甲局", 2022)
    cells = cells_of(document["document_id"], "甲局", 2022, forms, truth)
    return publish(folder, {"documents": [document], "cells": cells, **tables})


@pytest.mark.parametrize("state", ["unreadable", "missing", "blank", "dash"])
@pytest.mark.parametrize("part", OTHERWISE)
def test_nothing_is_added_up_over_a_part_without_a_figure(tmp_path: Path, state: str, part: str) -> None:
    truth = figures() | {("applications", part, "total"): (state, None)}
    row = one(tmp_path, truth).panel().iloc[0]
    assert row["applications.otherwise.total"] is pd.NA
    others = [truth["applications", name, "natural_person"][1] or 0 for name in OTHERWISE]
    assert row["applications.otherwise.natural_person"] == sum(others)


def test_the_fees_of_the_annex_are_not_those_of_administration(tmp_path: Path) -> None:
    row = one(tmp_path, figures("2014"), {"statistics": "2014"}).panel().iloc[0]
    assert row["statistics.fees.value"] is not pd.NA
    assert row["active_disclosure.art20_8.administrative_fees.fees"] is pd.NA
    assert row["applications.granted.total"] is pd.NA
    assert row["review_litigation.review.total"] is pd.NA


def test_what_the_annex_may_count_otherwise_is_null_beside_its_own_figure(tmp_path: Path) -> None:
    row = one(tmp_path, figures("2014"), {"statistics": "2014"}).panel().iloc[0]
    for code, indicator in (
        ("applications.partly_granted.total", "statistics.answered.partly_granted.value"),
        ("review_litigation.review.upheld", "statistics.review.upheld.value"),
    ):
        assert row[code] is pd.NA
        assert row[indicator] is not pd.NA


@pytest.mark.parametrize(("unit", "value", "got"), [("元", 251_000.0, 25.1), ("亿元", 0.5, 5000.0), ("件", 3.0, None)])
def test_money_is_converted_and_another_kind_of_unit_is_no_figure(tmp_path: Path, unit: str, value: float, got: object) -> None:
    key = ("active_disclosure", "art20_8.administrative_fees", "fees")
    document = document_of("a.pdf", "甲局", 2022)
    cells = cells_of(document["document_id"], "甲局", 2022, FORMS_2021, figures() | {key: ("read", value)})
    for cell in cells:
        if cell["column"] == "fees":
            cell["unit"] = unit
    dataset = publish(tmp_path, {"documents": [document], "cells": cells})
    code = ".".join(key)
    shown = dataset.panel().iloc[0][code]
    assert (None if shown is pd.NA else shown) == got
    state = dataset.panel(layout="long").set_index("code").loc[code, "state"]
    assert state == ("read" if got is not None else "other_unit")


def test_a_count_printed_with_a_fraction_is_kept(tmp_path: Path) -> None:
    truth = figures() | {("applications", "received", "total"): ("read", 12.5)}
    panel = one(tmp_path, truth).panel()
    assert panel["applications.received.total"].tolist() == [12.5]
    assert str(panel["applications.granted.total"].dtype) == "Int64"


def test_a_figure_corrected_by_a_person_counts(tmp_path: Path) -> None:
    truth = figures() | {("applications", "granted", "total"): ("corrected", 99.0)}
    long = one(tmp_path, truth).panel(layout="long").set_index("code")
    assert long.loc["applications.granted.total", "value"] == 99
    assert long.loc["applications.granted.total", "state"] == "corrected"


def test_figures_under_a_finding_or_a_failing_check_are_flagged(tmp_path: Path) -> None:
    id_ = document_of("a.pdf", "甲局", 2022)["document_id"]
    same = {"document_id": id_, "report_year": 2022}
    finding = {**same, "severity": "warning", "code": "x", "message": "m", "table": "applications", "row": "otherwise.other"}
    told = {**finding, "severity": "info", "row": "granted"}
    check = {
        **same, "check": "outcome_sum", "kind": "within", "table": "review_litigation", "scope": "row:review", "formula": "",
        "passed": False,
    }  # fmt: skip
    held = {**check, "scope": "row:litigation_direct", "passed": True}
    dataset = one(tmp_path, figures(), findings=[finding, told], checks=[check, held])
    long = dataset.panel(layout="long")
    flagged = set(long.loc[long["flagged"], "code"])
    assert {f"review_litigation.review.{column}" for column in ("upheld", "corrected", "other", "pending", "total")} <= flagged
    assert {"applications.otherwise.other.total", "applications.otherwise.total"} <= flagged
    assert not {"applications.granted.total", "review_litigation.litigation_direct.total"} & flagged
    assert len(flagged) == 5 + 7 + 7
    # The seven of the sum are no further figures.
    assert dataset.panel()["figures_flagged"].tolist() == [12]


def test_a_figure_that_two_columns_have_is_counted_once(tmp_path: Path) -> None:
    truth = figures() | {("applications", part, "total"): ("unreadable", None) for part in OTHERWISE}
    assert one(tmp_path / "a", truth).panel()["figures_unread"].tolist() == [3]
    annex = figures("2014") | {("statistics", "received", "value"): ("unreadable", None)}
    assert one(tmp_path / "b", annex, {"statistics": "2014"}).panel()["figures_unread"].tolist() == [1]
    id_ = document_of("a.pdf", "甲局", 2022)["document_id"]
    finding = {
        "document_id": id_, "report_year": 2022, "severity": "warning", "code": "x", "message": "m", "table": "statistics",
        "row": "received",
    }  # fmt: skip
    dataset = one(tmp_path / "c", figures("2014"), {"statistics": "2014"}, findings=[finding])
    assert dataset.panel()["figures_flagged"].tolist() == [1]
    assert dataset.panel(layout="long")["flagged"].sum() == 2


def test_the_form_of_a_table_that_is_not_on_the_page_is_null(tmp_path: Path) -> None:
    truth: Truth = {
        key: ("missing", None) if key[0] == "review_litigation" else cell for key, cell in figures().items()
    }  # fmt: skip
    row = one(tmp_path, truth).panel().iloc[0]
    assert row["form_review_litigation"] is pd.NA
    assert row["form_applications"] == "2021"
    assert row["figures_unread"] == sum(key[0] == "review_litigation" for key in truth)


@pytest.mark.parametrize("unit", ["%", "平方米", "十件", "万"])
def test_a_count_in_what_is_no_unit_of_counting_is_no_figure(tmp_path: Path, unit: str) -> None:
    assert unit_factor(unit, "件") is None
    document = document_of("a.pdf", "甲局", 2022)
    cells = cells_of(document["document_id"], "甲局", 2022, FORMS_2021, {RECEIVED: ("read", 3.0)})
    dataset = publish(tmp_path, {"documents": [document], "cells": [{**cell, "unit": unit} for cell in cells]})
    long = dataset.panel(layout="long").set_index("code").loc[".".join(RECEIVED)]
    assert (long["state"], long["value"] is pd.NA) == ("other_unit", True)


def test_every_unit_of_the_forms_is_one_of_counting_or_money() -> None:
    assert {c.unit for c in load_concepts().values() if unit_factor(c.unit, c.unit) != 1} == set()


def test_the_statutory_table_counts_before_the_annex_unless_it_is_not_there(tmp_path: Path) -> None:
    both = FORMS_2021 | {"statistics": "2014"}
    truth = figures() | figures("2014")
    code = "applications.received.total"
    assert one(tmp_path / "a", truth, both).panel().iloc[0][code] == truth["applications", "received", "total"][1]
    lost: Truth = {key: ("missing", None) if key[0] == "applications" else cell for key, cell in truth.items()}
    assert one(tmp_path / "b", lost, both).panel().iloc[0][code] == truth["statistics", "received", "value"][1]
    for name in ("unreadable", "missing"):
        doubtful = truth | {RECEIVED: (name, None)}
        assert one(tmp_path / name, doubtful, both).panel().iloc[0][code] is pd.NA


def test_without_a_primary_the_most_complete_document_stands_for_an_agency_and_year(tmp_path: Path) -> None:
    def chosen(name: str, *documents: dict[str, object]) -> str:
        (source,) = publish(tmp_path / name, {"documents": list(documents)}).panel()["source"]
        return str(source)

    def document(source: str, **columns: object) -> dict[str, object]:
        return document_of(source, "甲局", 2022, **{"primary": False, **columns})

    assert chosen("a", document("a", status="partial"), document("b")) == "b"
    assert chosen("b", document("a", cells_read=5), document("b", cells_read=6)) == "b"
    assert chosen("c", document("b"), document("a")) == "a"
    assert chosen("d", document("a"), document("b", status="partial", primary=True)) == "b"
    assert chosen("e", document("a", status="failed", primary=True), document("b", status="no_tables")) == "b"


def test_documents_without_an_agency_id_are_never_one_row(tmp_path: Path) -> None:
    documents: list[dict[str, object]] = [
        document_of(source, "教育局", 2022, agency_id=None, primary=primary)
        for source, primary in (("乙区/a.pdf", False), ("甲区/a.pdf", True))
    ]
    documents.append(document_of("丙区/a.pdf", "教育局", 2022, agency_id="教育局"))
    cells = [
        cell
        for number, document in enumerate(documents)
        for cell in cells_of(
            str(document["document_id"]),
            "教育局",
            2022,
            FORMS_2021,
            {("applications", "received", "total"): ("read", number + 1.0)},
        )
    ]
    panel = publish(tmp_path, {"documents": documents, "cells": cells}).panel()
    assert sorted(panel["applications.received.total"]) == [1, 2, 3]
    assert panel["copies"].tolist() == [0, 0, 0]
    assert panel.attrs["left_out"] == ()


def test_each_document_of_agencies_without_a_key_is_a_row(tmp_path: Path) -> None:
    documents = [
        document_of(source, name, 2022, agency_id=None) for source, name in (("a", "甲局"), ("b", "乙局"), ("c", "甲局"))
    ]
    panel = publish(tmp_path, {"documents": documents}).panel()
    assert panel["agency"].tolist() == ["乙局", "甲局", "甲局"]
    assert panel["source"].tolist() == ["b", "a", "c"]
    assert panel["copies"].tolist() == [0, 0, 0]


# ── Indicators ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_ratio_is_that_of_its_figures(corpus: Corpus, panel: pd.DataFrame) -> None:
    frame = corpus.dataset.indicators()
    assert frame["document_id"].equals(panel["document_id"])
    seen = 0
    for indicator in load_indicators().values():
        top, below, ratios = (
            frame[name].astype(object).where(frame[name].notna(), None).tolist()
            for name in (f"{indicator.id}.numerator", f"{indicator.id}.denominator", indicator.id)
        )
        for row, (agency, year) in enumerate(zip(panel["agency"], panel["report_year"], strict=True)):
            forms, truth = corpus.truth[agency, year]
            terms = [[expected(code, forms, truth) for code in side] for side in (indicator.numerator, indicator.denominator)]
            sums = [None if None in side else sum(value for value in side if value is not None) for side in terms]
            assert [top[row], below[row]] == sums, indicator.id
            # In the annex answers and what was concluded are counts of two kinds.
            apart = "statistics" in forms and indicator.denominator == ("applications.result_total.total",)
            ratio = None if sums[0] is None or not sums[1] or apart else sums[0] / sums[1]
            assert ratios[row] == (None if ratio is None else pytest.approx(ratio)), indicator.id
            seen += ratio is not None
    assert seen > 8 * len(YEARS) * AGENCIES


def test_a_ratio_over_nothing_is_null(tmp_path: Path) -> None:
    truth = figures() | {("applications", "result_total", "total"): ("read", 0.0)}
    row = one(tmp_path, truth).indicators().iloc[0]
    assert row["granted_rate"] is pd.NA
    assert row["granted_rate.denominator"] == 0
    assert row["granted_rate.numerator"] == truth["applications", "granted", "total"][1]


def test_answers_of_the_annex_are_no_share_of_what_was_concluded(tmp_path: Path) -> None:
    row = one(tmp_path / "a", figures("2014"), {"statistics": "2014"}).indicators().iloc[0]
    assert row["refused_rate.state_secret"] is pd.NA
    assert row["refused_rate.state_secret.numerator"] is not pd.NA
    assert row["refused_rate.state_secret.denominator"] is not pd.NA
    both = FORMS_2021 | {"statistics": "2014"}
    assert one(tmp_path / "b", figures() | figures("2014"), both).indicators().iloc[0]["refused_rate.state_secret"] is not pd.NA
    lost: Truth = {key: ("missing", None) if key[0] == "applications" else cell for key, cell in figures().items()}
    assert one(tmp_path / "c", lost | figures("2014"), both).indicators().iloc[0]["refused_rate.state_secret"] is pd.NA


def test_the_indicators_asked_for_are_there() -> None:
    names = set(load_indicators())
    grounds = [row.code for row in load_forms()["2021"].tables["applications"].rows if row.code.startswith("refused.")]
    assert {f"refused_rate.{code.removeprefix('refused.')}" for code in grounds} <= names
    columns = [column.code for column in load_forms()["2021"].tables["applications"].columns if column.code != "total"]
    assert {f"applicant_share.{code}" for code in columns} <= names
    assert {"granted_rate", "not_held_rate", "petition_rate", "review_corrected_rate", "litigation_corrected_rate"} <= names
    pending = [i.id for i in load_indicators().values() if any("pending" in code for code in i.denominator)]
    assert pending == []


# ── The map ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_column_has_in_every_form_a_source_or_a_reason() -> None:
    for concept in load_concepts().values():
        assert set(concept.sources) | set(concept.lacking) == set(load_forms()), concept.code
        assert not set(concept.sources) & set(concept.lacking)
        assert all(concept.lacking.values())
    annex = {code: c.sources["2014"] for code, c in load_concepts().items() if "2014" in c.sources and c.table != "statistics"}
    assert annex == {code: (f"statistics.{row}.value",) for code, row in ANNEX.items()}


def test_labels_in_both_languages_are_unique() -> None:
    concepts = load_concepts().values()
    assert len({concept.label for concept in concepts}) == len(concepts)
    assert len({concept.label_en for concept in concepts}) == len(concepts)


EMPTY: dict[str, list[dict[str, object]]] = {"sum": [], "same": [], "unlike": [{"code": "*", "form": "*", "why": "no"}]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unlike": []}, "no source and no reason"),
        ({"sum": [{"code": "applications.x.*", "of": ["applications.y.*"], "form": "2021", "label": "", "why": ""}]}, "has no"),
        ({"same": [{"code": "applications.received.total", "form": "2014", "of": "statistics.x.value", "why": ""}]}, "no cell"),
        ({"same": [{"code": "nothing", "form": "2014", "of": "statistics.received.value", "why": ""}]}, "no cell"),
        (
            {"same": [{"code": "statistics.fees.value", "form": "2014", "of": "statistics.budget.value", "why": ""}]},
            "two sources",
        ),
        ({"unlike": [{"code": "*", "form": "*", "why": "no", "near": ["nothing"]}]}, "has no nothing"),
    ],
)  # fmt: skip
def test_a_map_that_is_not_sound_is_refused(change: dict[str, list[dict[str, object]]], message: str) -> None:
    assert build_concepts(load_forms(), EMPTY)
    with pytest.raises(FormError, match=message):
        build_concepts(load_forms(), {**EMPTY, **change})


def test_indicators_of_what_is_no_concept_are_refused() -> None:
    entry = {"id": "a", "label": "a", "en": "a", "numerator": ["applications.granted.total"], "denominator": ["nothing"]}
    with pytest.raises(FormError, match="no concept nothing"):
        build_indicators(load_concepts(), {"indicator": [entry]})
    entry["denominator"] = ["applications.received.total"]
    with pytest.raises(FormError, match="given twice"):
        build_indicators(load_concepts(), {"indicator": [entry, entry]})


def test_the_generator_leaves_figures_out(tmp_path: Path) -> None:
    import random

    states = {state for state, _ in draw_truth(random.Random(3), FORMS_2021, clean=False).values()}
    assert states == {"read", "blank", "dash", "unreadable", "missing"}
