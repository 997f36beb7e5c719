"""Whenever relaypermit accepts a From field, Python's email package sees the same addresses.

The oracle is the header registry of the default policy (email.headerregistry), as a program gets
it from message_from_bytes() and, for fields with 8-bit bytes, from message_from_string() too. The
older email.utils.getaddresses() is asked as well: it sees no address that relaypermit does not see
(it drops domain literals and whole fields with `a@x <a@x>`, and ends quoted strings at a CRLF).

Values come from a grammar of what is everyday and what attacks are made of, mutated, and from the
fuzzer's corpus, mutated. Everything follows from the seed, which a failure prints.
"""

import argparse
import email
import email.policy
import email.utils
import pathlib
import random
import re
import subprocess
import sys

LEGACY = "getaddresses"
CORPUS = pathlib.Path(__file__).parent.parent / "fuzz" / "corpus" / "from_field"

ADDRESSES = [
    "me@b.example", "victim@c.example", "a.b+c@d.example", "o'neil@b.example", "x@xn--bcher-kva.example",
    "j\u00f6rg@b\u00fccher.example", "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", '"a b"@c.example',
    '"a"@b.example', '"a@b"@c.example', "a..b@c.example", "ME@B.EXAMPLE", "a@b.example.", "a@b@c.example",
    "a%b!c@d.example", "=?utf-8?q?a?=@b.example", "a@", "@b.example", "a@b_c.example", "a@-b.example",
    "a\u200b@b.example", "a@b\u3002example", "'me@b.example'", "a@b c.example", "a @b.example",
]
WORDS = [
    "Jo", "John", "Q.", "J.R.R.", "O'Neil", "J\u00f6rg", "\u5c71\u7530", "'Jo'", "#1", "=?x", "victim",
    '"Doe, John"', '"victim@c.example"', '"<victim@c.example>"', '"a \\" b"', '"a \\\\"', '""',
    '"me@b.example"', "\"'me@b.example'\"", '"a\n b"', '"a\r\n\tb"', '"victim@c.example\r\n "', '"\u00e9"', '"a\\', '"',
    "(home)", "(a b)", "(<victim@c.example>)", "(a(b)c)", "(a\\)b)", "()", "(", ")", "(Jo, Jim)",
    "=?utf-8?q?Doe=2C_J=C3=B6hn?=", "=?utf-8?B?SsO2cmc=?=", "=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=",
    "=?shift_jis?q?=8E=52=81=40x?=", "=?gbk?q?=81=40?=", "=?big5?b?pEA=?=", "=?utf-8?q?me=40b=2Eexample?=",
    "=?utf-8?q?victim=40c=2Eexample?=", "=?utf-8?q?=3Cvictim=40c?=", "=?utf-8?q?=00?=", "=?utf-8?q?=22?=",
    '"=?utf-8?q?victim=40c?="', "=?utf-7?q?+ADw-?=", "=?utf-8?Q?John Doe?=", "=?utf-8*en?q?Jo?=",
    "=?utf-8?q?=C3?=", "=?utf-8?b?A?=", "=?utf-8?q?x?=y", "\u00a0", "\u2028", "[x]", "team:", ".",
]
SPECIALS = list("<>@,;:.()[]\\\"'=? \t") + [", ", "\n ", "\r\n\t", "\n", "\r", " \n \n ", "<>", "\0",
            "\x0b", "\x0c", "\x1c", "\x85", "\u2029", "<@a.example,@b.example:", "\\,", "?="]


def address(rng):
    # Most of them plain, so that many values are accepted.
    return rng.choice(ADDRESSES[:7] if rng.random() < 0.85 else ADDRESSES)


def phrase(rng):
    words = [rng.choice(WORDS) for _ in range(rng.choice([1, 1, 2, 2, 3]))]
    return rng.choice([" ", " ", "\n ", ""]).join(words)


def mailbox(rng):
    one = address(rng)
    return rng.choice([
        lambda: one,
        lambda: f"<{one}>",
        lambda: f"{phrase(rng)} <{one}>",
        lambda: f"{phrase(rng)} <{one}>",
        lambda: f"{phrase(rng)}<{one}>",
        lambda: f"{one} ({phrase(rng)})",
        lambda: f"{one} (Jo Bloggs)",
        lambda: f"{phrase(rng)} (home) <{one}>",
        lambda: f"{one} <{one}>",
        lambda: f'"{one}" <{one}>',
        lambda: f"{address(rng)} <{one}>",
        lambda: f"<{address(rng)}> <{one}>",
        lambda: f"{phrase(rng)}: {one};",
        lambda: f"<@r.example:{one}>",
    ])()


def value_from_grammar(rng):
    count = rng.choice([1, 1, 1, 1, 2, 2, 3])
    text = rng.choice([",", ", ", ",\n ", " , "]).join(mailbox(rng) for _ in range(count))
    return text.encode()


def mutate(rng, value):
    for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 3, 6])):
        at = rng.randrange(len(value) + 1)
        to = min(len(value), at + rng.choice([1, 1, 2, 4, 9]))
        piece = rng.choice([
            lambda: rng.choice(SPECIALS).encode(),
            lambda: rng.choice(WORDS).encode(),
            lambda: address(rng).encode(),
            lambda: bytes([rng.randrange(256)]),
            lambda: value[at:to],
        ])()
        value = rng.choice([
            lambda: value[:at] + piece + value[at:],
            lambda: value[:at] + piece + value[to:],
            lambda: value[:at] + value[to:],
        ])()
    return value


def values(rng, count):
    corpus = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
    yield from corpus
    for _ in range(count):
        source = value_from_grammar(rng) if rng.random() < 0.8 else rng.choice(corpus)
        yield mutate(rng, source)


class Reader:
    """Our reader, asked many things at once."""

    def __init__(self, program):
        self.program = program

    def ask(self, kind, requests):
        lines = "".join(f"{kind} {request.hex()}\n" for request in requests)
        done = subprocess.run([self.program], input=lines, capture_output=True, text=True, check=True)
        answers = done.stdout.split("\n")[:-1]
        assert len(answers) == len(requests), "an answer for each request"
        return answers

    def read(self, all_values):
        """For each value a list of (local, domain) in bytes, or None."""
        for answer in self.ask("f", all_values):
            if answer.startswith("!"):
                yield None
            else:
                yield [tuple(bytes.fromhex(text).rsplit(b"@", 1)) for text in answer.split(" ")]

    def normalize(self, domains):
        """A dict from each domain to its normalized form; what is no domain stays as it is."""
        answers = self.ask("d", domains)
        return {domain: domain if answer == "!" else bytes.fromhex(answer)
                for domain, answer in zip(domains, answers)}


def to_bytes(text):
    return text.encode("utf-8", "surrogateescape")


def registry(parse, value):
    message = parse(value, policy=email.policy.default)
    return [(to_bytes(a.username), to_bytes(a.domain)) for a in message["from"].addresses]


def python_readings(value):
    """The readings of Python by name; each a list of (local, domain)."""
    header = b"From: " + value + b"\n\nbody\n"
    try:
        readings = {"registry": registry(email.message_from_bytes, header)}
    except AttributeError:
        # Versions without the fix of python/cpython#75171 fail on `J.R.R.<a@x>`.
        header = header.replace(b".<", b". <")
        readings = {"registry": registry(email.message_from_bytes, header)}
    text = value.decode()  # valid UTF-8, or it would not have been accepted
    if not text.isascii():
        readings["registry, from text"] = registry(email.message_from_string, header.decode())
    pairs = email.utils.getaddresses([text])
    readings[LEGACY] = [split_legacy(spec) for _, spec in pairs if "@" in spec]
    return readings


def split_legacy(spec):
    local, _, domain = spec.rpartition("@")
    if len(local) >= 2 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return to_bytes(local), to_bytes(domain)


def lower(bytes_):
    return bytes_.lower()  # ASCII only


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reader", required=True, help="the program from_reader")
    parser.add_argument("--count", type=int, default=30000)
    parser.add_argument("--seed", type=int, default=4871)
    parser.add_argument("--extra", type=pathlib.Path, help="a folder of further values, one a file")
    options = parser.parse_args()

    all_values = list(values(random.Random(options.seed), options.count))
    if options.extra:
        all_values += [path.read_bytes() for path in sorted(options.extra.iterdir())]
    reader = Reader(options.reader)
    accepted = [(value, ours) for value, ours in zip(all_values, reader.read(all_values)) if ours]
    readings = []
    for value, ours in accepted:
        try:
            readings.append((value, ours, python_readings(value)))
        except Exception as error:  # Python has no reading at all
            readings.append((value, ours, {f"raised {error!r}": []}))

    domains = {domain for _, _, by_name in readings for r in by_name.values() for _, domain in r}
    normalized = reader.normalize(sorted(domains))
    differences = 0
    for value, ours, by_name in readings:
        expected = {(lower(local), domain) for local, domain in ours}
        for name, reading in by_name.items():
            seen = {(lower(local), normalized[domain]) for local, domain in reading}
            if seen == expected or (name == LEGACY and seen < expected):
                continue
            differences += 1
            if differences <= 20:
                print(f"{value!r}\n  ours    {sorted(expected)}\n  {name}  {sorted(seen)}")
    legacy = sum(bool(by_name.get(LEGACY)) for _, _, by_name in readings)
    print(f"seed {options.seed}: {len(all_values)} fields, {len(accepted)} accepted "
          f"({len({value for value, _ in accepted})} different, {legacy} read by getaddresses), "
          f"{differences} differences")
    if len(accepted) < len(all_values) // 10:
        sys.exit("too few fields are accepted for the comparison to mean anything")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
