"""Files of every format into documents: what is read, in which order, and what is refused how fast."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pyarrow as pa
import pytest
from docx.oxml import parse_xml
from pyarrow import parquet

from zhibiao.document import Document
from zhibiao.errors import InputError
from zhibiao.formats import read_documents
from zhibiao.layout import Glyph, arrange
from zhibiao.pdf import read_pdf
from zhibiao.rows import read_csv, read_jsonl, read_parquet, read_workbook
from zhibiao.sandbox import Sandbox
from zhibiao.webpage import read_webpage
from zhibiao.word import read_word

TEXT = "前三季度，青屿高新区实现产值1254亿元。"
DAY = date(2024, 10, 26)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
Item = Document | InputError


def texts(items: Iterable[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Document)]


def errors(items: Iterable[Item]) -> list[str]:
    return [str(item) for item in items if isinstance(item, InputError)]


def only(items: Iterable[Item]) -> Document:
    (document,) = items
    assert isinstance(document, Document), document
    return document


def refused(items: Iterable[Item]) -> str:
    (error,) = items
    assert isinstance(error, InputError), error
    return str(error)


def read(path: Path, published: date | None = None, text_column: str | None = None) -> Iterator[Item]:
    """Read a table in this process, which is quicker."""
    readers = {".csv": read_csv, ".tsv": read_csv, ".jsonl": read_jsonl, ".parquet": read_parquet, ".xlsx": read_workbook}
    try:
        yield from readers[path.suffix](path, published, text_column)
    except InputError as error:
        yield error


# Plain text and folders


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a", "a.TXT", "report.2024"])
def test_plain_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(TEXT.encode("gb18030"))
    assert only(read_documents(path, DAY)) == Document(path.stem, TEXT, DAY, published_from="caller", path=str(path))


@pytest.mark.parametrize("name", ["gone.txt", "gone.pdf", "gone.csv"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert refused(read_documents(tmp_path / name)) == f"{tmp_path / name}: no such file; check the name"


def test_older_formats_are_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    assert refused(read_documents(tmp_path / "a.doc")).endswith("a.doc: .doc files are not read; save it as .docx")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sub" / ".git").mkdir(parents=True)
    for name in ["b.txt", "a.txt", ".hidden.txt", "sub/c.md", "sub/.git/config", "picture.png", "bad.txt", "bad.pdf"]:
        (tmp_path / name).write_bytes(b"\xff" if "bad" in name else f"{TEXT}{name}".encode())
    items = list(read_documents(str(tmp_path)))
    assert texts(items) == [f"{TEXT}{name}" for name in ["a.txt", "b.txt", "sub/c.md"]]
    broken, odd, unknown = errors(items)
    assert broken.startswith(f"{tmp_path / 'bad.pdf'}: is damaged or no PDF file")
    assert odd.startswith(f"{tmp_path / 'bad.txt'}: is neither UTF-8 nor GB18030")
    assert unknown.startswith(f"{tmp_path / 'picture.png'}: .png files are not read; formats are .txt, .md, .html")


def test_an_error_knows_its_file_and_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,日期\n产值8亿元。,\n,2020-01-01\n产值9亿元。,春天\n", encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "产值8亿元。"}\n{', encoding="utf-8")
    for name in ["c.png", "d.txt"]:
        (tmp_path / name).write_bytes(b"\xff")
    found = [(item.path, item.row) for item in read_documents(tmp_path) if isinstance(item, InputError)]
    wanted = [("a.csv", 2), ("a.csv", 3), ("b.jsonl", 2), ("c.png", None), ("d.txt", None)]
    assert found == [(str(tmp_path / name), row) for name, row in wanted]
    assert [(error.path, error.row) for error in read_documents(tmp_path / "gone") if isinstance(error, InputError)] == [
        (str(tmp_path / "gone"), None)
    ]


def test_a_folder_of_nothing(tmp_path: Path) -> None:
    assert refused(read_documents(tmp_path)).endswith("holds no files; there is nothing to extract from")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert "is no file that can be read" in refused(read_documents(tmp_path))


# Web pages

PAGE = """<html><head><meta charset="{charset}"><title>全区经济运行情况 - 青屿网</title>
<meta property="article:published_time" content="2024-10-26T08:00:00+08:00"><script>var a = "脚本";</script><style>p {{}}</style>
</head><body><nav><a href="/">首页</a></nav><article><h1>全区经济运行情况</h1>
<!-- 注释 --><p>前三季度，全区实现生产总值<b>486.3</b>亿元，同比
增长7.2%。</p><p>其中，出口71.2亿元。<br>进口20亿元。</p>
<table><tr><th>指标</th> <th>数值</th></tr><tr><td>产值</td>
<td><p>12
亿元</p></td></tr></table><p>全年预计增长7%左右。</p></article><script>document.write("脚本")</script></body></html>"""
PAGE_TEXT = """全区经济运行情况
前三季度，全区实现生产总值486.3亿元，同比增长7.2%。
其中，出口71.2亿元。
进口20亿元。
指标\t数值
产值\t12 亿元
全年预计增长7%左右。"""


@pytest.mark.parametrize(
    ("charset", "encoding"), [("gb2312", "gbk"), ("utf-8", "utf-8"), ("gbk", "utf-8-sig"), ("x", "gb18030"), ("utf-8", "utf-16")]
)
def test_a_web_page(tmp_path: Path, charset: str, encoding: str) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(PAGE.format(charset=charset).encode(encoding))
    assert only(read_webpage(path)) == Document("page", PAGE_TEXT, DAY, path=str(path))
    assert only(read_webpage(path, date(2024, 11, 1))).published == date(2024, 11, 1)


def test_a_page_with_a_broken_byte(tmp_path: Path) -> None:
    path = tmp_path / "page.htm"
    path.write_bytes(PAGE.format(charset="gb2312").encode("gbk").replace("其中".encode("gbk"), b"\xff\xff"))
    assert "出口71.2亿元" in only(read_webpage(path)).text


def test_a_page_without_an_article(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<div>产值12亿元。<script>脚本</script><table><tr><td>出口</td><td>2亿元</td></tr></table></div>尾", encoding="utf-8"
    )
    assert only(read_webpage(path)).text == "产值12亿元。\n出口\t2亿元\n尾"


def test_a_page_laid_out_with_tables(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    prose = "".join(f"<p>全年第{n}项工业增加值为{n}亿元，同比增长百分之五。</p>" for n in range(9))
    table = "<table><tr><td>指标</td><td>数值</td></tr></table>"
    page = f"<body><form><table><tr><td>栏目</td></tr><tr><td>{prose}{table}</td></tr></table></form></body>"
    path.write_text(page, encoding="utf-8")
    lines = only(read_webpage(path)).text.split("\n")
    assert "全年第8项工业增加值为8亿元，同比增长百分之五。" in lines
    assert lines[-1] == "指标\t数值"


def test_a_page_saved_with_its_pictures(tmp_path: Path) -> None:
    path = tmp_path / "page.mhtml"
    head = b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\nContent-Type: image/png\n\nabc\n'
    page = PAGE.format(charset="gbk").encode("gbk")
    path.write_bytes(head + b"--x\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n" + page + b"\n--x--\n")
    assert only(read_webpage(path)).text == PAGE_TEXT
    path.write_bytes(head + b"--x--\n")
    with pytest.raises(InputError, match="holds no web page"):
        list(read_webpage(path))


def test_days_in_the_text_are_not_taken_for_that_of_publication(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    page = "<body><article><p>2023年10月1日，产值12亿元。</p><p>截至2022-05-01，出口2亿元。</p></article>© 2019 青屿网</body>"
    path.write_text(page, encoding="utf-8")
    assert only(read_webpage(path)).published is None


# PDF

Line = tuple[float, float, float, str]
PDF_HEAD = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"",
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) "
    b"/Supplement 2 >> /FontDescriptor 5 0 R /DW 1000 >>",
    b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 "
    b"/Descent -120 /CapHeight 880 /StemV 93 >>",
]


def show(lines: Iterable[Line], matrix: str = "1 0 0 1") -> bytes:
    """Drawing instructions for lines of text, each given as x, y, size and words; Chinese is as wide as high."""
    return b"".join(
        f"BT /F1 {size} Tf {matrix} {x} {y} Tm <{words.encode('utf-16-be').hex()}> Tj ET\n".encode()
        for x, y, size, words in lines
    )


def pdf(*contents: bytes, filter: str = "", page: str = "") -> bytes:
    """A PDF file with a page for each of the contents."""
    objects, kids = list(PDF_HEAD), []
    for content in contents:
        objects.append(f"<< /Length {len(content)} {filter} >>\nstream\n".encode() + content + b"\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {page} /Contents {len(objects)} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + tail.encode()


def prose(name: str) -> str:
    return "".join(f"{name}栏第{n}句说工业产值增长了{n}.5%，出口则略有下降。" for n in range(12))


def column(x: float, top: float, words: str, width: int, size: float = 10) -> list[Line]:
    return [(x, top - 1.5 * size * n, size, words[i : i + width]) for n, i in enumerate(range(0, len(words), width))]


TITLE: Line = (197, 800, 20, "全区经济运行情况通报")
BLOCK = b"100 100 300 300 re f\n"


def in_turn(*columns: Sequence[Line]) -> list[Line]:
    """The lines of columns as a careless program writes them, across the page."""
    return [column[n] for n in range(max(map(len, columns))) for column in columns if n < len(column)]


@pytest.mark.parametrize("lefts", [(50, 310), (50, 302)])  # a gutter of two characters, and of little more than one
@pytest.mark.parametrize("shift", [0, 7])  # lines side by side, and not
@pytest.mark.parametrize("order", [in_turn, lambda *columns: [line for column in columns for line in column]])
def test_columns_are_read_one_after_the_other(
    tmp_path: Path, lefts: tuple[int, int], shift: float, order: Callable[..., list[Line]]
) -> None:
    left, right = column(lefts[0], 760, prose("左"), 24), column(lefts[1], 760 - shift, prose("右"), 24)
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show([TITLE, *order(left, right)])))
    document = only(read_pdf(path))
    assert document.text.split("\n")[0] == TITLE[3]
    assert document.text.replace("\n", "") == TITLE[3] + prose("左") + prose("右")
    assert document.pages == (0,)


def test_columns_below_a_title_across_them(tmp_path: Path) -> None:
    above = in_turn(*(column(x, 760, prose(name), 15) for x, name in [(40, "甲"), (205, "乙"), (370, "丙")]))
    title: Line = (180, 330, 18, "第二篇文章的标题在中间")
    below = in_turn(column(50, 300, prose("丁"), 24), column(310, 300, prose("戊"), 24))
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show([TITLE, *above, title, *below])))
    wanted = TITLE[3] + prose("甲") + prose("乙") + prose("丙") + title[3] + prose("丁") + prose("戊")
    assert only(read_pdf(path)).text.replace("\n", "") == wanted


def test_the_cells_of_a_table_row_stay_together(tmp_path: Path) -> None:
    rows = [["指标", "单位", "数值", "增长"], ["规模以上工业产值", "亿元", "123.4", "5.6%"], ["出口", "万元", "998", "1.2%"]]
    cells = [(60.0 + 120 * x, 700.0 - 20 * y, 10.0, cell) for x in range(4) for y, cell in enumerate(row[x] for row in rows)]
    spaced = [(200.0 + 60 * n, 780.0, 20.0, character) for n, character in enumerate("目录")]
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show(cells + spaced)))
    assert only(read_pdf(path)).text == "\n".join(["目录", *("\t".join(row) for row in rows)])


def test_figures_written_apart(tmp_path: Path) -> None:
    lines: list[Line] = [(150, 700, 10, "亿元"), (100, 700, 10, "产值"), (120, 700, 10, "124")]
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show(lines)))
    assert only(read_pdf(path)).text == "产值124亿元"


@pytest.mark.parametrize(
    ("turned", "matrix", "first", "second"),
    [
        (90, "0 1 -1 0", (300, 100), (320, 100)),
        (180, "-1 0 0 -1", (500, 300), (500, 320)),
        (270, "0 -1 1 0", (320, 700), (300, 700)),
    ],
)
def test_a_page_that_is_shown_turned(
    tmp_path: Path, turned: int, matrix: str, first: tuple[int, int], second: tuple[int, int]
) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show([(*second, 10, "第二行"), (*first, 10, "第一行")], matrix), page=f"/Rotate {turned}"))
    assert only(read_pdf(path)).text == "第一行\n第二行"


def test_words_parted_by_a_gap() -> None:
    letters = [Glyph(letter, 5.0 * n, 0, 5.0 * n + 5, 10) for n, letter in enumerate("GDP rose") if letter != " "]
    assert arrange(letters) == "GDP rose"
    assert arrange([]) == ""


def test_bold_letters_drawn_twice(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show([(100, 700, 10, "产值11亿元"), (100.4, 700, 10, "产值11亿元")])))
    assert only(read_pdf(path)).text == "产值11亿元"


def test_pages_with_and_without_text(tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf(show([(50, 700, 10, "第一页")]), BLOCK, b"", show([(50, 700, 10, "第四页")]), BLOCK, BLOCK))
    document, error = read_pdf(path)
    assert isinstance(document, Document)
    assert (document.text, document.pages) == ("第一页\n第四页", (0, 4, 4, 4, 7, 7))
    assert str(error) == (
        f"{path}: no text could be read on pages 2, 5-6 of 6; if scanned, run text recognition (OCR) over the file"
    )


@pytest.mark.parametrize(("page", "reason"), [(BLOCK, "page 1 of 1"), (b"", "all of its 1 pages are blank")])
def test_a_scan(tmp_path: Path, page: bytes, reason: str) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf(page))
    assert f"has no text to read on any page ({reason})" in refused(read_documents(path))


# Word


def test_word(tmp_path: Path) -> None:
    file = docx.Document()
    file.add_heading("经济运行情况", 1)
    file.add_paragraph("产值12亿元，").add_run("增长7%。").bold = True
    table = file.add_table(2, 3)
    for cell, words in zip(
        (c for row in table.rows for c in row.cells), ["指标", "数值", "", "出口", "2\n亿元", "降"], strict=True
    ):
        cell.text = words
    table.cell(0, 1).merge(table.cell(0, 2))
    file.add_paragraph("")
    last = file.add_paragraph("尾段。")
    changes = "<w:ins><w:r><w:t>新增</w:t></w:r></w:ins><w:del><w:r><w:delText>删除</w:delText></w:r></w:del>"
    extra = f'<w:p xmlns:w="{WORD}">{changes}</w:p>'
    box = (
        f'<w:r xmlns:w="{WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent>'
        + "".join(
            f"<mc:{name}><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent></mc:{name}>"
            for name in ("Choice", "Fallback")
        )
        + "</mc:AlternateContent></w:r>"
    )
    last._p.append(parse_xml(box))
    last._p.addnext(parse_xml(f'<w:sdt xmlns:w="{WORD}"><w:sdtContent>{extra}</w:sdtContent></w:sdt>'))
    path = tmp_path / "report.docx"
    file.save(str(path))
    lines = ["经济运行情况", "产值12亿元，增长7%。", "指标\t数值", "出口\t2 亿元\t降", "尾段。", "框", "新增"]
    assert only(read_documents(path, DAY)) == Document("report", "\n".join(lines), DAY, published_from="caller", path=str(path))


def test_word_without_text(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))
    with pytest.raises(InputError, match="has no text"):
        list(read_word(tmp_path / "a.docx"))


# Tables


def table(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> Path:
    """Write rows in the format of the suffix."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [names, *rows]:
            book.active.append(list(row))
        book.save(path)
    elif path.suffix == ".parquet":
        parquet.write_table(pa.table({name: [row[n] for row in rows] for n, name in enumerate(names)}), path)
    elif path.suffix == ".jsonl":
        lines = [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str) for row in rows]
        path.write_text("\n".join(lines), encoding=encoding)
    else:
        stream = io.StringIO()
        csv.writer(stream, delimiter="\t" if path.suffix == ".tsv" else ",").writerows([names, *rows])
        path.write_bytes(stream.getvalue().encode(encoding))
    return path


TABLES = ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.xlsx"]


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_of_a_table(tmp_path: Path, name: str) -> None:
    rows = [["甲\n产值1亿元，增长2%", DAY, "第一"], ["乙", None, "第二"]]
    path = table(tmp_path / name, ["正文", "date", "标题"], rows)
    first, second = read_documents(path)
    assert first == Document("a#1", "甲\n产值1亿元，增长2%", DAY, published_from="metadata", path=str(path), row=1)
    assert second == Document("a#2", "乙", None, path=str(path), row=2)
    assert [d.text for d in read_documents(path, text_column="标题") if isinstance(d, Document)] == ["第一", "第二"]


@pytest.mark.parametrize("name", TABLES)
def test_ids_and_the_callers_day(tmp_path: Path, name: str) -> None:
    path = table(tmp_path / name, ["ID", "Text ", "published"], [["n7", "甲", "昨天"], ["", "乙", "昨天"]])
    day = date(2020, 1, 1)
    found = [(d.id, d.text, d.published, d.row) for d in read(path, day) if isinstance(d, Document)]
    assert found == [("n7", "甲", day, 1), ("a#2", "乙", day, 2)]


@pytest.mark.parametrize("name", TABLES)
def test_bad_rows_do_not_stop_the_others(tmp_path: Path, name: str) -> None:
    rows = [["甲", "2024年10月26日"], ["", "2024-10-26"], ["丙", "昨天"], ["丁", "2024-02-30"], ["戊", "20241026"]]
    items = list(read(table(tmp_path / name, ["text", "published"], rows)))
    assert [(d.text, d.published) for d in items if isinstance(d, Document)] == [("甲", DAY), ("戊", DAY)]
    unit = "line" if name == "a.jsonl" else "row"
    assert errors(items) == [
        f"{tmp_path / name}: {unit} 2 has no text in its column text; there is nothing to extract from",
        f"{tmp_path / name}: {unit} 3: the published '昨天' is not a date; write it as YYYY-MM-DD",
        f"{tmp_path / name}: {unit} 4: the published '2024-02-30' is not a date; write it as YYYY-MM-DD",
    ]


@pytest.mark.parametrize("name", TABLES)
def test_the_column_of_the_text_is_not_clear(tmp_path: Path, name: str) -> None:
    path = table(tmp_path / name, ["甲", "乙"], [["一", "二"]])
    error = refused(read(path))
    assert "has no column named text or content or 正文" in error
    assert error.endswith("its columns are: 甲, 乙")
    assert "has no column '丙'; its columns are: 甲, 乙" in refused(read(path, text_column="丙"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.xlsx"])
def test_the_only_column_of_strings(tmp_path: Path, name: str) -> None:
    assert texts(read(table(tmp_path / name, ["编号", "id", "文章"], [[1, "x", "甲"], [2, "y", "乙"]]))) == ["甲", "乙"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_of_tables(tmp_path: Path, encoding: str) -> None:
    rows = [["abc", "x" * 3_000_000], ["def", TEXT]]
    path = table(tmp_path / "a.csv", ["id", "content"], rows, encoding)
    assert texts(read_csv(path)) == [rows[0][1], TEXT]


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ["id", "text"], [["1", "臺北市第三季經濟成長率為百分之三點二"]], "big5")
    with pytest.raises(InputError, match="is neither UTF-8 nor GB18030"):
        list(read_csv(path))
    path.write_bytes(f"text\n{TEXT}\n".encode() * 3 + b"\xff")
    with pytest.raises(InputError, match="is neither UTF-8 nor GB18030"):
        list(read_csv(path))


def test_lines_that_are_no_json(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    deep = "[" * 100_000
    path.write_text(f'{{"text": "甲"}}\n\nnone\n[1]\n{{"text": ["甲"]}}\n{deep}\n{{"正文": "乙"}}\n', encoding="utf-8")
    items = list(read_jsonl(path))
    assert [(d.text, d.row) for d in items if isinstance(d, Document)] == [("甲", 1), ("乙", 7)]
    reasons = ["line 3 is not JSON", "line 4 is no JSON object", "line 5: the column text holds no text", "line 6 is not JSON"]
    assert all(reason in error for reason, error in zip(reasons, errors(items), strict=True))


def test_the_sheets_of_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "一月"
    for row in [["日期", "内容"], [datetime(2024, 10, 26, 8), "甲"], [], [None, "乙"]]:
        book.active.append(row)
    for row in [["甲", "乙"], [1, 2]]:
        book.create_sheet("图").append(row)
    book.create_sheet("二月").append(["内容"])
    book["二月"].append(["丙"])
    book.save(tmp_path / "a.xlsx")
    items = list(read_workbook(tmp_path / "a.xlsx"))
    found = [(d.id, d.text, d.published, d.row) for d in items if isinstance(d, Document)]
    assert found == [("a#一月#1", "甲", DAY, 1), ("a#一月#2", "乙", None, 2), ("a#二月#1", "丙", None, 1)]


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx", "a.docx", "a.pdf"])
def test_files_that_are_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TEXT, encoding="utf-8")
    assert "is damaged" in refused(read_documents(tmp_path / name))


# Missing packages


@pytest.mark.parametrize(
    ("name", "package", "read"),
    [
        ("a.html", "trafilatura", read_webpage),
        ("a.pdf", "pdfminer.six", read_pdf),
        ("a.docx", "python-docx", read_word),
        ("a.xlsx", "openpyxl", read_workbook),
        ("a.parquet", "pyarrow", read_parquet),
    ],
)
def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, name: str, package: str, read: Callable[..., Any]) -> None:
    monkeypatch.setitem(sys.modules, package.replace("python-", "").replace("pdfminer.six", "pdfminer.pdfpage"), None)
    with pytest.raises(InputError, match=rf"needs {package}; install it with: pip install 'zhibiao\[formats\]'"):
        list(read(Path(name)))


# The process


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", ["text"], [["甲"]])
    # What lies in the folder one works in must not be run.
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')", encoding="utf-8")
    script = "from zhibiao.formats import read_documents; print(*(d.text for d in read_documents('a.csv')))"
    done = subprocess.run([sys.executable, "-P", "-X", "utf8", "-c", script], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "甲"


def test_one_process_reads_file_after_file(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ["text"], [["甲"], ["乙"]])
    with Sandbox() as sandbox:
        assert texts(sandbox.read("csv", path)) == ["甲", "乙"]
        process = sandbox._process
        assert texts(sandbox.read("csv", path)) == ["甲", "乙"]
        assert sandbox._process is process
        assert next(iter(sandbox.read("csv", path)))  # and given up after one
        assert texts(sandbox.read("csv", path)) == ["甲", "乙"]
    assert process is not None
    assert process.poll() is not None


def test_a_process_that_takes_too_long(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ["text"], [["甲"]])
    with Sandbox(seconds=0.001) as sandbox:
        assert "took longer than 0.001 seconds" in refused(sandbox.read("csv", path))


def test_a_process_that_is_killed(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ["text"], [["甲" * 100_000]] * 60)
    with Sandbox() as sandbox:
        found = sandbox.read("csv", path)
        assert len(texts([next(found)])) == 1
        assert sandbox._process is not None
        sandbox._process.kill()
        assert "made its reader crash" in errors(found)[0]
        assert len(texts(sandbox.read("csv", path))) == 60


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory there")
def test_a_file_that_takes_too_much_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "甲"}\n' + json.dumps({"text": "x" * 9_000_000}), encoding="utf-8")
    with Sandbox(memory=36 << 20) as sandbox:
        found = list(sandbox.read("jsonl", path))
    assert texts(found) in ([], ["甲"])
    (error,) = errors(found)
    assert "too much memory" in error or "crash" in error


# Hostile files, each of which must end soon


def archive(path: Path, parts: dict[str, bytes], template: Path) -> Path:
    """Copy an office file and put other parts into it."""
    with zipfile.ZipFile(template) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return path


@pytest.fixture
def empty_docx(tmp_path: Path) -> Path:
    (tmp_path / "template").mkdir()
    path = tmp_path / "template" / "a.docx"
    docx.Document().save(str(path))
    return path


LAUGHS = '<!DOCTYPE z [<!ENTITY a0 "哈">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"


def test_a_zip_bomb(tmp_path: Path, empty_docx: Path) -> None:
    path = archive(tmp_path / "bomb.docx", {"word/document.xml": b" " * 100_000_000}, empty_docx)
    assert "(a ZIP bomb?)" in refused(read_documents(path))
    path = archive(tmp_path / "many.docx", {f"{n}": b"" for n in range(10_001)}, empty_docx)
    assert "more than the 10,000 parts" in refused(read_documents(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_billion_laughs_in_word(tmp_path: Path, empty_docx: Path, encoding: str) -> None:
    body = "<w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body>"
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{LAUGHS}<w:document xmlns:w="{WORD}">{body}</w:document>'
    path = archive(tmp_path / "a.docx", {"word/document.xml": xml.encode(encoding)}, empty_docx)
    assert "word/document.xml declares a document type" in refused(read_documents(path))


def test_a_billion_laughs_in_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(f"{LAUGHS}<html><body><p>产值12亿元。&a9;</p></body></html>", encoding="utf-8")
    (item,) = read_documents(path)
    assert isinstance(item, InputError) or len(item.text) < 2000


def test_deep_nesting(tmp_path: Path, empty_docx: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<p>产值12亿元。</p>" + "<div>" * 10_000 + "出口2亿元" + "</div>" * 10_000, encoding="utf-8")
    assert "nested too deeply" in refused(read_documents(path))
    xml = f'<w:document xmlns:w="{WORD}"><w:body>{"<w:sdt>" * 10_000}{"</w:sdt>" * 10_000}</w:body></w:document>'
    path = archive(tmp_path / "a.docx", {"word/document.xml": xml.encode()}, empty_docx)
    assert "is damaged" in refused(read_documents(path))


def test_a_page_of_scripts(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html><body>" + "<script>产值</script><style>产值</style>" * 3_000 + "</body></html>", encoding="utf-8")
    assert "has no text" in refused(read_documents(path))


def test_a_truncated_pdf(tmp_path: Path) -> None:
    whole = pdf(show(column(50, 760, prose("左"), 24)))
    path = tmp_path / "a.pdf"
    for part in (0.1, 0.5, 0.95):
        path.write_bytes(whole[: int(len(whole) * part)])
        (item,) = read_documents(path)
        assert isinstance(item, InputError) or item.text


def test_a_pdf_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    bomb = zlib.compress(zlib.compress(b" " * 400_000_000, 1), 1)
    path.write_bytes(pdf(bomb, filter="/Filter [/FlateDecode /FlateDecode]"))
    assert len(errors(read_documents(path))) == 1


def test_a_page_with_too_many_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(zlib.compress(b"BT /F1 1 Tf <4e004e004e004e00> Tj ET\n" * 13_000), filter="/Filter /FlateDecode"))
    assert "has no text to read on any page (page 1 of 1)" in refused(read_documents(path))


def test_a_pdf_whose_pages_go_round(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    whole = pdf(show([TITLE]))
    assert b"/Kids [7 0 R]" in whole
    path.write_bytes(whole.replace(b"/Kids [7 0 R]", b"/Kids [2 0 R]"))
    assert len(list(read_documents(path))) == 1
