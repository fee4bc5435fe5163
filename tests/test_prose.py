"""The prose: quantities, their subjects, points, the contact, and claims held against the tables."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.parse.prose import Prose, read_prose
from gov_extract.parse.prose.against import check_claims
from gov_extract.parse.prose.numbers import read_number
from gov_extract.schema import Cell, Section
from tests.measure.prose import BOUND, measure

PROSE = Path(__file__).parents[1] / "fixtures" / "prose"
# Files with hand-set truth (what each is stands in their README): all of them were tuned on but the last, which was not.
FILES = ("development", "held_out", "fresh", "unseen")


def prose(text: str, code: str | None = "overview", *, year: int | None = 2023, level: int = 1) -> Prose:
    return read_prose([Section(1, level, "一、", "总体情况", code, text, None, None)], year)


def told(text: str) -> list[tuple[str, float, str, bool]]:
    """Text, quantity, unit and approximate of every mention."""
    return [(text[m.start : m.end], m.quantity, m.unit, m.approximate) for m in prose(text).mentions]


@pytest.mark.parametrize("file", FILES)
def test_the_paragraphs_with_hand_set_truth_are_read(file: str) -> None:
    for name, tally in measure(json.loads((PROSE / f"{file}.json").read_text("utf-8"))).items():
        assert min(tally.precision, tally.recall) >= BOUND, (name, tally.errors)


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        # The object of a verb, whatever stands before the verb.
        ("县融媒体中心刊播政务信息30条", ["政务信息"]),
        ("摆放宣传折页6种500份", ["宣传折页", "宣传折页"]),
        ("更换服务器2台，敷设管网63公里", ["服务器", "管网"]),
        ("公报全年出刊12期", ["出刊"]),
        ("征集到意见13条", ["意见"]),
        # A verb that is part of a noun.
        ("设立政务服务中心5个", ["政务服务中心"]),
        ("公开住房分配结果3批", ["住房分配结果"]),
        ("信息公开类行政诉讼5宗", ["信息公开类行政诉讼"]),
        # Behind a unit: the noun, and not what is said of it.
        ("新设3个派出机构", ["派出机构"]),
        ("2名兼职人员业务不熟", ["兼职人员"]),
        ("3名工作人员到市里学习", ["工作人员"]),
        ("组织27个招生专业的录取", ["招生专业"]),
        ("解决5个急难愁盼的问题", ["问题"]),
        ("针对15件内容不明确的申请", ["申请"]),
        ("公示执法人员48名的姓名", ["执法人员"]),
        ("培训干部23名包联村组", ["干部"]),
        ("5类34项任务", ["任务", "任务"]),
        # What is said of a case is its outcome.
        ("收到申请52件。其中28件予以公开，9件申请人撤回", ["申请", "予以公开", "申请人撤回"]),
        ("复议案件中，5件法院予以驳回", ["法院予以驳回"]),
        ("审结3件，判决撤销答复1件", ["审结", "判决撤销答复"]),
        ("要求申请人补正的20件", ["要求申请人补正"]),
        ("不掌握相关信息8件", ["不掌握相关信息"]),
        # Parts of what was counted before.
        ("16个镇街中有9个没有专职人员", ["镇街", "镇街"]),
        ("73个村中实现线上公开的不到40个", ["村", "村"]),
        ("申请18件，其中网络8件，2件已转办。办结16件", ["申请", "网络", "转办", "办结"]),
        # Words that are not parted.
        ("从业人员12人，行政许可事项3项，公共服务站5个", ["从业人员", "行政许可事项", "公共服务站"]),
        ("12项行政许可事项，3个公共服务站", ["行政许可事项", "公共服务站"]),
        ("合计65件", ["合计"]),
        ("复制费每页0.2元", ["复制费"]),
    ],
)
def test_what_a_quantity_counts(text: str, subjects: list[str]) -> None:
    assert [m.subject for m in prose(f"{text}。", "applications").mentions] == subjects


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("主动公开信息1，234条", [("1，234条", 1234, "条", False)]),
        ("主动公开信息 12 条", [("12 条", 12, "条", False)]),
        ("公开２８６条", [("２８６条", 286, "条", False)]),
        ("金额12.5万元", [("12.5万元", 125000, "元", False)]),
        ("点击3.2万余次", [("3.2万余次", 32000, "次", True)]),
        ("点击1.2亿人次", [("1.2亿人次", 120000000, "人次", False)]),
        ("投入1亿2000万元", [("1亿2000万元", 120000000, "元", False)]),
        ("三百多万元", [("三百多万元", 3000000, "元", True)]),
        ("一万二千三百余条", [("一万二千三百余条", 12300, "条", True)]),
        ("一〇二条信息", [("一〇二条", 102, "条", False)]),
        ("长12千米、重3千克", [("12千米", 12, "千米", False), ("3千克", 3, "千克", False)]),
        ("發佈信息30條，開設專欄2個", [("30條", 30, "條", False), ("2個", 2, "個", False)]),
        ("容量3.6TB", [("3.6TB", 3.6, "TB", False)]),
        ("公开23条（次）", [("23条", 23, "条", False)]),
        ("2类30项", [("2类", 2, "类", False), ("30项", 30, "项", False)]),
    ],
)
def test_numbers_are_multiplied_out_and_units_kept_as_printed(text: str, expected: list[tuple[str, float, str, bool]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "近百场", "约30场", "超过30场", "不少于30场", "至少30场", "上千场", "30余场", "30多场", "30+场",
        "30场左右", "30场以上", "30场（含）以上",
        "不足30场", "逾30场", "将近30场", "百余场", "最多30场", "约有30场",
    ],
)  # fmt: skip
def test_words_of_approximation_are_told(text: str) -> None:
    assert [m.approximate for m in prose(f"举办活动{text}。").mentions] == [True]


@pytest.mark.parametrize("text", ["仅30场", "共30场", "达30场", "节约30场", "侦破30起", "平均30场", "逾期30件", "以上共30场"])
def test_other_words_before_a_number_do_not_make_it_approximate(text: str) -> None:
    assert [m.approximate for m in prose(f"举办活动{text}。").mentions] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "20个工作日内、24小时、三个月、两年、4个季度、3个多月、两个半小时",
        "12.5%，百分之三十件，三分之一，3个百分点，1.5倍，两成",
        "第三次会议，第十四条、第十五条，第三、五项，第1至第6号，第三十三、三十六条",
        "前3位，前十名，后两位，排名11位，位居全省第3位",
        "国办发〔2021〕30号，依据第20条第（一）、（五）项",
        "人民路128号3栋501室，邮编000000，电话0000-6612345、热线12345",
        "A4纸、IPv6、V2.1、Office 2016、3.0版",
        "“五公开”“100件实事”《20条措施》",
        "5部门，六部分，12处室，3项目，五大类，三方面，四级，八届",
        "数十条，几次，十几个，两三次，三五件，若干件",
        "召开一次会议，一项工作，这一次，统一部署，逐一件，作为一项，每一个",
        "三审三校、两微一端、最多跑一次、一件事一次办、四类过程性信息",
        "九届一次会议，八届三次全会，十四五期间，双十一",
        "一期厂房、二期工程、二次供水",
        "复议0，数量为0，10万+",
        "自2020起施行，2023年本级，三台县",
    ],
)
def test_what_names_or_tells_time_is_no_quantity(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("分别为3、5和8件", [("3", 3, False), ("5", 5, False), ("8件", 8, False)]),
        ("分别为3，5，8件", [("3", 3, False), ("5", 5, False), ("8件", 8, False)]),
        ("点击300万，5个部门", [("5个", 5, False)]),
        ("3至5件", [("3", 3, True), ("5件", 5, True)]),
        ("3～5万元", [("3", 30000, True), ("5万元", 50000, True)]),
        ("8000至1万元", [("8000", 8000, True), ("1万元", 10000, True)]),
        ("三至五件", [("三", 3, True), ("五件", 5, True)]),
        ("3个至5个", [("3个", 3, True), ("5个", 5, True)]),
        ("由3个增至5个", [("3个", 3, False), ("5个", 5, False)]),
        ("第二轮15处", [("15处", 15, False)]),
        ("附件2、3份", [("3份", 3, False)]),
    ],
)
def test_numbers_may_share_a_unit(text: str, expected: list[tuple[str, float, bool]]) -> None:
    assert [(t, quantity, about) for t, quantity, _, about in told(text)] == expected


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("培训一次，", True), ("各设一处查阅点", True), ("仅有一件申请", True), ("每季度召开一次会议", True),
        ("至少召开一次会议", True),
        ("共举办一场活动", True), ("不仅一次提到", False), ("共同推进一项工作", False), ("前一次，", False),
        ("其中一类是", False),
    ],
)  # fmt: skip
def test_one_before_a_measure_word_counts_where_it_is_no_article(text: str, counts: bool) -> None:
    assert bool(told(text)) is counts


def test_marks_of_points_are_no_numbers() -> None:
    assert [t for t, *_ in told("1、3项制度未落实；2、5个栏目未更新。")] == ["3项", "5个"]
    assert [t for t, *_ in told("一、三项制度未落实。二、两个栏目未更新。")] == ["三项", "两个"]
    assert [t for t, *_ in told("1.3项制度未落实。2.5个栏目未更新。")] == ["3项", "5个"]


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("制定3件规范性文件", ["规范性文件"]),
        ("主动公开政府信息3条", ["政府信息"]),
        ("予以公开3件，网络8件", ["予以公开", "网络"]),
        ("解决12个群众关心的问题", ["问题"]),
        ("发放问卷500份，其中5份无效", ["问卷", "问卷"]),
        ("市直部门、县（区）分别收到3件、5件", ["市直部门", "县（区）"]),
        ("编印《工作简报》8期", ["《工作简报》"]),
        ("行政复议：总计0件", ["行政复议"]),
        ("举办培训（3场，共450人次）", ["培训", "培训"]),
    ],
)
def test_subjects_are_the_nouns_next_to_the_number(text: str, subjects: list[str]) -> None:
    assert [m.subject for m in prose(f"{text}。").mentions] == subjects


def test_a_mention_has_its_sentence_and_section() -> None:
    top = Section(3, 1, "一、", "总体情况", "overview", "没有数字。", None, None)
    below = Section(4, 2, "（一）", "主动公开", None, "首句。公开信息12条，解读3篇。末句。", None, None)
    first, _ = read_prose([top, below]).mentions
    assert (first.section, first.section_ordinal, first.sentence) == ("overview", 4, "公开信息12条，解读3篇。")
    assert below.text[first.start : first.end] == "12条"


def test_rows_of_tables_and_annexes_are_no_prose() -> None:
    assert prose("指标\t3件\t5件\n公开信息12条。").mentions[0].quantity == 12
    assert prose("公开信息12条。", "annex") == Prose((), (), None, ())


@pytest.mark.parametrize(
    ("text", "kind", "items"),
    [
        ("问题：一是公开不全；二是更新不快。下一步改进。", "一是", ["公开不全", "更新不快"]),
        ("一要加强学习，二要强化督查。", "一要", ["加强学习", "强化督查"]),
        ("一 是公开不全；二 是更新不快。", "一是", ["公开不全", "更新不快"]),
        ("第一，公开不全。第二，更新不快。再说。", "第一", ["公开不全", "更新不快"]),
        ("首先，公开不全；其次，更新不快；最后，队伍不强。", "首先", ["公开不全", "更新不快", "队伍不强"]),
        ("其一，公开不全；其二，更新不快。", "其一", ["公开不全", "更新不快"]),
        ("（一）公开不全。甲。（二）更新不快。乙。", "（一）", ["公开不全。甲", "更新不快。乙"]),
        ("( 1 )公开不全；（2）更新不快。", "（1）", ["公开不全", "更新不快"]),
        ("1.公开不全。\n2.更新不快。\n3．队伍不强。", "1.", ["公开不全", "更新不快", "队伍不强"]),
        ("1、公开不全；2、更新不快。", "1、", ["公开不全", "更新不快"]),
        ("①公开不全；②更新不快。", "①", ["公开不全", "更新不快"]),
        ("㈠公开不全；㈡更新不快。", "（一）", ["公开不全", "更新不快"]),
        ("（一）甲处；（二）乙处；（二）丙处；（四）丁处。", "（一）", ["甲处", "乙处", "丙处", "丁处"]),
    ],
)
def test_points_of_every_manner_are_told(text: str, kind: str, items: list[str]) -> None:
    found = prose(text, "problems").items
    assert [(item.kind, item.ordinal, item.text) for item in found] == [(kind, n, t) for n, t in enumerate(items, 1)]
    assert all(text[item.start : item.end] == item.text for item in found)


def test_lists_stand_inside_points() -> None:
    found = prose("第一，平台：①检索不准；②适配不足。第二，队伍：①人少；②事多。第三，培训不够。", "problems").items
    assert [(item.kind, item.ordinal) for item in found] == [
        ("第一", 1), ("①", 1), ("①", 2), ("第一", 2), ("①", 1), ("①", 2), ("第一", 3),
    ]  # fmt: skip
    assert found[0].text == "平台：①检索不准；②适配不足"


@pytest.mark.parametrize(
    "text",
    [
        "（三）平台建设情况。", "第一时间处理，第二天答复。", "依据第二十条第（一）、（五）项公开。",
        "第一季度、第二季度分别通报。", "版本1.0、2.0。",
        "一是加强学习。", "分别为1、2和3件。",
    ],
)  # fmt: skip
def test_a_single_mark_and_what_only_looks_like_one_is_no_point(text: str) -> None:
    assert prose(text, "problems").items == ()


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        (
            "如有疑问，请与我局联系（地址：霁岫中路1号，邮编：000000，电话：0000-1234567，电子邮箱：xxgk@example.invalid）。",
            "地址：霁岫中路1号，邮编：000000，电话：0000-1234567，电子邮箱：xxgk@example.invalid",
        ),
        (
            "联系人：张三\n电话、传真：0000－1234567\n邮编号码：000000",
            "联系人：张三；电话、传真：0000－1234567；邮编号码：000000",
        ),
        ("联系电话052784368216。", "联系电话052784368216"),
        ("电子邮箱:(x@y.cn)。", "电子邮箱:(x@y.cn"),
        ("通讯地址：霁岫县人民路128号（政府大楼），邮政编码000000，联系电话：66123456。", None),
        ("办公地点在一楼，地址明确。", None),
    ],
)
def test_the_contact_is_taken_as_printed(text: str, contact: str | None) -> None:
    expected = contact or (
        "通讯地址：霁岫县人民路128号（政府大楼），邮政编码000000，联系电话：66123456" if "66123456" in text else None
    )
    assert prose(text, level=0).contact == expected


def cell(table: str, row: str, column: str, value: float | None, state: str = "read") -> Cell:
    return Cell("2021", table, row, column, row, value, "件", str(value), None, state)  # type: ignore[arg-type]


CELLS = [
    cell("applications", "received", "total", 12), cell("applications", "carried_in", "total", 1),
    cell("applications", "result_total", "total", 11), cell("applications", "carried_out", "total", 2),
    cell("review_litigation", "review", "total", 3), cell("review_litigation", "litigation_direct", "total", 1),
    cell("review_litigation", "litigation_after_review", "total", 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("全年收到政府信息公开申请12件。", "overview", [("prose_received", True)]),
        ("全年共收到依申请公开15件，其中自然人3件。", "overview", [("prose_received", False)]),
        ("共受理15件政府信息公开申请。", "overview", [("prose_received", False)]),
        ("本年度未收到政府信息公开申请。", "overview", [("prose_received", False)]),
        ("上年结转1件，办结11件，结转下年度继续办理2件。", "applications",
         [("prose_carried_in", True), ("prose_concluded", True), ("prose_carried_out", True)]),
        ("因政府信息公开被申请行政复议3件、行政诉讼2件。", "review_litigation", [("prose_review", True),
        ("prose_litigation", True)]),
        ("未发生行政复议、行政诉讼。", "review_litigation", [("prose_review", False), ("prose_litigation", False)]),
    ],
)  # fmt: skip
def test_claims_are_held_against_the_tables(text: str, code: str, expected: list[tuple[str, bool]]) -> None:
    checks, findings = check_claims(prose(text, code).claims, CELLS)
    assert sorted((check.check, check.passed) for check in checks) == sorted(expected)
    assert {check.kind for check in checks} == {"prose"}
    assert [(f.severity, f.code, f.row) for f in findings] == [("warning", "prose_disagrees", None)] * sum(
        not passed for _, passed in expected
    )


@pytest.mark.parametrize(
    "text",
    [
        "全市收到政府信息公开申请99件。", "各部门收到政府信息公开申请99件。",
        "其中网络收到政府信息公开申请99件。", "2022年收到政府信息公开申请99件。",
        "收到政府信息公开申请约99件。", "当面收到政府信息公开申请99件。", "按时答复申请99件。",
        "受理行政许可申请99件。", "办理行政复议99件。",
        "答复人大代表建议99件。", "收到政府信息公开申请99件，受理政府信息公开申请98件。",
        "累计收到政府信息公开申请99件。",
    ],
)  # fmt: skip
def test_sentences_of_another_scope_claim_nothing(text: str) -> None:
    assert check_claims(prose(text, "applications").claims, CELLS)[0] == ()


def test_a_claim_of_a_figure_that_was_not_read_neither_holds_nor_fails() -> None:
    claims = prose("全年收到政府信息公开申请12件。").claims
    (check,), findings = check_claims(claims, [cell("applications", "received", "total", None, "unreadable")])
    assert (check.passed, check.right, findings) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "code", "claimed"),
    [
        ("未收到书面政府信息公开申请。", "overview", []),
        ("未收到申请人提出的更正政府信息申请。", "overview", []),
        ("未发生因信息公开败诉的行政诉讼案件。", "review_litigation", []),
        ("未发生行政复议维持后又提起行政诉讼的情况。", "review_litigation", []),
        ("县政府办公室收到依申请公开12件。", "overview", []),
        ("未收到公民、法人或其他组织的政府信息公开申请。", "overview", [("prose_received", 0)]),
        ("未收到自然人、法人和其他组织的政府信息公开申请。", "overview", [("prose_received", 0)]),
        ("未收到法人或其他组织的政府信息公开申请。", "overview", []),
        ("未收到自然人的政府信息公开申请。", "overview", []),
        ("未发生行政诉讼案件。", "review_litigation", [("prose_litigation", 0)]),
    ],
)
def test_a_claim_of_none_is_of_the_whole(text: str, code: str, claimed: list[tuple[str, float]]) -> None:
    assert [(claim.check, claim.value) for claim in prose(text, code).claims] == claimed


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("公开行政许可12345件", ["行政许可"]),
        ("共收到依申请公开件（含上年度结转3件）128件", ["上年度结转", "依申请公开件"]),
        ("收到申请由2021年的20件增至2022年的35件", ["申请", "申请"]),
        ("信息公开量较上年增加200余条", ["信息公开量"]),
        ("信息公开量比2021年度增加200条", ["信息公开量"]),
    ],
)
def test_words_of_time_and_change_are_no_subject(text: str, subjects: list[str]) -> None:
    assert [m.subject for m in prose(f"{text}。").mentions] == subjects


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发放营业执照8 765份", []),
        ("发放营业执照8 765份、通知3份", [("3份", 3)]),
        ("公开信息壹佰贰拾条", [("壹佰贰拾条", 120)]),
        ("投入贰万伍仟元", [("贰万伍仟元", 25000)]),
        ("队伍、大陆、柒条", []),
        ("1" * 60 + "件", []),
    ],
)
def test_broken_figures_are_left_out_and_cheque_numerals_read(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(t, quantity) for t, quantity, *_ in told(text)] == expected


@pytest.mark.parametrize(
    "seed",
    [
        "1、", "3至", "1，", "三、", "0-", "1,234", "3 至 ", "3件", "3件、", "3个", "3件。", "届一次", "3件公开", "收到申请3件",
        "未收到申请", "二是①甲②乙", "“", "3“", " ", "a", "1", "分别3和", "1.3件",
    ],
)  # fmt: skip
def test_the_work_grows_with_the_text_and_no_faster(seed: str) -> None:
    def work(characters: int) -> float:
        text = "3件" + seed * (characters // len(seed)) + "，5件"
        best = float("inf")
        for _ in range(2):
            begin = time.process_time()
            prose(text, "problems")
            best = min(best, time.process_time() - begin)
        return best

    work(100)
    # Eight times the text: eight times the work, and 64 times where it is quadratic.
    assert work(16_000) < 28 * max(work(2_000), 0.004)


@pytest.mark.parametrize("seed", ["1、", "3至"])
def test_forty_kilobytes_of_numbers_are_read(seed: str) -> None:
    assert len(prose(seed * 20_000 + "5件", "problems").mentions) >= 1


# ── Sentences drawn from a grammar ────────────────────────────────────────────────────────────────────────────────────

UNITS = ["件", "条", "个", "次", "人次", "元", "平方米", "家", "篇", "场"]
SUBJECTS = ["政府信息", "解读稿件", "公开事项", "工作简报", "群众留言"]
NOISE = [
    "2023年",
    "第三季度",
    "自20个工作日内",
    "同比增长12.5%",
    "依据第三十六条第（一）项",
    "国办发〔2021〕30号文件",
    "“100件实事”",
    "位居全省第3位",
]


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, float, bool]:
    """A printed number, its value, and whether something inside makes it approximate."""
    bare = draw(st.integers(2, 9999))
    printed = draw(st.sampled_from([str(bare), f"{bare:,}", f"{bare:,}".replace(",", "，"), chinese(bare)]))
    multiplier = draw(st.sampled_from(["", "", "", "万", "亿"])) if "," not in printed and "，" not in printed else ""
    inside = draw(st.sampled_from(["", "", "余"])) if bare % 10 == 0 else ""
    value = bare * {"": 1, "万": 10_000, "亿": 100_000_000}[multiplier]
    return printed + multiplier + inside, float(value), bool(inside)


def chinese(number: int) -> str:
    """A number below ten thousand in Chinese numerals.

    >>> chinese(2010), chinese(15)
    ('二千零一十', '十五')
    """
    text, gap = "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + unit
        gap = not digit
    return text.removeprefix("一") if 10 <= number < 20 else text


@st.composite
def sentences(draw: st.DrawFn) -> tuple[str, list[tuple[str, float, str, bool]]]:
    """A paragraph and its mentions."""
    text, mentions = "", []
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            text += draw(st.sampled_from(NOISE)) + "，"
        printed, value, about = draw(numbers())
        unit = draw(st.sampled_from(UNITS))
        before, vague = draw(st.sampled_from([("", False), ("共", False), ("约", True), ("超过", True), ("不少于", True)]))
        behind, vaguer = draw(st.sampled_from([("", False), ("左右", True), ("以上", True)]))
        text += (
            draw(st.sampled_from(["公开", "发布", "完成"])) + draw(st.sampled_from(SUBJECTS)) + before + printed + unit + behind
        )
        mentions.append((printed + unit, value, unit, about or vague or vaguer))
        text += draw(st.sampled_from(["，", "；", "。"]))
    return text, mentions


@settings(max_examples=200, deadline=None)
@given(sentences())
def test_every_quantity_of_a_drawn_sentence_is_found_and_nothing_else(
    drawn: tuple[str, list[tuple[str, float, str, bool]]],
) -> None:
    text, mentions = drawn
    assert told(text) == mentions


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 9999))
def test_chinese_numerals_are_read_back(number: int) -> None:
    read = read_number(chinese(number))
    assert read is not None
    assert read.value == number


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="一二三十百千万亿两零0123456789.,，、至-余约第前每各个件条次年月（）()①1是：；。\n \t“”《》的共为"))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = prose(text, "problems")
    ends = 0
    for mention in found.mentions:
        assert ends <= mention.start < mention.end <= len(text)
        ends = mention.end
    for item in found.items:
        assert text[item.start : item.end] == item.text
