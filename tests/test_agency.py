"""Who reports: level, kind, division and key of an agency, from its name and what the document prints beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Finding
from gov_extract.parse.agency import identify
from gov_extract.parse.agency.places import common_name
from gov_extract.parse.agency.table import Division, _table, parents, stem_of
from gov_extract.parse.metadata.names import read_title, squeeze
from gov_extract.schema import Metadata
from tests.test_metadata import BODY, SHARED, told


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is absent")
def test_agency_kind_and_year_of_every_collected_title() -> None:
    for entry in map(json.loads, (SHARED / "titles.jsonl").read_text("utf-8").splitlines()):
        found = read_title(squeeze(entry["title"]))
        assert found is not None
        assert found.agency is not None
        kind = identify(found.agency, found.year).agency_kind
        assert (found.agency, found.year, kind) == (entry["agency"], entry["report_year"], entry["agency_kind"])


@pytest.mark.parametrize(
    ("name", "level", "kind", "code", "key"),
    [
        ("国务院办公厅", "central", "department", None, "000000/国务院办公厅"),
        ("国家卫生健康委", "central", "department", None, "000000/国家卫生健康委员会"),
        ("教育部", "central", "department", None, "000000/教育部"),
        ("广西壮族自治区统计局", "province", "department", "450000", "450000/统计局"),
        ("福建司法厅", "province", "department", "350000", "350000/司法厅"),
        ("上海市人民政府", "province", "government", "310000", "310000/人民政府"),
        ("国家统计局四川调查总队", "province", "department", "510000", "510000/国家统计局调查总队"),
        ("吉林省吉林市", "city", "government", "220200", "220200/人民政府"),
        ("凉山州卫健委", "city", "department", "513400", "513400/卫生健康委员会"),
        ("锡林郭勒盟行政公署", "city", "government", "152500", "152500/行政公署"),
        ("杭州市第一人民医院", "city", "institution", "330100", "330100/第一人民医院"),
        ("银川经济技术开发区管委会", "city", "development_zone", "640100", "640100/经济技术开发区管理委员会"),
        ("苏州工业园区", "city", "development_zone", "320500", "320500/工业园区管理委员会"),
        ("北京市朝阳区教育局", "county", "department", "110105", "110105/教育局"),
        ("上海市浦东新区教育局", "county", "department", "310115", "310115/教育局"),
        ("济源市财政局", "county", "department", "419001", "419001/财政局"),
        ("石河子市民政局", "county", "department", "659001", "659001/民政局"),
        ("长阳县人民政府", "county", "government", "420528", "420528/人民政府"),
        ("舟曲县八楞乡人民政府", "township", "government", "623023", "623023/八楞乡人民政府"),
        ("桦甸市人民政府新华街道办事处", "township", "subdistrict", "220282", "220282/新华街道办事处"),
        ("舟曲县八楞乡财政所", "township", "department", "623023", "623023/八楞乡财政所"),
        ("重庆市万盛经济技术开发区管委会", None, "development_zone", None, "500000/万盛经济技术开发区管理委员会"),
        ("新疆生产建设兵团教育局", "province", "department", None, "新疆生产建设兵团/教育局"),
        ("新疆生产建设兵团第八师石河子市财政局", "city", "department", "659001", "659001/财政局"),
        ("第八师石河子市", "city", "government", "659001", "659001/人民政府"),
        ("东莞市长安镇人民政府", "township", "government", "441900", "441900/长安镇人民政府"),
        ("西安市长安镇人民政府", "township", "government", None, None),
        ("国家统计局六安调查队", "city", "department", "341500", "341500/国家统计局调查队"),
        ("国家能源局华东监管局", None, "department", None, "/国家能源局华东监管局"),
        ("中华人民共和国教育部", "central", "department", None, "000000/教育部"),
        ("济南市中区教育局", "county", "department", "370103", "370103/教育局"),
        ("前郭县教育局", "county", "department", "220721", "220721/教育局"),
        ("保定市容城县统计局", "county", "department", "130629", "130629/统计局"),
        ("北京市朝阳区人民政府高碑店地区办事处", "township", "subdistrict", "110105", "110105/高碑店地区办事处"),
        ("黄石市城市发展投资集团有限公司", "city", "enterprise", "420200", "420200/城市发展投资集团有限公司"),
        ("中国人民银行成都分行", "city", "department", "510100", "510100/中国人民银行分行"),
        ("重庆市城市管理委员会", "province", "department", "500000", "500000/城市管理委员会"),
        ("湖北省国有资产监督管理委员会", "province", "department", "420000", "420000/国有资产监督管理委员会"),
        ("舒城县住房和城乡建设局", "county", "department", "341523", "341523/住房城乡建设局"),
        ("舒城县乡村振兴局", "county", "department", "341523", "341523/乡村振兴局"),
        ("华东理工大学", None, "institution", None, "/华东理工大学"),
        ("桃园开发区管委会", None, "development_zone", None, None),
        ("县统计局", "county", "department", None, None),
        ("市市场监管局（知识产权局）", None, "department", None, None),
        ("琰峁市钤岫县农业农村局", "county", "department", None, "琰峁市钤岫县/农业农村局"),
        ("蓼峁市市场监督管理局", None, "department", None, "蓼峁市/市场监督管理局"),
        ("城区街道办事处", "township", "subdistrict", None, None),
        ("滨海新区财政局", None, "department", None, None),
        ("攀枝花市东区财政局", "county", "department", "510402", "510402/财政局"),
        ("东区办事处", "township", "subdistrict", None, None),
        ("黑龙江省砚林区人民政府", "county", "government", None, "黑龙江省砚林区/人民政府"),
    ],
)
def test_level_kind_division_and_key_of_a_name(
    name: str, level: str | None, kind: str | None, code: str | None, key: str | None
) -> None:
    found = identify(squeeze(name), 2020)
    assert (found.agency_level, found.agency_kind, found.division_code, found.agency_id) == (level, kind, code, key)


@pytest.mark.parametrize(
    ("name", "code", "unit"),
    [
        ("临沭县古城镇人民政府", "371329", "古城镇"),
        ("北京市房山区良乡镇人民政府", "110111", "良乡镇"),
        ("怀宁县江镇镇人民政府", "340822", "江镇镇"),
        ("阳城县凤城镇", "140522", "凤城镇"),
        ("阳城县凤城镇人民政府", "140522", "凤城镇"),
        ("邳州市邳城镇人民政府", "320382", "邳城镇"),
        ("淄博市临淄区皇城镇", "370305", "皇城镇"),
        ("镇原县新城镇", "621027", "新城镇"),
        ("冠县东古城镇人民政府", "371525", "东古城镇"),
        ("平乡县平乡镇人民政府", "130532", "平乡镇"),
        ("桐乡市乌镇镇", "330483", "乌镇镇"),
        ("中山市古镇镇人民政府", "442000", "古镇镇"),
        ("北镇市大市镇人民政府", "210782", "大市镇"),
        ("镇赉县镇赉镇", "220821", "镇赉镇"),
        ("浏阳市镇头镇人民政府", "430181", "镇头镇"),
    ],
)
def test_a_township_whose_name_holds_the_words_for_townships(name: str, code: str, unit: str) -> None:
    found = identify(name, 2020)
    assert (found.agency_level, found.agency_kind, found.division_code) == ("township", "government", code)
    assert found.agency_id is not None
    assert found.agency_id.endswith(f"/{unit}人民政府")


@pytest.mark.parametrize(
    ("name", "level", "kind"),
    [
        ("阳城县凤城镇财政所", "township", "department"),
        ("舒城县河包镇乡村振兴办公室", "township", "department"),
        ("上海市嘉定区嘉定镇街道", "township", "subdistrict"),
        ("桐乡市南市街道办事处", "township", "subdistrict"),
        ("桐乡市红旗路街道办事处", "township", "subdistrict"),
        ("舒城县城乡规划局", "county", "department"),
        ("舒城县自然资源和城乡规划局", "county", "department"),
        ("舒城县城镇管理委员会", "county", "department"),
        ("舒城县乡镇财政管理局", "county", "department"),
        ("舒城县村镇规划建设管理处", "county", "department"),
        ("重庆两江新区管理委员会", None, "development_zone"),
        ("上海市嘉定工业区管理委员会", None, "development_zone"),
        ("上海化学工业区管理委员会", None, "development_zone"),
        ("泉州台商投资区管理委员会", "city", "development_zone"),
        ("温州生态园管理委员会", "city", "development_zone"),
        ("中新天津生态城管理委员会", None, "development_zone"),
        ("宁夏宁东能源化工基地管理委员会", None, "development_zone"),
        ("中国（上海）自由贸易试验区临港新片区管理委员会", None, "development_zone"),
        ("中华人民共和国皇岗海关", None, "department"),
        ("中华人民共和国海关总署", "central", "department"),
        ("民航华东地区管理局", None, "department"),
        ("中国民用航空中南地区管理局", None, "department"),
        ("中国民用航空局", "central", "department"),
        ("喀什地区教育局", "city", "department"),
        ("中山市石岐区办事处", "township", "subdistrict"),
        ("中山市东区办事处", "township", "subdistrict"),
        ("中山市西区街道办事处", "township", "subdistrict"),
        ("开发区办事处", None, "department"),
    ],
)
def test_what_a_word_within_a_name_says_of_level_and_kind(name: str, level: str | None, kind: str) -> None:
    found = identify(squeeze(name), 2020)
    assert (found.agency_level, found.agency_kind) == (level, kind)
    assert (found.agency_id or "").startswith("000000/") == (level == "central")


def test_the_names_of_all_levels_are_those_of_the_year() -> None:
    found = identify("三明市沙县教育局", 2020)
    assert (found.province, found.city, found.county) == ("福建省", "三明市", "沙县")
    assert identify("沙县教育局", 2022)[4:7] == ("福建省", "三明市", "沙县区")
    assert identify("仙桃市教育局", 2022)[4:7] == ("湖北省", None, "仙桃市")
    assert identify("天津市滨海新区教育局", 2022)[4:7] == ("天津市", None, "滨海新区")


@pytest.mark.parametrize(
    "writings",
    [
        [("镜湖区税务局", 2019), ("芜湖市镜湖区税务局", 2020), ("国家税务总局芜湖市镜湖区税务局", 2023)],
        [("舒城县卫生健康委", 2019), ("舒城县卫生健康委员会", 2020), ("六安市舒城县卫健委", 2021)],
        [("舒城县市场监管局（知识产权局）", 2019), ("舒城县市场监督管理局", 2020), ("安徽省舒城县市监局", 2023)],
        [("桐梓县人民政府（县人民政府办公室）", 2019), ("桐梓县政府", 2020), ("桐梓县", 2021)],
        [("舟曲县八楞乡", 2019), ("舟曲县八楞乡人民政府", 2020), ("甘肃省舟曲县八楞乡政府", 2020)],
        [("沙县教育局", 2018), ("三明市沙县区教育局", 2022)],
        [("襄樊市统计局", 2009), ("襄阳市统计局", 2015)],
        [("舒城县政府办", 2015), ("舒城县人民政府办公室", 2016)],
        [("正定县住建局", 2015), ("正定县住房和城乡建设局", 2016), ("正定县住房城乡建设局", 2017)],
        [("螅镇", 2015), ("螅镇人民政府", 2016)],
        [("阳城县凤城镇", 2015), ("阳城县凤城镇人民政府", 2016)],
        [("皇岗海关", 2015), ("中华人民共和国皇岗海关", 2016)],
        [("民航华东地区管理局", 2015), ("中国民用航空华东地区管理局", 2016)],
        [("教育部", 2015), ("中华人民共和国教育部", 2016)],
        [("住房和城乡建设部", 2015), ("中华人民共和国住房和城乡建设部", 2016)],
    ],
)
def test_writings_of_one_agency_have_one_key_over_the_years(writings: list[tuple[str, int]]) -> None:
    keys = {identify(squeeze(name), year).agency_id for name, year in writings}
    assert len(keys) == 1
    assert None not in keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("舒城县人民政府", "舒城县人民政府办公室"),
        ("舒城县公安局", "舒城县公安局（交警大队）"),
        ("舒城县自然资源和规划局", "舒城县自然资源局"),
        ("舒城县税务局", "舒城县国家税务局"),
        ("南京市鼓楼区教育局", "徐州市鼓楼区教育局"),
        ("舒城县城关镇人民政府", "宁陕县城关镇人民政府"),
        ("六安市", "舒城县"),
        ("芜湖市财政局", "芜湖县财政局"),
        ("江干区教育局", "上城区教育局"),
        ("第一中学", "实验小学"),
    ],
)
def test_different_agencies_never_share_a_key(one: str, other: str) -> None:
    a, b = identify(squeeze(one), 2018).agency_id, identify(squeeze(other), 2018).agency_id
    assert a is None or a != b


@pytest.mark.parametrize(
    "name", ["朝阳区教育局", "鼓楼区人民政府", "城关区统计局", "江苏省鼓楼区", "城关镇", "城关镇人民政府", "建新镇"]
)
def test_a_name_of_several_places_is_not_guessed_at(name: str) -> None:
    found = identify(name, 2020)
    assert found.ambiguous
    assert (found.agency_id, found.division_code, found.city, found.county) == (None, None, None, None)


TITLE = "2020年政府信息公开工作年度报告"


def findings_of(text: str, **properties: str) -> tuple[Metadata, tuple[Finding, ...]]:
    """Metadata and findings about divisions."""
    found, findings = told(text, **properties)
    return found, tuple(finding for finding in findings if finding.code == "division_ambiguous")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"朝阳区教育局{TITLE}\n{BODY}\n北京市朝阳区教育局\n2021年1月9日", "110105"),
        (f"朝阳区教育局{TITLE}\n如有疑问请联系（地址：吉林省长春市朝阳区某路1号）。\n{BODY}", "220104"),
        (f"朝阳区教育局{TITLE}\n根据长春市人民政府办公厅要求编制本报告。\n{BODY}", "220104"),
        (f"鼓楼区统计局{TITLE}\n{BODY}\n我局在徐州市鼓楼区各街道开展工作。", "320302"),
        (f"城关镇{TITLE}\n根据舒城县人民政府办公室的要求编制本报告。\n{BODY}", "341523"),
        (f"城关镇{TITLE}\n{BODY}\n舒城县城关镇人民政府\n2021年1月9日", "341523"),
        (f"河包镇{TITLE}\n联系地址：重庆市荣昌区河包镇某路1号\n{BODY}", "500153"),
        (f"东区统计局{TITLE}\n{BODY}\n攀枝花市东区统计局\n2021年1月9日", "510402"),
        (f"东区统计局{TITLE}\n{BODY}\n我局在攀枝花市东区开展工作。", "510402"),
        (f"八楞乡{TITLE}\n{BODY}", None),
    ],
)
def test_the_document_itself_resolves_a_name(text: str, code: str | None) -> None:
    found, findings = findings_of(text)
    assert (found.division_code, findings) == (code, ())


@pytest.mark.parametrize(
    "text",
    [
        f"朝阳区教育局{TITLE}\n{BODY}",
        f"鼓楼区统计局{TITLE}\n根据江苏省人民政府办公厅要求编制本报告。\n{BODY}",
        f"朝阳区教育局{TITLE}\n{BODY}\n我局赴北京市朝阳区和长春市朝阳区学习。",
        f"城关镇{TITLE}\n{BODY}",
        f"东区统计局{TITLE}\n{BODY}",
        f"滨海新区统计局{TITLE}\n{BODY}",
    ],
)
def test_what_the_document_does_not_resolve_stays_null_with_a_warning(text: str) -> None:
    found, findings = findings_of(text)
    assert (found.division_code, found.agency_id) == (None, None)
    assert [finding.severity for finding in findings] == ["warning"]


# ── Places that a text only mentions ──────────────────────────────────────────────────────────────────────────────────────

# Ambiguous names, each with two cities that have one.
SHARED_NAMES = [("鼓楼区", "南京市", "徐州市"), ("朝阳区", "北京市", "长春市"), ("城关区", "兰州市", "拉萨市")]
MENTIONS = [
    "组织人员赴{place}学习。",
    "我局前往{place}考察政务公开工作。",
    "对标{place}等先进地区，完善公开目录。",
    "邀请{place}教育局专家授课。",
    "借鉴{place}教育局经验，建立联络员制度。",
    "案件由{place}人民法院审理。",
    "与{place}教育局开展交流，形成长效机制。",
    "{place}教育局来访座谈。",
    "转载{place}发布的信息三条。",
    "告知向{place}人民政府提出申请。",
    "承办单位为{place}某某印务有限公司。",
]
OWN = [
    "本报告由{place}教育局编制。",
    "根据{city}人民政府办公室要求，编制并公布本报告。",
    "地址：{place}中山路1号。",
    "如有疑问，请联系{place}教育局办公室，联系电话：00000000。",
    "我局位于{place}中山路。",
    "{place}教育局\n2021年1月9日",
]


@pytest.mark.parametrize(("name", "city", "other"), SHARED_NAMES)
@pytest.mark.parametrize("where", ["opening", "overview", "body", "end"])
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_place_that_is_only_mentioned_tells_of_no_agency(
    name: str, city: str, other: str, where: str, data: st.DataObject
) -> None:
    sentences = "".join(
        data.draw(st.sampled_from(MENTIONS)).format(place=data.draw(st.sampled_from([city, other])) + name)
        for _ in range(data.draw(st.integers(1, 3)))
    )
    found, findings = findings_of(_placed(f"{name}教育局{TITLE}", sentences, where))
    assert (found.division_code, found.agency_id, found.county) == (None, None, None)
    assert [finding.severity for finding in findings] == ["warning"]


@pytest.mark.parametrize(("name", "city", "other"), SHARED_NAMES)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_says_whose_the_agency_is_resolves_it_beside_mentions_of_others(
    name: str, city: str, other: str, data: st.DataObject
) -> None:
    mention = data.draw(st.sampled_from(MENTIONS)).format(place=other + name)
    own = data.draw(st.sampled_from(OWN)).format(place=city + name, city=city)
    where = "end" if "\n" in own else data.draw(st.sampled_from(["opening", "overview"]))
    found, findings = findings_of(_placed(f"{name}教育局{TITLE}", mention if where == "end" else own, "overview", own))
    if where != "end":
        found, findings = findings_of(_placed(f"{name}教育局{TITLE}", own, where, mention))
    assert (found.city or found.province, findings) == (city, ())
    assert found.county == name


def _placed(title: str, sentences: str, where: str, end: str = "") -> str:
    parts = {
        "opening": f"{title}\n{sentences}\n{BODY}",
        "overview": f"{title}\n一、总体情况\n{sentences}\n{BODY.replace('一、总体情况', '工作有序开展。')}",
        "body": f"{title}\n{BODY}\n二、主动公开情况\n{sentences}\n三、其他\n无。",
        "end": f"{title}\n{BODY}\n六、其他需要报告的事项\n{sentences}",
    }
    return parts[where] + (f"\n{end}" if end else "")


def test_a_site_names_the_agency_of_a_text_that_only_says_we() -> None:
    title = "2020年政府信息公开工作年度报告"
    assert told(f"{title}\n{BODY}", site="平武县统计局")[0].agency == "平武县统计局"
    assert told(f"{title}\n{BODY}", site="平武县统计局门户网站")[0].division_code == "510727"
    assert told(f"{title}\n{BODY}", site="平武县人民政府")[0].agency is None
    assert told(f"{title}\n一、总体情况\n工作有序开展。", site="平武县统计局")[0].agency is None


@pytest.mark.parametrize(
    ("top", "agency"),
    [
        (f"河包镇{TITLE}\n本报告由荣昌区河包镇人民政府编制。", "荣昌区河包镇人民政府"),
        (f"新华街道办事处{TITLE}\n本报告由桦甸市人民政府新华街道办事处编制。", "桦甸市人民政府新华街道办事处"),
        (f"晋安区{TITLE}\n本报告由福州市晋安区人民政府编制。", "福州市晋安区人民政府"),
        (f"晋安区{TITLE}\n本报告由福州市人民政府编制。", "晋安区"),
    ],
)
def test_the_longest_printed_name_of_a_place_is_taken(top: str, agency: str) -> None:
    assert told(f"{top}\n{BODY}")[0].agency == agency


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "fixtures" / "truth").glob("*.json")), ids=lambda path: str(path.stem)
)
def test_invented_agencies_have_no_division_and_no_doubt(path: Path) -> None:
    agency = json.loads(path.read_text("utf-8"))["meta"]["agency"]
    found = identify(squeeze(agency), 2020)
    assert (found.division_code, found.province, found.city, found.county, found.ambiguous) == (None,) * 5
    assert found.agency_kind is not None
    assert found.agency_id is not None


# ── Names of all kinds and levels ─────────────────────────────────────────────────────────────────────────────────────────

LEVELS = {1: "province", 2: "city", 3: "county"}
BODIES = {
    "": "government",
    "人民政府": "government",
    "人民政府办公室": "department",
    "教育局": "department",
    "卫生健康委员会": "department",
    "住房和城乡建设局": "department",
    "市场监督管理局（知识产权局）": "department",
    "互联网信息办公室": "department",
    "公安局交通警察支队": "department",
    "档案馆": "institution",
    "政务服务中心": "institution",
    "第一中学": "institution",
    "中医医院": "institution",
    "经济技术开发区管理委员会": "development_zone",
    "高新技术产业开发区": "development_zone",
    "水务集团有限公司": "enterprise",
    "供水公司": "enterprise",
}
TOWNSHIPS = {
    "砚霁镇人民政府": "government",
    "砚霁镇": "government",
    "漪岫苗族乡人民政府": "government",
    "砚霁街道办事处": "subdistrict",
    "霁北街道": "subdistrict",
    "砚霁镇财政所": "department",
}
KINDS = st.sampled_from(["政府信息公开工作年度报告", "政府信息公开年度报告", "信息公开年报", "政务信息公开年度报告"])
MANNERS = st.sampled_from(["{a}{y}年{k}", "{a} {y} 年度 {k}", "{y}年{a}{k}", "{a}关于{y}年{k}的公告", "名称：{a}{y}年{k}"])


def rows() -> list[Division]:
    """The divisions in force now, their names told with all that they lie in."""
    return [row for found in _table().codes.values() for row in found if row.last == 9999]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(rows()), st.sampled_from(sorted(BODIES)), st.integers(2021, 2024), KINDS, MANNERS, st.booleans())
def test_titles_of_real_places_tell_agency_kind_level_year_and_division(
    row: Division, body: str, year: int, kind: str, manner: str, stems: bool
) -> None:
    if row.first > year:
        return
    above = [stem_of(parent) if stems else parent.name for parent in reversed(parents(row, year))]
    agency = "".join(above) + row.name + body
    title = read_title(squeeze(manner.format(a=agency, y=year, k=kind)))
    assert title is not None
    assert (title.agency, title.year) == (squeeze(agency), year)
    found = identify(title.agency or "", title.year)
    level = None if BODIES[body] == "development_zone" and row.level == 1 else LEVELS[row.level]
    assert (found.agency_kind, found.agency_level) == (BODIES[body], level)
    assert found.division_code == (None if level is None else row.code)


PARTED = st.sampled_from(
    ["{a}{y}年{b}{k}", "{a}{y}年度{b}{k}", "{a} {y} 年 {b}{k}", "{a}{y}年度{b}关于{k}的公告", "名称：{a}{y}年{b}{k}"]
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(rows()), st.sampled_from(sorted(set(BODIES) - {""})), st.integers(2021, 2024), KINDS, PARTED)
def test_a_year_inside_the_name_parts_it_and_does_not_cut_it(
    row: Division, body: str, year: int, kind: str, manner: str
) -> None:
    if row.first > year:
        return
    place = "".join(parent.name for parent in reversed(parents(row, year))) + row.name
    title = read_title(squeeze(manner.format(a=place, b=body, y=year, k=kind)))
    assert title is not None
    assert (title.agency, title.year) == (squeeze(place + body), year)
    assert identify(title.agency or "", title.year).division_code in (row.code, None)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(rows()), st.sampled_from(rows()), st.sampled_from(sorted(BODIES)), st.integers(2021, 2024), PARTED)
def test_a_name_with_a_place_of_its_own_behind_the_year_is_whole(
    row: Division, other: Division, body: str, year: int, manner: str
) -> None:
    # 滨海新区 is the name of zones, too, which lie in the place before.
    if other.level == 1 or common_name(other.name) or max(row.first, other.first) > year:
        return
    title = read_title(squeeze(manner.format(a=row.name, b=other.name + body, y=year, k="政府信息公开工作年度报告")))
    assert title is not None
    assert (title.agency, title.year) == (squeeze(other.name + body), year)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(rows()), st.sampled_from(sorted(TOWNSHIPS)), st.integers(2021, 2024), KINDS, MANNERS)
def test_titles_of_townships_tell_the_county_that_they_name(
    row: Division, unit: str, year: int, kind: str, manner: str
) -> None:
    if row.first > year or row.level < 3:
        return
    agency = "".join(parent.name for parent in reversed(parents(row, year))) + row.name + unit
    title = read_title(squeeze(manner.format(a=agency, y=year, k=kind)))
    assert title is not None
    found = identify(title.agency or "", title.year)
    assert (title.agency, found.agency_kind, found.agency_level) == (agency, TOWNSHIPS[unit], "township")
    assert found.division_code == row.code


INVENTED = st.builds(
    lambda a, b, suffix: a + b + suffix,
    st.sampled_from("霁翎琰磬璟穹蓼"),
    st.sampled_from("岫墉筠浯泠隰"),
    st.sampled_from(["县", "市", "区"]),
)


@settings(deadline=None, max_examples=200)
@given(INVENTED, st.sampled_from(sorted(BODIES)), st.integers(2008, 2030), KINDS, MANNERS)
def test_titles_of_unknown_places_tell_agency_kind_and_year(place: str, body: str, year: int, kind: str, manner: str) -> None:
    title = read_title(squeeze(manner.format(a=place + body, y=year, k=kind)))
    assert title is not None
    assert (title.agency, title.year) == (squeeze(place + body), year)
    found = identify(title.agency or "", title.year)
    assert (found.agency_kind, found.division_code) == (BODIES[body], None)
    assert found.agency_level == (None if place.endswith("市") else "county")


@settings(deadline=None, max_examples=200)
@given(
    st.text(alphabet="北京市朝阳区鼓楼县人民政府教育局镇乡街道办事处国家税务总()开发新州盟旗", max_size=30),
    st.none() | st.integers(2003, 2049),
)
def test_no_name_makes_it_fail(name: str, year: int | None) -> None:
    found = identify(name, year, name, (name,))
    assert found.division_code is None or len(found.division_code) == 6
