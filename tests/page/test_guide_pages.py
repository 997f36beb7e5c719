"""The help pages in headless Chromium from their folder: as narrow as a phone and on a desk, light and dark, with the
checks of axe-core and html-validate (npm/package-lock.json says which).

Every page is read, its links followed and its HTML validated. The browser shows every page that is written in its
language, and of those that stand there in English, for want of a translation, one a language: they are the English
pages with the same frame around them. axe-core, which takes most of the time, judges every English page, and in each
other language the first page, a translated one and an untranslated one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import npm  # noqa: E402
from browser import Browser  # noqa: E402

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
LANGUAGES = ("en", "de", "fr", "es", "nl", "it")
POLICY = """
[server]
name = "mail.a-provider-with-a-rather-long-name.test"
contact = "helpdesk@a-provider-with-a-rather-long-name.test"
help_url = "https://help.a-provider-with-a-rather-long-name.test/relay"
[relay]
hosted_domains = ["hoster.test"]
[[restrict]]
id = "devices"
logins = ["scanner@hoster.test"]
recipients = ["hosted"]
networks = ["192.0.2.0/24"]
mechanisms = ["PLAIN"]
[cause.helo-forged]
action = "reject"
text = "Nicht gesendet - das Programm nennt sich {sender}. Hilfe bei {contact}"
[cause.null-sender-refused]
action = "reject"
[cause.hosted-sender-needs-login]
action = "reject"
[cause.hosted-from-needs-login]
action = "reject"
[from]
alignment = "address"
[guide]
organisation = "A Provider With a Rather Long Name and Sons"
incoming = ["imaps://mail.a-provider-with-a-rather-long-name.test"]
webmail = "https://webmail.a-provider-with-a-rather-long-name.test/a/long/path"
password_url = "https://account.a-provider-with-a-rather-long-name.test/"
languages = ["en", "de", "fr", "es", "nl", "it"]
"""
SCREENS = [(width, dark) for width in (320, 1280) for dark in (False, True)]
# axe-core judges a page on one of these, and the same page of the next language on the other.
JUDGED = [(320, True), (1280, False)]

MEASURE = """(() => {
  const result = {width: document.documentElement.scrollWidth, outside: [], smallest: 99};
  for (const e of document.querySelectorAll('body, body *')) {
    // A block of code scrolls in itself.
    if (!e.closest('pre code') && e.getBoundingClientRect().right > innerWidth + 0.5) result.outside.push(e.outerHTML.slice(0, 100));
    if ([...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
      result.smallest = Math.min(result.smallest, parseFloat(getComputedStyle(e).fontSize));
  }
  result.ground = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
  return result;
})()"""
JUDGE = """axe.run(document, {preload: false, resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})
  .then(found => found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')))"""


def write_site(folder: Path) -> Path:
    (folder / "policy.toml").write_text(POLICY)
    # Whatever root's umask is: a web server reads the folder.
    done = subprocess.run([BUILD / "tool/commands/relaypermit", "guide", "-c", folder / "policy.toml", "--out", folder / "help"],
                          capture_output=True, text=True, check=True, umask=0o077)
    assert done.stderr == ""
    return folder / "help"


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("guide"))


@pytest.fixture(name="pages", scope="module")
def _pages(site: Path) -> list[Path]:
    pages = sorted(site.rglob("*.html"))
    assert {page.parent.name for page in pages} == {"help", *LANGUAGES[1:]}
    assert len(pages) % len(LANGUAGES) == 0 and len(pages) > 25 * len(LANGUAGES)
    return pages


@pytest.fixture(name="modules", scope="module")
def _modules() -> Path:
    return npm.install(HERE / "npm", BUILD / "tests/page/npm")


@pytest.fixture(name="shown", scope="module")
def _shown(pages: list[Path]) -> list[Path]:
    english = [page for page in pages if '<main id="content" lang="en"' in page.read_text()]
    one_each = {page.parent: page for page in english}
    assert len(one_each) >= 4
    return [page for page in pages if page not in english or page == one_each[page.parent]]


@pytest.fixture(name="some", scope="module")
def _some(site: Path) -> list[Path]:
    """A page of each template, and the longest words there are."""
    return [site / "index.html", site / "de/index.html", site / "thunderbird.html", site / "fr/outlook-windows.html"]


@pytest.fixture(name="seen", scope="module")
def _seen(shown: list[Path], modules: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Of each page what the browser saw."""
    axe = (modules / "axe-core/axe.min.js").read_text()
    seen = {}
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        browser.add_to_pages(axe)
        for page in shown:
            english = page.parent.name == "help"
            to_judge = english or page.name in ("index.html", "thunderbird.html") or "<main id=\"content\" lang=" in page.read_text()
            language = LANGUAGES.index(page.parent.name) if page.parent.name in LANGUAGES else 0
            judged = JUDGED[(len(page.stem) + language) % 2]
            browser.open(page.as_uri())
            one: dict[str, Any] = {"screens": {}, "violations": []}
            for screen in SCREENS:
                browser.look(*screen)
                one["screens"][screen] = browser.evaluate(MEASURE)
                if to_judge and screen == judged:
                    one["violations"] = browser.evaluate(JUDGE)
            seen[page.as_uri()] = one | {"console": browser.console, "requests": browser.requests}
    return seen


def test_a_web_server_may_read_the_folder(site: Path) -> None:
    assert site.stat().st_mode & 0o777 == 0o755
    assert (site / "de/index.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280], ids=["phone", "desk"])
def test_every_page_fits_its_screen(seen: dict[str, dict[str, Any]], width: int, dark: bool) -> None:
    screens = {page: one["screens"][width, dark] for page, one in seen.items()}
    assert {page: screen for page, screen in screens.items() if screen["width"] > width or screen["outside"]} == {}
    assert {page for page, screen in screens.items() if screen["smallest"] < 12.5} == set()
    assert {page for page, screen in screens.items() if (sum(screen["ground"][:3]) < 150) != dark} == set()


def test_axe_finds_nothing_against_wcag_2_2_aa(seen: dict[str, dict[str, Any]]) -> None:
    assert {page: one["violations"] for page, one in seen.items() if one["violations"]} == {}


def test_no_page_says_anything_on_the_console(seen: dict[str, dict[str, Any]]) -> None:
    assert {page: one["console"] for page, one in seen.items() if one["console"]} == {}


def test_a_page_asks_for_itself_and_the_style_and_nothing_else(site: Path, seen: dict[str, dict[str, Any]]) -> None:
    style = (site / "style.css").as_uri()
    assert {page: one["requests"] for page, one in seen.items() if one["requests"] != [page, style]} == {}


def test_paper_has_what_there_is_to_do_in_black_on_white(some: list[Path], tmp_path: Path) -> None:
    with Browser(tmp_path) as browser:
        # As wide as A4 between its margins, and in dark colours on the screen.
        browser.look(680, True, paper=True)
        for page in some:
            browser.open(page.as_uri())
            seen = browser.evaluate(MEASURE)
            assert seen["width"] <= 680 and not seen["outside"] and seen["ground"][:3] == [255, 255, 255], (page, seen)
            assert browser.evaluate("getComputedStyle(document.querySelector('h2')).color") == "rgb(0, 0, 0)", page
            shown = browser.evaluate("Object.fromEntries(['.languages', '.programs', '.steps', '.values', 'footer'].map("
                                     "name => [name, document.querySelector(name)?.offsetHeight > 0]))")
            assert shown == {".languages": False, ".programs": False, ".steps": True, ".values": True, "footer": True}, page
        assert browser.pdf().startswith(b"%PDF")


def test_a_line_is_no_longer_on_a_wall_screen(some: list[Path], tmp_path: Path) -> None:
    with Browser(tmp_path) as browser:
        browser.look(3840, False)
        for page in some:
            browser.open(page.as_uri())
            widest = browser.evaluate("Math.max(...[...document.querySelectorAll('main p, main li')].map(e => e.getBoundingClientRect().width))")
            assert browser.evaluate(MEASURE)["width"] == 3840 and widest < 1000, (page, widest)


def test_the_checks_see_what_is_wrong(modules: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text('<!DOCTYPE html><html><head><title>x</title></head><body style="background:#fff"><img src="http://127.0.0.1:9/x">'
                     '<p style="color:#eee;width:900px">faint</p><script>console.log("heard")</script></body></html>')
    with Browser(tmp_path) as browser:
        browser.look(320, False)
        browser.add_to_pages((modules / "axe-core/axe.min.js").read_text())
        browser.open(wrong.as_uri())
        violations = {found.partition(":")[0] for found in browser.evaluate(JUDGE)}
        assert {"color-contrast", "html-has-lang", "image-alt"} <= violations
        assert browser.evaluate(MEASURE)["outside"]
        assert "heard" in browser.console
        assert "http://127.0.0.1:9/x" in browser.requests


class Links(HTMLParser):
    """What a page names: its ids, and where its links lead; and the elements that it is made of."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []
        self.tags: list[str] = []
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on") and name not in ("src", "srcset", "style"), (tag, name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
            if name == "aria-labelledby":
                self.labels += (value or "").split()


def test_every_link_and_anchor_leads_somewhere(pages: list[Path]) -> None:
    named = {page.as_uri(): Links(page) for page in pages}
    outside = set()
    for address, page in named.items():
        assert len(set(page.ids)) == len(page.ids), address
        assert set(page.labels) <= set(page.ids), address
        for link in page.links:
            whole, anchor = urldefrag(urljoin(address, link))
            if urlsplit(whole).scheme != "file":
                outside.add(link)
            elif anchor:
                assert unquote(anchor) in named[whole].ids, (address, link)
            else:
                assert Path(unquote(urlsplit(whole).path)).is_file(), (address, link)
    # And no other than those that the policy names.
    assert outside == {"mailto:helpdesk@a-provider-with-a-rather-long-name.test",
                       "https://webmail.a-provider-with-a-rather-long-name.test/a/long/path",
                       "https://account.a-provider-with-a-rather-long-name.test/"}


def test_a_page_runs_nothing_and_has_one_heading(pages: list[Path]) -> None:
    for page in pages:
        tags = Links(page).tags
        assert not {"script", "img", "iframe", "form", "object", "style"} & set(tags), page
        assert tags.count("h1") == 1, page


def test_every_page_is_valid_html(pages: list[Path], modules: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text(pages[0].read_text().replace("<h1>", '<div id="content">').replace("</main>", ""))
    done = subprocess.run(["node", modules / "html-validate/bin/html-validate.mjs", "--config", HERE / "npm/html-validate.json",
                           "--formatter", "json", *pages, wrong], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    faults = {page["filePath"]: [f"{fault['line']}: {fault['ruleId']}: {fault['message']}" for fault in page["messages"]]
              for page in json.loads(done.stdout)}
    # That one page shows that the pages are read.
    assert {"close-order", "no-dup-id"} <= {fault.split(": ")[1] for fault in faults.pop(str(wrong))}
    assert faults == {}
