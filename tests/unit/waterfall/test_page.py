"""The page of the waterfall: one file, with every build, and each red one's reason."""

import re
from html.parser import HTMLParser

import pytest
from kit.records import GREEN, LKGR, RED, made

from muslfall.waterfall import page as waterfall_page
from muslfall.waterfall import record
from muslfall.waterfall.record import HostResult, Step

SERIES = {"llvm": ["1", "2"], "v8": ["2"]}
VOID = {"meta"}
#: Elements whose end HTML lets us leave out.
OPTIONAL = {"html", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody"}


class Page(HTMLParser):
    """What is in a page: ids, links, text by element; and which elements were never closed."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.open, self.rows = set(), [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "id" in found:
            assert found["id"] not in self.ids
            self.ids.add(found["id"])
        self.links += [found[key] for key in ("href", "src") if key in found]
        if tag == "tr":
            self.rows.append("")
        if tag not in VOID | OPTIONAL:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in OPTIONAL:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows:
            self.rows[-1] += data


def render(records, logs=None, number=1, folder="../waterfall/"):
    return waterfall_page.render(records, LKGR, number, SERIES, logs or {}, folder)


RECORDS = [made(1), made(2, RED, {"llvm": "1"})]


def test_it_is_html_whose_links_lead_somewhere():
    page = Page(render(RECORDS))
    assert page.open == []
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside == {"build-1", "build-2", "why-2"}
    assert inside <= page.ids


def test_it_needs_nothing_but_itself_and_the_records():
    outside = {link for link in Page(render(RECORDS)).links if not link.startswith("#")}
    assert outside == {
        "../waterfall/1/build.json",
        "../waterfall/2/build.json",
        "../waterfall/2/hello.log",
    }
    assert not re.search(r"<script|<link|@import|url\(", render(RECORDS))


def test_the_newest_is_first():
    text = render(RECORDS)
    assert text.index('id="build-2"') < text.index('id="build-1"')
    assert text.count('<span class="badge">LKGR</span>') == 1


def test_a_red_one_says_why_and_shows_its_log():
    text = render(RECORDS, {2: "the end of the log"})
    assert "<b>hello on d8</b>: text: exit status 1" in text
    assert "<pre>the end of the log</pre>" in text


def test_what_tools_say_is_text():
    bad = (Step("build", "fail", "<b>&\"'"),)
    text = render([made(1, bad)], {1: "</pre><script>alert(1)</script>"})
    assert "<script" not in text and "&lt;script&gt;" in text
    assert Page(text).open == []


def test_a_column_per_host_and_step():
    columns = [(one.step, one.host) for one in waterfall_page.columns(RECORDS)]
    assert columns == [("fetch", ""), ("hello", "d8"), ("hello", "wasmtime"), ("tcc", "")]


@pytest.mark.parametrize(
    ("host", "status", "text"),
    [("d8", "fail", "1 bad"), ("wasmtime", "pass", "6")],
)
def test_a_cell_counts(host, status, text):
    cell = waterfall_page.cell(RED[1], host)
    assert (cell.status, cell.text) == (status, text)
    assert f"hello on {host}: {status}" in cell.hover


def test_a_cell_of_a_host_that_was_skipped():
    hosts = {"d8": HostResult("skipped", "hello fails there")}
    cell = waterfall_page.cell(Step("tcc", "pass", None, hosts), "d8")
    assert (cell.status, cell.hover) == ("skipped", "tcc on d8: skipped\nhello fails there")


def test_a_cell_with_the_result_of_another_build_says_so():
    hosts = {"d8": HostResult("pass", None, {"pass": 9}, (), 4)}
    cell = waterfall_page.cell(Step("tcc", "pass", None, hosts), "d8")
    assert (cell.of, cell.text) == (4, "9") and "the result of build 4" in cell.hover
    assert 'class="cell pass of"' in render([made(1, (Step("tcc", "pass", None, hosts),))])


def test_a_cell_of_no_step():
    assert waterfall_page.cell(None, "d8").status == ""


def test_a_series_shows_the_newest_build_of_each_release():
    records = [*RECORDS, made(3, GREEN, {"llvm": "1"}), made(4, RED, {"llvm": "1", "v8": "1"})]
    found = waterfall_page.stops("llvm", ["1", "2", "3"], records, LKGR)
    assert [stop.record and stop.record.build for stop in found] == [3, 1, None]
    assert [stop.lkgr for stop in found] == [False, True, False]


def test_no_builds_are_a_page_too():
    assert "No builds are recorded yet" in render([])
    assert Page(render([])).open == []


def test_the_ends_of_the_logs_that_are_kept(tmp_path):
    file = record.path(tmp_path, 2).with_name("hello.log")
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"{n}\n" for n in range(100)))
    logs = waterfall_page.read_logs(tmp_path, [*RECORDS, made(3, RED)])
    assert list(logs) == [2]
    assert logs[2].splitlines()[-1] == "99" and len(logs[2].splitlines()) == waterfall_page.TAIL
