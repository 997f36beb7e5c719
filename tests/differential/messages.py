"""Headers of whole messages, from the grammar of the fields, for what a mail server makes of them.

What servers change behind a milter comes more often here than in the fields: lines and mailboxes
about as long as they leave them, bare words, which they give a domain, and a CR, LF or NUL, which
they replace or take out. `authors` reads a message that arrived.
"""

import re

from grammar import OWN, VICTIM, WORDS, address, comment, from_grammar, gap, mailbox, mutate, phrase, quoted, sources

# Where Sendmail (990) and smtp(8) (998) break a line, where their buffers end, and where relaypermit
# draws its line.
COLUMNS = [898, 900, 902, 988, 989, 990, 990, 990, 991, 996, 997, 998, 999, 1000, 1980, 1996, 2046, 2047, 2048, 4096]
# About the longest mailbox that Sendmail leaves alone (256), and its buffer for a whole list (1024).
LENGTHS = [*range(60, 230, 10), *range(230, 262), 1020, 1024, 1025]
STRAY = [b"\r", b"\r", b"\r\r", b"\n", b"\r ", b"\n\r", b"\r\n\r"]
ANOTHER = [b"From: ceo@victim.example", b"From:ceo@example.com", b"FROM : <ceo@victim.example>",
           b"Sender: ceo@victim.example", b" From: ceo@victim.example", b"\r\nFrom: ceo@victim.example"]
LINE = re.compile(rb"\r\n|\r|\n")
FIELD = re.compile(rb"(?i)(from|sender)[ \t\0]*:[ \t]?(.*)", re.DOTALL)


def plain(rng, _=None):
    """A mailbox of the everyday forms, most of which pass."""
    one = rng.choice(OWN if rng.random() < 0.3 else OWN[:6])
    return rng.choice([
        one, f"<{one}>", f"Jo Bloggs <{one}>", f'"Doe, John" <{one}>', f'"{rng.choice(VICTIM)}" <{one}>', f"{one} (Jo)",
        f"Jo B. ceo <{one}>",
        f'"{rng.choice(["ceo@victim.example", "ceo@example.com"])} via Lists" <{one}>', f"{rng.choice(WORDS)} <{one}>",
        f"{one} <{one}>", f"{quoted(rng)} <{one}>", f"Jo {comment(rng)} <{one}>",
    ]).encode("utf-8", "surrogateescape")


def filled(rng, value, length, at):
    """`value` with so much filling at `at` that it has this length."""
    fill = rng.choice([b" ", b" ", b" ", b"x", b"x ", b"x ", b"x.", b"\t", "\u044f".encode(), b"="])
    missing = max(0, length - len(value))
    return value[:at] + (fill * (missing // len(fill) + 1))[:missing] + value[at:]


def gaps(value):
    """Where filling does least harm: at the beginning, behind a quote or blank, and ahead of a bracket."""
    return [0, *(found.end() for found in re.finditer(rb'^"| ', value)), *(found.start() for found in re.finditer(rb'"? ?<', value))]


def long_line(rng, name):
    """A line whose break falls somewhere in the mailbox, mostly within its address."""
    value = plain(rng)
    marks = [found.end() for found in re.finditer(rb"[+@.<]", value)]
    cut = rng.choice(marks) if marks and rng.random() < 0.7 else rng.randrange(len(value)) + 1
    at = rng.choice([place for place in gaps(value) if place <= cut])
    # Most end where the longest line does that may pass.
    end = rng.random() < 0.6
    column = rng.choice([900, 990, 990]) + rng.choice([-3, -1, 0, 0, 0]) if end else rng.choice(COLUMNS) + rng.choice([-1, 0, 1])
    column -= len(name) + 2
    value = filled(rng, value, column + (0 if end else len(value) - cut), at)
    return rng.choice([b"", b"Jo\r\n "]) + value if rng.random() < 0.1 else value


def long_mailbox(rng, _):
    """One or several about as long as Sendmail takes in one piece."""
    def one():
        value = plain(rng)
        return filled(rng, value, rng.choice(LENGTHS), rng.choice(gaps(value)))
    return rng.choice([b",\r\n ", b", "]).join(one() for _ in range(rng.choice([1, 1, 1, 2, 5])))


def folded(rng, _):
    """Folds wherever a blank may stand, and some where none may."""
    value = rng.choice([plain(rng), plain(rng), from_grammar(rng)])
    fold = rng.choice([b"\r\n ", b"\r\n\t", b" \r\n  ", b"\r\n \r\n ", b"\n "])
    for _ in range(rng.choice([1, 1, 2, 9])):
        blanks = [found.span() for found in re.finditer(rb"[ \t]+|(?<=[<>@+,:()\".])", value)]
        start, end = rng.choice(blanks) if blanks else (0, 0)
        value = value[:start] + fold + value[end:]
    return value


def bare_words(rng, _):
    """A list in which a word has no domain."""
    members = [address(rng), mailbox(rng), plain(rng).decode("utf-8", "surrogateescape")]
    bare = ["ceo", "alice", "<ceo>", "CEO <ceo>", '"ceo"', "ceo%victim.example", "victim!ceo", "ceo (CEO)", "ceo@", "@victim.example",
            "alice+ceo", f"{phrase(rng)}", f"{phrase(rng)} <alice>", "root", "postmaster", "\\ceo", "|ceo", "/ceo", ":include:ceo"]
    words = [rng.choice(bare), *(rng.choice(members + bare) for _ in range(rng.choice([0, 1, 1])))]
    rng.shuffle(words)
    return rng.choice([", ", ",", " ", gap(rng)]).join(words).encode("utf-8", "surrogateescape")


def with_stray(rng, name):
    """A CR or LF that is no fold."""
    value = (plain(rng) if rng.random() < 0.6 else folded(rng, name)) if name != b"Subject" else b"hello"
    at = rng.choice([0, len(value), rng.randrange(len(value) + 1)])
    more = rng.choice([b"", b"", b", ceo@victim.example", rng.choice(ANOTHER), rng.choice(ANOTHER)])
    return value[:at] + rng.choice(STRAY) + more + value[at:]


def with_nul(rng, name):
    value = plain(rng) if name != b"Subject" else b"hello"
    at = rng.choice([0, len(value), rng.randrange(len(value) + 1)])
    return value[:at] + b"\0" * rng.choice([1, 1, 2]) + rng.choice([b"", b", ceo@victim.example"]) + value[at:]


def quoted_at(rng, _):
    one = rng.choice(OWN)
    name = rng.choice([rng.choice(VICTIM), f"{rng.choice(VICTIM)} {rng.choice(WORDS)}", f"{rng.choice(WORDS)}, {rng.choice(VICTIM)}"])
    value = rng.choice(['"{0}" <{1}>', '"{0}" <{1}>', '"{0}"  <{1}>', '"{0}"<{1}>', "{2} \"{0}\" <{1}>", '"{0}" ({2}) <{1}>',
                        '"{0}" <{1}>, {1}', '{1}, "{0}" <{1}>', '"{2}\\" {0}" <{1}>', "\"{2}\" '{0}' <{1}>", "{2} @ Work <{1}>",
                        ]).format(name, one, rng.choice(WORDS))
    return value.encode("utf-8", "surrogateescape")


def grammar(rng, _):
    value = from_grammar(rng)
    return mutate(rng, value) if rng.random() < 0.5 else value


def known_attack(attacks):
    return lambda rng, _: mutate(rng, rng.choice(attacks))


def fields_of_header(rng, forms, weights):
    """From, and what stands around it."""
    name = rng.choice([b"From"] * 9 + [b"from", b"FROM", b"From ", b"From\t"])
    colon = rng.choice([b": "] * 6 + [b":", b":\t", b":  "])
    form, = rng.choices(forms, weights)
    value = form(rng, name)
    # One in eight with the LF alone that some client may send for a line's end.
    if b"\r" not in value or form not in (with_stray, with_nul):
        value = re.sub(rb"(?<!\r)\n(?=[ \t])", b"\r\n", value) if rng.random() < 0.88 else value
    header = [b"X-Other: 1", name + colon + value, b"Subject: hello", b"To: someone@remote.invalid"]
    if rng.random() < 0.12:
        sender = rng.choice([plain, long_line, long_mailbox, folded, quoted_at])(rng, b"Sender")
        header.append(b"Sender: " + sender)
    if rng.random() < 0.08:
        other = rng.choice([with_stray, with_nul])(rng, b"Subject")
        header[2] = b"Subject: " + other
    if rng.random() < 0.3:
        first, *rest = header
        rng.shuffle(rest)
        header = [first, *rest]
    return b"\r\n".join(header)


def headers(rng, count):
    """`count` different headers, without the empty line at the end. None holds that line."""
    attacks, _ = sources()
    forms = {long_line: 24, long_mailbox: 16, folded: 14, bare_words: 10, with_stray: 7, with_nul: 3, quoted_at: 12, grammar: 10,
             known_attack(attacks): 4}
    seen = {}
    while len(seen) < count:
        header = fields_of_header(rng, list(forms), list(forms.values()))
        if not re.search(rb"\r?\n\r?\n", header):
            seen[header] = None
    return list(seen)


def authors(message):
    """The values of From and Sender in a message, folds as they are.

    A CR, an LF and both together end a line alike, as the most lenient reader has it; and where it
    holds a NUL, the value counts once more as a program in C sees it.
    """
    lines = []
    for line in LINE.split(message.partition(b"\r\n\r\n")[0]):
        if line[:1] in (b" ", b"\t") and lines:
            lines[-1] += b"\r\n" + line
        else:
            lines.append(line)
    values = [found[2] for line in lines if (found := FIELD.fullmatch(line))]
    return values + [value.partition(b"\0")[0] for value in values if b"\0" in value]
