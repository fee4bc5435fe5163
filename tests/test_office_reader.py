"""Documents that go through LibreOffice: what is asked of it, what is made of its answers, and what happens without it."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fixtures.generator import office_texts
from gov_extract import extract, extract_folder
from gov_extract.dataset import open_dataset
from gov_extract.document import Grid
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers import Limits, read, sniff
from gov_extract.readers.contents import Content as Source
from gov_extract.readers.office import Content, checked, convert, office_program
from gov_extract.readers.office.own_text import Witness, is_encrypted, witness
from gov_extract.report import report_of
from tests.measure.corpus import DOCUMENTS, truth_of
from tests.measure.score import score
from tests.test_golden import hold

posix = pytest.mark.skipif(sys.platform == "win32", reason="a program of a few lines of shell stands for LibreOffice")
libreoffice = pytest.mark.skipif(
    office_program() is None, reason="LibreOffice is not installed: conversions are not tested here"
)

RTF = rb"{\rtf1\ansi hello\par}"
DOCX = DOCUMENTS / "docx-20017.docx"
DOC = DOCUMENTS / "office_doc-82006.doc"


def texts() -> list[Path]:
    """The committed documents of office kinds."""
    return sorted(path for path in DOCUMENTS.iterdir() if path.name.startswith("office_"))


# ── Without LibreOffice ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without LibreOffice."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("gov_extract.readers.office.program._PLACES", {})


@pytest.mark.usefixtures("without")
def test_without_libreoffice_the_message_says_what_to_install() -> None:
    report = extract(RTF, name="a.rtf")
    assert (report.status, [finding.code for finding in report.findings]) == ("failed", ["office_not_installed"])
    assert "install LibreOffice" in (report.error or "")


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize("suffix", [".doc", ".wps", ".rtf", ".odt"])
def test_what_is_docx_html_or_text_goes_to_its_own_reader_whatever_it_is_called(suffix: str) -> None:
    truth = truth_of(DOCX)
    report = extract(DOCX.read_bytes(), name=DOCX.stem + suffix)
    assert score(DOCX.name, report, truth).exact == len(truth["cells"])
    assert "misnamed" in [finding.code for finding in report.findings]
    page = read(b"<html><body><p>a</p></body></html>", name=f"a{suffix}")
    assert page.media_type == "text/html"
    assert read("一、总体情况".encode(), name=f"a{suffix}").media_type == "text/plain"


def test_a_whole_run_without_libreoffice_reads_everything_else(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(DOCX, folder)
    for path in texts():
        shutil.copy(path, folder)
    (folder / "a.rtf").write_bytes(RTF)
    code = "import sys; from gov_extract.cli import main; sys.argv = ['gov-extract', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", code, "extract", str(folder), "-o", str(tmp_path / "out"), "--workers", "1"]
    run = subprocess.run(command, env={**os.environ, "PATH": ""}, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "install LibreOffice" in run.stdout
    documents = open_dataset(tmp_path / "out").load("documents").set_index("source")
    skipped = documents[documents["status"] == "failed"]
    assert set(skipped.index) == {"a.rtf", *(path.name for path in texts())}
    assert len(documents) == len(skipped) + 1
    kinds = subprocess.run(
        [sys.executable, "-c", code, "formats", "--json"], env={**os.environ, "PATH": ""}, capture_output=True, check=True
    )
    known = {kind["media_type"]: kind for kind in json.loads(kinds.stdout)}
    assert "install LibreOffice" in known["application/msword"]["advice"]
    assert (known["application/msword"]["read"], known["application/pdf"]["read"]) == (False, True)


def test_a_program_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f".{os.sep}{name}.exe")
    monkeypatch.chdir(tmp_path)
    assert office_program() is None


def test_libreoffice_without_its_part_for_texts_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("soffice", "soffice.bin"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    if sys.platform != "win32":
        assert office_program() is None
        (tmp_path / "libswlo.so").touch()
        assert office_program() == str(tmp_path / "soffice")


# ── What LibreOffice may do: a program of a few lines stands for it ───────────────────────────────────────────────────


# The folder of the results, and the documents, are the last arguments.
SCRIPT = """#!/bin/sh
echo "$@" > "{log}"
while [ "$1" != --outdir ]; do shift; done
out=$2; shift 2
{body}
"""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path for a program that stands for LibreOffice; its temporary files go to another one."""
    folder, temporary = tmp_path / "bin", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield folder
    assert list(temporary.iterdir()) == []


def stand_in(folder: Path, body: str) -> Path:
    """Write the program; the file that holds its arguments after a run."""
    program, log = folder / "soffice", folder / "arguments"
    program.write_text(SCRIPT.format(log=log, body=body))
    program.chmod(0o755)
    return log


COPY = f'for file in "$@"; do name=${{file##*/}}; cp "{DOCX}" "$out/${{name%.*}}.docx"; done'


@posix
def test_a_conversion_has_a_profile_of_its_own_that_runs_and_fetches_nothing(office: Path) -> None:
    log = stand_in(office, f'cp "${{1%/given/*}}/profile/user/registrymodifications.xcu" "{office}/settings"\n{COPY}')
    document = read(RTF, name="a.rtf")
    assert document.media_type == "application/rtf"
    assert [finding.code for finding in document.findings] == ["converted"]
    assert any(isinstance(block, Grid) for block in document.pages[0].blocks)
    arguments = log.read_text()
    assert "-env:UserInstallation=file://" in arguments
    assert "--headless" in arguments
    settings = (office / "settings").read_text("utf-8")
    for name in ("DisableMacrosExecution", "BlockUntrustedRefererLinks", "ooInetProxyType"):
        assert name in settings


@posix
@pytest.mark.parametrize("body", ["exit 0", "exit 77", 'echo junk > "$out/00000.docx"', ': > "$out/00000.docx"'])
def test_what_leaves_no_docx_is_a_failure_whatever_the_exit_code(office: Path, body: str) -> None:
    stand_in(office, body)
    with pytest.raises(ReadError, match="could not open it") as caught:
        read(RTF)
    assert caught.value.code == "not_converted"


@posix
def test_a_docx_that_is_cut_off_does_not_count(office: Path) -> None:
    stand_in(office, f'head -c 5000 "{DOCX}" > "$out/00000.docx"')
    with pytest.raises(ReadError) as caught:
        read(RTF)
    assert caught.value.code == "not_converted"


@posix
def test_a_docx_of_boundless_size_is_refused(office: Path) -> None:
    stand_in(office, COPY)
    size = DOCX.stat().st_size
    with pytest.raises(LimitError):
        read(RTF, limits=Limits(max_bytes=size - 1))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that is dead and not yet collected by its parent is there all the same.
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] not in "ZX"


def gone(pid: int) -> bool:
    """Whether a process ends; it has some seconds for that."""
    for _ in range(200):
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


HANGS = 'sleep 600 & echo $! > "{folder}/child"; echo $$ > "{folder}/own"; trap "" TERM INT HUP; wait'


@posix
def test_what_hangs_is_ended_with_all_that_it_started(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(office, HANGS.format(folder=office))
    monkeypatch.setattr("gov_extract.readers.office.conversion.PATIENCE", 1.0)
    with pytest.raises(ReadError, match="did not finish") as caught:
        read(RTF)
    assert caught.value.code == "not_converted"
    assert gone(int((office / "own").read_text()))
    assert gone(int((office / "child").read_text()))


@posix
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_it_when_the_process_that_asked_is_killed(office: Path, end: signal.Signals) -> None:
    stand_in(office, HANGS.format(folder=office))
    code = f"from gov_extract.readers import read; read({RTF!r})"
    process = subprocess.Popen([sys.executable, "-c", code])
    while not (office / "own").exists() or not (office / "own").read_text().strip():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(end)
    process.wait()
    assert gone(int((office / "own").read_text()))
    assert gone(int((office / "child").read_text()))
    temporary = office.parent / "temporary"
    for _ in range(200):  # the guard removes its folder last
        if not any(folder.glob("office/*") for folder in temporary.iterdir()):
            break
        time.sleep(0.05)
    for folder in temporary.iterdir():
        assert not any(folder.rglob("*.rtf"))
        shutil.rmtree(folder)


@posix
def test_a_run_goes_on_past_a_document_that_hangs(office: Path, tmp_path: Path) -> None:
    stand_in(office, f'for file in "$@"; do grep -q hangs "$file" && sleep 600; done\n{COPY}')
    (tmp_path / "in").mkdir()
    for n in range(3):
        (tmp_path / "in" / f"{n}.rtf").write_bytes(RTF + b"%d" % n)
    (tmp_path / "in" / "hangs.rtf").write_bytes(RTF + b"hangs")
    (tmp_path / "in" / "z.html").write_bytes(b"<html><body><p>text</p></body></html>")
    summary = extract_folder(tmp_path / "in", tmp_path / "out", workers=1, seconds=6)
    assert set(summary.failures) == {"hangs.rtf"}
    assert summary.documents == 5
    assert summary.findings["converted"] == 3


@posix
def test_documents_of_a_run_are_converted_together_and_alone_where_that_fails(office: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for n in range(5):
        (tmp_path / "in" / f"{n}.rtf").write_bytes(RTF + b"%d" % n)
    # Together it makes two of them and dies at the third; alone it makes each.
    first = f'cp "{DOCX}" "$out/00000.docx"; cp "{DOCX}" "$out/00001.docx"; kill -9 $$'
    stand_in(office, f'echo $# >> "{office}/calls"\n[ $# -gt 1 ] && {{ {first}; }}\n{COPY}')
    summary = extract_folder(tmp_path / "in", tmp_path / "out", workers=1)
    assert summary.findings["converted"] == 5
    assert sorted((office / "calls").read_text().split()) == ["1", "1", "1", "5"]
    documents = open_dataset(tmp_path / "out").load("documents")
    assert set(documents["media_type"]) == {"application/rtf"}
    assert documents["bytes"].tolist() == [len(RTF) + 1] * 5


@posix
def test_a_batch_has_one_process_and_the_results_are_read_once(office: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for n in range(4):
        (tmp_path / "in" / f"{n}.rtf").write_bytes(RTF + b"%d" % n)
    (tmp_path / "in" / "broken.odt").write_bytes(office_texts._ended(DOCX.read_bytes())[:900])
    stand_in(office, f'echo $# >> "{office}/calls"\n{COPY}')
    summary = extract_folder(tmp_path / "in", tmp_path / "out", workers=1)
    assert (office / "calls").read_text().split() == ["4"]
    assert set(summary.failures) == {"broken.odt"}


# ── Before LibreOffice is asked ───────────────────────────────────────────────────────────────────────────────────────


def odt(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        for name, body in parts.items():
            made.writestr({"manifest": "META-INF/manifest.xml", "content": "content.xml"}[name], body)
    return stream.getvalue()


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (odt(content=b"<x/>", manifest=b"<manifest:encryption-data/>"), "encrypted"),
        (odt(manifest=b"<x/>"), "damaged"),
        (odt(content=b"<x/>")[:-30], "truncated"),
        (odt(content=bytes(70_000_000)), "too_large"),
    ],
)
def test_an_odt_that_cannot_be_read_is_refused_before(data: bytes, code: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(data)
    assert caught.value.code == code


def test_signs_around_automatic_numbers_in_rtf_become_one_character_each() -> None:
    level = rb"{\leveltext\leveltemplateid1\'02\'00\'a1\'a2;}"
    content = checked(rb"{\rtf1\ansi\ansicpg936 " + level + rb"}", Limits(), "application/rtf")
    assert rb"\'02\'00\u12289 ?;" in content.data
    assert checked(rb"{\rtf1\ansi\ansicpg1252 " + level, Limits(), "application/rtf").data.endswith(level)


FLAT = """<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>
<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{parts}</pkg:package>"""


def flat(data: bytes) -> bytes:
    parts = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            body = package.read(name).decode("utf-8", "replace")
            if name.endswith((".xml", ".rels")) and name != "[Content_Types].xml":
                root = body.partition("?>")[2] if body.startswith("<?xml") else body
                parts.append(f'<pkg:part pkg:name="/{name}"><pkg:xmlData>{root}</pkg:xmlData></pkg:part>')
            elif name.endswith(".jpeg"):
                parts.append(f'<pkg:part pkg:name="/{name}"><pkg:binaryData>/9j/4A==</pkg:binaryData></pkg:part>')
    return FLAT.format(parts="".join(parts)).encode()


@pytest.mark.usefixtures("without")
def test_a_word_document_in_one_xml_file_is_read_like_its_package() -> None:
    truth = truth_of(DOCX)
    report = extract(flat(DOCX.read_bytes()), name="某局2023年度报告.doc")
    assert report.media_type == "application/x-flat-opc"
    assert score(DOCX.name, report, truth).exact == len(truth["cells"])
    assert "misnamed" not in [finding.code for finding in report.findings]


@pytest.mark.parametrize("body", ["<pkg:binaryData>!</pkg:binaryData>", "<pkg:xmlData/>", ""])
def test_a_package_in_one_xml_file_without_its_main_part_is_refused(body: str) -> None:
    with pytest.raises(ReadError):
        read(FLAT.format(parts=f'<pkg:part pkg:name="/word/document.xml">{body}</pkg:part>').encode())


# ── With LibreOffice ──────────────────────────────────────────────────────────────────────────────────────────────────


MACRO = {
    "content.xml": b"""<?xml version="1.0"?><office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"><office:scripts>
<office:event-listeners><script:event-listener script:language="ooo:script" script:event-name="dom:load" xlink:type="simple"
 xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document"/></office:event-listeners>
</office:scripts><office:body><office:text><text:p>text</text:p></office:text></office:body></office:document-content>""",
    "Basic/script-lc.xml": b"""<?xml version="1.0"?><library:libraries xmlns:library="http://openoffice.org/2000/library"
 xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/>
</library:libraries>""",
    "Basic/Standard/script-lb.xml": b"""<?xml version="1.0"?><library:library library:name="Standard" library:readonly="false"
 xmlns:library="http://openoffice.org/2000/library"><library:element library:name="M"/></library:library>""",
    "Basic/Standard/M.xml": b"""<?xml version="1.0"?><script:module xmlns:script="http://openoffice.org/2000/script"
 script:name="M" script:language="StarBasic">Sub Main
Open "MARK" For Output As #1
Close #1
End Sub</script:module>""",
}


def with_macro(mark: Path) -> bytes:
    """A document whose macro writes a file as soon as it is opened."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        entries = "".join(f'<m:file-entry m:full-path="{name}" m:media-type="text/xml"/>' for name in MACRO)
        space = 'xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        root = '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.text"/>'
        made.writestr("META-INF/manifest.xml", f"<m:manifest {space}>{root}{entries}</m:manifest>")
        for name, body in MACRO.items():
            made.writestr(name, body.replace(b"MARK", str(mark).encode()))
    return stream.getvalue()


NOISE = random.Random(1).randbytes(20_000)
JUNK = [
    (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(504)
        + "WordDocument\0".encode("utf-16-le")
        + random.Random(1).randbytes(20_000),
        ".doc",
    ),
    (b"{\\rtf1" + NOISE, ".rtf"),
]


class Made(NamedTuple):
    """What LibreOffice made of documents: the DOCX of each by its name, and where a macro would have left its mark."""

    paths: dict[str, Path | None]
    mark: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """All conversions of this module but one, in one process: a start takes as long as ten of them."""
    if office_program() is None:
        pytest.skip("LibreOffice is not installed: conversions are not tested here")
    folder = tmp_path_factory.mktemp("made")
    mark = folder / "ran"
    given = {path.name: path.read_bytes() for path in texts()} | {"macro.odt": with_macro(mark)}
    contents = {name: checked(data, Limits(), sniff(data)) for name, data in given.items()}
    contents |= {f"junk{n}": Content(data, suffix) for n, (data, suffix) in enumerate(JUNK)}
    paths = convert([*contents.values()], folder).paths
    return Made(dict(zip(contents, paths, strict=True)), mark)


@pytest.mark.parametrize("path", texts(), ids=[path.name for path in texts()])
def test_a_committed_document_is_read_as_its_truth_says(path: Path, made: Made) -> None:
    report = report_of(Source(path.name, path.read_bytes(), converted=made.paths[path.name]), Limits())
    hold(path.name, report, truth_of(path))
    codes = [finding.code for finding in report.findings]
    assert codes.count("converted") == 1
    assert "conversion_differs" not in codes
    assert report.media_type == sniff(path.read_bytes())


def test_macros_do_not_run(made: Made) -> None:
    docx = made.paths["macro.odt"]
    assert docx is not None
    assert "text" in read(docx.read_bytes()).pages[0].text
    assert not made.mark.exists()


@pytest.mark.parametrize("name", ["junk0", "junk1"])
def test_junk_under_a_documents_first_bytes_gives_no_figures(name: str, made: Made) -> None:
    docx = made.paths[name]
    assert docx is None or not extract(docx).cells


ASKED: list[bytes] = []


class Recorder(socketserver.StreamRequestHandler):
    """Records what it is asked for, and answers that there is no such thing."""

    def handle(self) -> None:
        ASKED.append(self.rfile.readline())
        self.wfile.write(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on this machine."""
    ASKED.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Recorder) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


LINKS = """<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.text" office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:body><office:text><text:p>一、总体情况</text:p>
<text:p><draw:frame text:anchor-type="as-char" svg:width="5cm" svg:height="5cm"><draw:image xlink:href="{url}/a.png"
 xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>
<text:section text:name="a"><text:section-source xlink:href="{url}/b.odt" xlink:type="simple"/><text:p>x</text:p></text:section>
<text:section text:name="b"><text:section-source xlink:href="{file}" xlink:type="simple"/><text:p>y</text:p></text:section>
<text:p><draw:frame text:anchor-type="as-char" svg:width="5cm" svg:height="5cm"><draw:object xlink:href="{url}/c.odt"
 xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>
</office:text></office:body></office:document>"""


@libreoffice
def test_links_are_not_followed(server: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    source = LINKS.format(url=server, file=(tmp_path / "secret.txt").as_uri()).encode()
    (tmp_path / "a.fodt").write_bytes(source)
    # Where nothing keeps it from asking, LibreOffice asks.
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(office_program()), profile, "--headless", "--convert-to", "docx", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "a.fodt")], check=True, capture_output=True, timeout=120)
    assert ASKED
    ASKED.clear()
    text = read(source).pages[0].text
    assert "总体情况" in text
    assert "secret" not in text
    assert ASKED == []


@pytest.fixture
def doc() -> bytes:
    """A DOC that LibreOffice wrote."""
    return DOC.read_bytes()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_doc_that_is_cut_off_is_refused_before(doc: bytes, share: float) -> None:
    report = extract(doc[: int(len(doc) * share)], name="a.doc")
    assert (report.status, report.findings[0].code) == ("failed", "truncated")


def test_a_doc_with_a_password_is_refused_without_libreoffice(doc: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    block = doc.find(b"\xec\xa5")
    locked = bytearray(doc)
    locked[block + 11] |= 1
    monkeypatch.setenv("PATH", "")
    assert not is_encrypted(doc)
    with pytest.raises(ReadError) as caught:
        read(bytes(locked))
    assert caught.value.code == "encrypted"


def test_a_docs_own_text_bears_witness_of_what_was_made_of_it(doc: bytes, made: Made) -> None:
    path = made.paths[DOC.name]
    assert path is not None
    docx = path.read_bytes()
    assert witness(doc, docx, Limits()) == Witness()
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as given, zipfile.ZipFile(stream, "w") as changed:
        for name in given.namelist():
            body = given.read(name)
            if name == "word/document.xml":
                figures = [found[0] for found in re.finditer(rb"<w:t>(\d{3,})</w:t>", body)]
                body = body.replace(figures[0], b"<w:t>987654321</w:t>", 1).replace(figures[1], b"<w:t></w:t>", 1)
            changed.writestr(name, body)
    told = witness(doc, stream.getvalue(), Limits())
    assert told.other == ("987654321",)
    assert set(told.lost) == {figure[5:-6].decode() for figure in figures[:2]}
    assert told.text is not None
    assert figures[0][5:-6].decode() in told.text


def test_figures_that_a_conversion_changed_are_not_silent(doc: bytes, made: Made, tmp_path: Path) -> None:
    path = made.paths[DOC.name]
    assert path is not None
    with zipfile.ZipFile(path) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    # A figure of a row that no identity covers.
    body = parts["word/document.xml"]
    found = re.compile(rb"<w:t>(\d+)</w:t>").search(body, body.index("行政规范性文件".encode(), body.index(b"<w:tbl>")))
    assert found is not None
    parts["word/document.xml"] = body[: found.start(1)] + b"4711" + body[found.end(1) :]
    with zipfile.ZipFile(tmp_path / "changed.docx", "w") as written:
        for name, part in parts.items():
            written.writestr(name, part)
    report = report_of(Source("a.doc", doc, converted=tmp_path / "changed.docx"), Limits())
    assert "conversion_differs" in [finding.code for finding in report.findings]
    result = score("a.doc", report, truth_of(DOC))
    assert (result.wrong, result.silent) == (1, 0)


def test_damage_to_a_docs_table_of_pieces_says_nothing(doc: bytes) -> None:
    rng = random.Random(3)
    for _ in range(60):
        broken = bytearray(doc)
        for _ in range(40):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        is_encrypted(bytes(broken))
        witness(bytes(broken), DOCX.read_bytes(), Limits())
