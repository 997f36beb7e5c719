"""From fields that mostly belong to alice@example.com and may show somebody else's address.

A grammar of RFC 5322, 2047 and 6532 with the obsolete forms, mutated; the forms of attacks in
tests/cases; and the fuzzer's corpus, mutated. Everything follows from the random generator.
"""

import base64
import itertools
import pathlib
import re
import tomllib

TESTS = pathlib.Path(__file__).parent.parent
CORPUS = TESTS / "fuzz" / "corpus" / "from_field"

OWN = [
    "alice@example.com", "alice@example.com", "alice@example.com", "alice+list@example.com",
    "Alice@Example.COM", "alice@xn--bcher-kva.example", "alice@b\u00fccher.example",
    '"alice"@example.com', '"alice+a b"@example.com', "alice+ceo@example.com", "alice+@example.com",
    "alice+victim.example@example.com", "alice+j\u00f6rg@example.com", '"alice+ ceo"@example.com',
    "alice+%ceo!x@example.com", "alice+a/b=c?d@example.com", '"alice+\\x"@example.com',
    "alice+'ceo'@example.com", "alice+\u5c71\u7530@example.com", "alice+{ceo}|~`^@example.com",
    '"alice+ceo "@example.com', '"alice+  ceo"@example.com', "alice+=ceo@example.com",
    "alice+\u00fc.ceo@example.com", "alice+\u3000ceo@example.com", "alice+\u00a0ceo@example.com", '"alice+.ceo"@example.com',
    '"alice+ ceo at example.com"@example.com', "alice+\u2025ceo@example.com", "alice+\uff0cceo@example.com", "alice+ceo=40x@example.com",
]
ODD = [
    "alice@example.com.", "alice@[192.0.2.1]", "alice@[IPv6:2001:db8::1]", "alice.@example.com",
    "alice@exa\u00admple.com", "alice@example\u3002com", "alice @example.com", "alice@ example.com",
    "alice.\n @example.com", '"alice".x@example.com', "alice@(c)example.com", "alice(c)@example.com",
    '"alice+@victim.example"@example.com', '"alice+<ceo@victim.example>"@example.com',
    "=?utf-8?q?alice?=@example.com", "alice@example.com@victim.example", "alice+a,ceo@example.com",
    "alice@-example.com", "alice@ex_ample.com", "ceo@victim.example", "ceo@example.com", "alice+\u200b@example.com",
    "@example.com", "alice@", "alice", "ceo", '"alice+\\"ceo"@example.com', '"alice+\n ceo"@example.com',
]
VICTIM = ["ceo@victim.example", "ceo@example.com", "<ceo@victim.example>", "ceo@victim.example,",
          ",<ceo@victim.example>,", "ceo", '"ceo"@victim.example', "ceo@[192.0.2.9]", "@victim.example",
          "x:ceo@victim.example;", "ceo@victim\u3002example", "ceo(c)@victim.example", "ceo\uff20victim.example",
          "<@a.example:ceo@victim.example>", "ceo@victim.example <", "> ceo@victim.example", "ceo&#64;victim.example"]
WORDS = ["Jo", "Alice", "Q.", "J.R.R.", "O'Neil", "J\u00f6rg", "\u5c71\u7530", "'Jo'", "#1", "=?x", "ceo",
         "victim.example", "CEO", "a/b", "{x}", "`y`", "-", "...", "!", "%", "=", "?", "?=", "=?", "&", "\u00a0",
         "\u2028", "\u3000", "\u202e", "\uff1c", "\uff0c", "\uff20", "alice", "via", "mailto:"]
QUOTED = ["", "Doe, John", "a b", " a", "a ", "a\\\"b", "a\\\\", "\\a", "a\n b", "a\n\tb", "a\r\n b", "a\tb", "(a)",
          "(", ")", "a:b;", "<>", "[x]", "\u00e9", "a\\\n b", "'", "''", "alice@example.com", "'alice@example.com'",
          "ceo@victim.example via Lists", "ceo at victim.example", "=?utf-8?q?x?=", "\\\u00e9", "a,b", "<", ">",
          "\\\\\\\"", "\x7f", "\\(", "\\)", "ceo via (x) Lists"]
COMMENTS = ["home", "a b", "Jo Bloggs", "a(b)c", "a\\)b", "", "a\n b", "a, b", "J\u00f6rg", "a.b", "\"", "'", "a\\",
            "=?utf-8?q?x?=", "<", ">", "a@b", "ceo", "a;b", "alice@example.com", "\\\"", "\n ", " "]
CHARSETS = ["utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "koi8-r", "shift_jis", "gbk", "gb2312",
            "gb18030", "big5", "euc-jp", "euc-kr", "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "utf-7", "utf-16",
            "utf-16be", "utf-16le", "utf-32", "hz-gb-2312", "cp037", "unknown-8bit", "x-user-defined", "johab",
            "big5-hkscs", "windows-31j", "windows-949", "tis-620", "macintosh", "UTF-8*en", "utf8", "latin1", "ansi_x3.110-1983"]
DOUBLE = [b"\x81", b"\x81\x40", b"\x8eR", b"\xa4\x40", b"\x81\x22", b"\x83\x5c", b"\x95\x5c", b"\xff", b"\xc3",
          b"\xc3\x28", b"\xe0\x80\xbc", b"\xc0\xbc", b"\xf0\x9f\x98\x80", b"\x1b$B", b"\x1b(B", b"\x1b$@", b"\x1b(J",
          b"\x1b$(O", b"\x1b$(D", b"\x1b(I", b"\x1b$A", b"\x1b$)C\x0e", b"\x0e", b"\x0f", b"~{", b"~}", b"+ADw-",
          b"+AEA-", b"+AD4-", b"\x00", b"\x8e\xa2\xa1\xa1", b"\xfd", b"\x81\x30\x81\x30", b"\x5c", b"\x7e"]
HIDDEN = [b"Jo", b"Alice", b"Doe, John", b"ceo@victim.example", b"<ceo@victim.example>", b"ceo", b"\"", b",", b"<", b">",
          b"@", b"(", b")", b"\\", b"\r\nFrom: ceo@victim.example", b"\r\n", b"\n", b":", b";", b" ", b"", b"x\"", b"?=",
          b"=?utf-8?q?ceo=40victim.example?=", b"=?utf-8?q?=3C?=", b"alice@example.com", b"x, ceo", b"ceo, x", b"x;", b"x:",
          b"=40", b"&lt;", b"\xef\xbc\xa0", b"[", b"x\\", b"'", b"_", b"a (b", b"\x00ceo@victim.example", b"ceo at victim"]
SPECIALS = list("<>@,;:.()[]\\\"'=?_ \t") + [", ", "\n ", "\r\n\t", "\n", "\r", " \n \n ", "<>", "\0", "\x0b",
            "\x0c", "\x1c", "\x1b", "\x85", "\u2029", "\ufeff", "\u00ad", "<@a.example,@b.example:", "\\,", "?=",
            "=?utf-8?q?", "\n From: ", "\nFrom: ", "\\\"", "\\\\", "()", "(a)", "  ", '""', "''", "%40", "\x80", "\x7f"]


def cfws(rng):
    return rng.choice(["", "", " ", " ", " ", "  ", "\t", "\n ", "\r\n ", "\n\t", " \n  ", lambda: comment(rng),
                       lambda: " " + comment(rng) + " ", " " * 9])


def gap(rng):
    one = cfws(rng)
    return one() if callable(one) else one


def comment(rng, depth=0):
    parts = [rng.choice(WORDS + COMMENTS) for _ in range(rng.choice([1, 1, 2]))]
    if rng.random() < 0.08:
        parts.append(rng.choice(VICTIM))
    if depth < 3 and rng.random() < 0.1:
        parts.append(comment(rng, depth + 1))
    return "(" + " ".join(parts) + ")"


def encoded_word(rng):
    charset = rng.choice(CHARSETS) if rng.random() < 0.7 else "utf-8"
    data = b"".join(rng.choice(HIDDEN if rng.random() < 0.6 else DOUBLE) for _ in range(rng.choice([1, 1, 2, 3])))
    if rng.random() < 0.1:
        try:
            data = data.decode().encode(charset)
        except (LookupError, UnicodeError):
            pass
    if rng.random() < 0.4:
        text = base64.b64encode(data).decode()
        if rng.random() < 0.1:
            text = text.rstrip("=")
        return f"=?{charset}?{rng.choice('bB')}?{text}?="
    keep = rng.random() < 0.15
    text = "".join(chr(b) if chr(b).isalnum() and b < 128 or (keep and 32 < b < 127)
                   else "_" if b == 32 else f"={b:02X}" for b in data)
    return f"=?{charset}?{rng.choice('qQ')}?{text}?="


def quoted(rng):
    parts = [rng.choice(QUOTED) for _ in range(rng.choice([1, 1, 1, 2]))]
    if rng.random() < 0.15:
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(VICTIM))
    if rng.random() < 0.08:
        parts.append(encoded_word(rng))
    return '"' + rng.choice(["", " "]).join(parts) + '"'


def word(rng):
    draw = rng.random()
    if draw < 0.45:
        return rng.choice(WORDS)
    if draw < 0.7:
        return quoted(rng)
    return encoded_word(rng)


def phrase(rng):
    words = [word(rng) for _ in range(rng.choice([1, 1, 2, 2, 3, 5]))]
    if rng.random() < 0.3:
        return "".join(itertools.chain.from_iterable((w, gap(rng)) for w in words))
    return rng.choice([" ", " ", " ", "\n ", "\r\n\t", "  "]).join(words)


def address(rng):
    return rng.choice(OWN if rng.random() < 0.93 else ODD)


def mailbox(rng):
    one = address(rng)
    form = rng.choice([0, 1, 2, 2, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    if form == 0:
        return one
    if form == 1:
        return f"<{one}>"
    if form == 2:
        return f"{phrase(rng)} <{one}>"
    if form == 3:
        return f"{phrase(rng)}{gap(rng)}<{one}>"
    if form == 4:
        return f"{one} {comment(rng)}"
    if form == 5:
        return f"{phrase(rng)} {comment(rng)} <{one}>"
    if form == 6:
        return f"{one} <{one}>"
    if form == 7:
        return f'"{rng.choice(VICTIM)}{rng.choice(["", " via Lists"])}" <{one}>'
    if form == 8:
        return f"<{one}>{gap(rng)}{comment(rng)}"
    if form == 9:
        return f"{phrase(rng)} <{one}> {comment(rng)}"
    if form == 10:
        return f"{rng.choice(VICTIM)}{gap(rng)}<{one}>" if rng.random() < 0.3 else f"{encoded_word(rng)} <{one}>"
    if form == 11:
        return f"{phrase(rng)}: {one};" if rng.random() < 0.3 else f"{quoted(rng)} <{one}>"
    if form == 12:
        return f"<@r.example,@s.example:{one}>" if rng.random() < 0.2 else f"{word(rng)} {word(rng)} <{one}>"
    if form == 13:
        return f"{encoded_word(rng)}{rng.choice([' ', '', chr(10) + ' '])}{encoded_word(rng)} <{one}>"
    return f"{gap(rng)}<{gap(rng)}{one}{gap(rng)}>{gap(rng)}"


def from_grammar(rng):
    count = rng.choice([1, 1, 1, 1, 1, 2, 2, 3])
    text = rng.choice([",", ", ", ", ", ",\n ", " , ", ",\r\n\t", ", ,", ";"]).join(mailbox(rng) for _ in range(count))
    if rng.random() < 0.02:  # about where smtp(8) and Sendmail break lines
        length = rng.choice([900, 950, 980, 990, 1990, 2040]) - len(text.encode())
        text = rng.choice([" " * length, '"' + "x" * length + '" ', "x " * (length // 2)]) + text
    return text.encode("utf-8", "surrogateescape")


def mutate(rng, value):
    for _ in range(rng.choice([0, 0, 0, 1, 1, 1, 2, 3])):
        at = rng.randrange(len(value) + 1)
        to = min(len(value), at + rng.choice([1, 1, 2, 4, 9]))
        what = rng.randrange(6)
        if what == 0:
            piece = rng.choice(SPECIALS)
        elif what == 1:
            piece = word(rng)
        elif what == 2:
            piece = rng.choice(VICTIM) if rng.random() < 0.5 else address(rng)
        elif what == 3:
            piece = bytes([rng.randrange(256)]).decode("latin-1") if rng.random() < 0.3 else rng.choice(SPECIALS)
        elif what == 4:
            piece = comment(rng)
        else:
            piece = None
        data = value[at:to] if piece is None else piece.encode("utf-8", "surrogateescape")
        how = rng.randrange(3)
        if how == 0:
            value = value[:at] + data + value[at:]
        elif how == 1:
            value = value[:at] + data + value[to:]
        else:
            value = value[:at] + value[to:]
    return value


def known(name):
    """The From values of tests/cases/NAME.toml in the words of this attacker and this victim."""
    tests = tomllib.loads((TESTS / "cases" / f"{name}.toml").read_text()).get("test", [])
    for test in tests:
        texts = [test["from"]] if "from" in test else []
        texts += [h.partition(":")[2].lstrip(" ") for h in test.get("headers", []) if re.match(r"(?i)from\s*:", h)]
        for text in texts:
            text = re.sub(r"\bme@", "alice@", text).replace("boss@example.com", "ceo@victim.example")
            yield text.encode()


def as_ours(value):
    """A value of the corpus as alice's: its addresses become hers, one of them the victim's."""
    return re.sub(rb"[\w.+-]+@[\w.-]+", b"alice@example.com", value)


def sources():
    attacks = [*known("from_attacks"), *known("from_everyday")]
    corpus = [as_ours(path.read_bytes()) for path in sorted(CORPUS.iterdir())]
    return attacks, corpus


def fields(rng, count):
    """`count` different values: every known attack as it is, then mutations and the grammar."""
    attacks, corpus = sources()
    seen = dict.fromkeys(attacks + corpus)
    while len(seen) < count:
        draw = rng.random()
        if draw < 0.75:
            value = from_grammar(rng)
        elif draw < 0.9:
            value = rng.choice(attacks)
        else:
            value = rng.choice(corpus)
        seen[mutate(rng, value) if draw > 0.45 else value] = None
    return list(seen)[:count]
