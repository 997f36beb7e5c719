"""The HTML report in headless Chromium: on a phone and on a desk, light and dark.

The page is laid out in a frame of the wanted width (a browser's window cannot be as narrow as a
phone), and a script of the frame's parent, to which the page's own ban on scripts does not apply,
measures what came of it.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("RELAYPERMIT_BUILD", "build/release")).absolute()
PHONE, DESK = 360, 1200
ATTACK = "<script>alert(1)</script><img src=//x.invalid/ onerror=alert(1)>"

RECORD = ('{time} mx relaypermitd[1]: {queue}: verdict={verdict} cause={cause} ref={ref} stage={stage} login={login} '
          'mech=PLAIN sender={sender} from={author} hdrsender=- rcpt=- mailer=- client={client} port=587 '
          'daemon=ORIGINATING mta=postfix tls=TLSv1.3 helo=laptop rule=- also=- reply=-')

MEASURE = """
const frame = document.querySelector('iframe');
frame.onload = () => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(view.getComputedStyle(e).backgroundColor);
      if (colour.length === 3) return colour;
    }
    return [255, 255, 255];
  };
  const result = {width: page.documentElement.scrollWidth, outside: [], faint: [], smallest: 99, tags: {}, handlers: 0};
  for (const e of page.querySelectorAll('body, body *')) {
    const name = e.tagName.toLowerCase();
    result.tags[name] = (result.tags[name] || 0) + 1;
    result.handlers += [...e.attributes].filter(a => /^on|href|src/i.test(a.name)).length;
    if (e.getBoundingClientRect().right > view.innerWidth + 0.5) result.outside.push(e.outerHTML.slice(0, 100));
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e instanceof view.SVGElement) continue;
    const style = view.getComputedStyle(e);
    result.smallest = Math.min(result.smallest, parseFloat(style.fontSize));
    const both = [luminance(rgb(style.color)), luminance(behind(e))].sort((a, b) => b - a);
    const contrast = (both[0] + 0.05) / (both[1] + 0.05);
    if (contrast < 4.5) result.faint.push(contrast.toFixed(1) + ' ' + e.outerHTML.slice(0, 100));
  }
  result.page = rgb(view.getComputedStyle(page.body).backgroundColor);
  result.text = page.body.innerText;
  result.fetched = view.performance.getEntriesByType('resource').map(entry => entry.name);
  result.bars = [...page.querySelectorAll('svg.time rect')].map(r => r.getBoundingClientRect().height);
  document.querySelector('pre').textContent = JSON.stringify(result);
};
frame.srcdoc = PAGE;
"""


def mail_log() -> str:
    """Two weeks and a bit up to now, with somebody who writes markup into every field."""
    now = datetime.now(timezone.utc)
    lines = []

    def record(number: int, cause: str, **values: str) -> None:
        time = now - timedelta(hours=4 * (number % 100) + 1)
        refused = cause != "-"
        lines.append(RECORD.format_map({
            "time": time.isoformat(timespec="seconds"), "queue": f"4c{number:06d}",
            "verdict": "reject" if refused else "accept", "cause": cause, "ref": f"{number:08d}" if refused else "-",
            "stage": "mail" if refused else "eom", "login": "-", "sender": "-", "author": "-",
            "client": f"198.51.{number % 7}.{number % 97}"} | values))

    for number in range(2000):
        person = f"person{number % 23}@example.com"
        if number % 5:
            record(number, "-", login=person, sender=person)
        elif number % 15 == 0:
            record(number, "sender-not-owned", login=person, sender=f"a-rather-long-address-{number % 4}@example.com")
        elif number % 2:
            record(number, "login-required", sender=person)
        else:
            record(number, "from-not-owned", login=person, sender=person, author="newsletter@shop.example.org", stage="eom")
    for number in range(20):
        record(100, "sender-not-hosted", login="stolen@example.com", sender=f"victim@bank{number}.example",
               client=f"203.0.{number % 5}.1")
        record(number, "from-not-owned", login=f'"{ATTACK}"', sender=f'"{ATTACK}"', author=f'"{ATTACK}"', client=f'"{ATTACK}"',
               stage="eom")
    return "\n".join(sorted(lines)) + "\n"


@pytest.fixture(name="page", scope="module")
def _page() -> str:
    done = subprocess.run([BUILD / "tool/commands/relaypermit", "report", "--maillog", "-", "--html", "-"], input=mail_log(),
                          capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def laid_out(page: str, folder: Path, width: int, dark: bool, measure: str = MEASURE) -> dict:
    parent = folder / "parent.html"
    script = measure.replace("PAGE", json.dumps(page).replace("<", "\\u003c"))
    parent.write_text(f'<!DOCTYPE html><meta charset="utf-8"><style>body{{margin:0}}iframe{{border:0;display:block}}</style>'
                      f'<iframe width={width} height=5000></iframe><pre></pre><script>{script}</script>')
    # As root there is no sandbox; the page is our own.
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--allow-file-access-from-files",
         f"--user-data-dir={folder}/profile", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
         "--virtual-time-budget=10000", "--window-size=1300,5000", f"--screenshot={folder}/shot.png", "--dump-dom",
         parent.as_uri()], capture_output=True, text=True, check=True, timeout=120, env=os.environ | {"HOME": str(folder)})
    found = re.search("<pre>(.*)</pre>", done.stdout, re.DOTALL)
    assert found and found[1], done.stderr[-2000:]
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_is_readable(page: str, tmp_path: Path, width: int, dark: bool) -> None:
    seen = laid_out(page, tmp_path, width, dark)
    assert (sum(seen["page"]) < 150) == dark, seen["page"]
    assert seen["width"] <= width and seen["outside"] == [], "wider than the screen"
    assert seen["faint"] == [], "less contrast than WCAG 2.2 asks for"
    assert seen["smallest"] >= 12.5
    assert max(seen["bars"]) > 50
    # It needs nothing but itself, and runs nothing.
    assert seen["fetched"] == []
    assert set(seen["tags"]) <= set("body main h1 h2 small p div b span section ul li svg rect line title footer".split())
    assert seen["handlers"] == 0
    # What a client wrote is read as it was written.
    assert ATTACK in seen["text"]
    for title in ("Suspected stolen accounts", "Over time", "By cause", "Logins", "Clients without a login", "New", "Senders",
                  "Client networks"):
        assert title in seen["text"]
