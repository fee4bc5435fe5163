"""The forms are sound, agree with the official wording, and the loader refuses forms that are not."""

from __future__ import annotations

import copy
import tomllib
from importlib import resources
from typing import Any

import pytest

from fixtures.generator import annex_table
from gov_extract.errors import FormError
from gov_extract.forms import build, load_forms, prove
from gov_extract.forms.labels import normalise, strip_number


def raw_forms() -> dict[str, dict[str, Any]]:
    folder = resources.files("gov_extract.forms")
    texts = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {data["id"]: data for data in map(tomllib.loads, texts)}


def test_the_2021_form_has_200_cells_and_the_2019_form_198() -> None:
    counts = {
        id_: [sum(len(row.columns) for row in table.rows) for table in form.tables.values()]
        for id_, form in load_forms().items()
    }
    assert counts["2021"] == [10, 175, 15]
    assert counts["2019"] == [22, 161, 15]


def test_the_rows_of_2019_are_those_of_2021_with_one_for_other_handling() -> None:
    new, old = (load_forms()[id_].tables["applications"] for id_ in ("2021", "2019"))
    expected = [row.code for row in new.rows if not row.code.startswith("otherwise.")]
    expected.insert(expected.index("result_total"), "otherwise")
    assert [row.code for row in old.rows] == expected


def test_result_sum_takes_every_result_row_once() -> None:
    for form in (form for form in load_forms().values() if "applications" in form.tables):
        (identity,) = [i for i in form.identities if i.id == "result_sum"]
        codes = {row.code for row in form.tables["applications"].rows}
        outside = {"received", "carried_in", "result_total", "carried_out"}
        assert set(identity.right) == codes - outside
        assert len(identity.right) == len(set(identity.right))


def test_the_annex_of_2014_has_the_codes_units_and_labels_of_an_independent_copy() -> None:
    rows = load_forms()["2014"].tables["statistics"].rows
    copy = [(path, label, unit) for path, label, unit, _ in annex_table.lines() if path]
    assert [(row.code, row.label, row.columns[0].unit) for row in rows] == copy


def broken(change: str) -> dict[str, dict[str, Any]]:
    raw = copy.deepcopy(raw_forms())
    tables = {table["id"]: table for table in raw["2021"]["table"]}
    rows = tables["applications"]["rows"]
    if change == "alias":
        rows[3]["aliases"].append("予以公开")
    elif change == "code":
        rows[5]["code"] = rows[4]["code"]
    elif change == "term":
        raw["2021"]["identity"][0]["left"] = ["received", "carried_over"]
    elif change == "total":
        raw["2021"]["identity"] = [i for i in raw["2021"]["identity"] if i["id"] != "outcome_sum"]
    elif change == "group":
        rows[4]["group"] = "denied"
    elif change == "unit":
        del tables["review_litigation"]["unit"]
    return raw


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("alias", "given twice"),
        ("code", "refused.state_secret.* is given twice"),
        ("term", "no column term 'carried_over'"),
        ("total", "covered by no identity"),
        ("group", "unknown group"),
        ("unit", "no unit"),
    ],
)
def test_an_unsound_form_is_refused(change: str, says: str) -> None:
    with pytest.raises(FormError, match=says):
        prove(build("2021", broken(change)))


@pytest.mark.parametrize(
    ("printed", "number", "rest"),
    [
        ("（七）总计", "七", "总计"),
        ("( 一 ) 予以公开", "一", "予以公开"),
        ("㈠予以公开", "一", "予以公开"),
        ("1、属于国家秘密", "1", "属于国家秘密"),
        ("１．属于国家秘密", "1", "属于国家秘密"),
        ("三、本年度办理结果", "三", "本年度办理结果"),
        ("三类内部事务", None, "三类内部事务"),
        ("第二十条第（一）项", None, "第二十条第(一)项"),
        ("2023年", None, "2023年"),
    ],
)
def test_numbering_is_told_from_the_label(printed: str, number: str | None, rest: str) -> None:
    assert strip_number(printed) == (number, rest)


def test_what_a_typist_may_change_does_not_change_a_label() -> None:
    assert normalise("危及“三安全一稳定”") == normalise('危及"三安全 一稳定"') == normalise("危及｢三安全一稳定｣")
    assert normalise("其它") == normalise("其他")
    assert normalise("属于国家秘密") != normalise("属于国家机密")
