"""Python's email package: the modern policy, the legacy functions, from bytes and from text."""

import email
import email.header
import email.policy
import email.utils

from answer import answer_lines


def registry(parse, message):
    return [f"{a.username}@{a.domain}" if a.domain else a.username
            for a in parse(message, policy=email.policy.default)["from"].addresses]


def decoded(text):
    return str(email.header.make_header(email.header.decode_header(text)))


def readings(value):
    text = value.decode("utf-8", "surrogateescape")
    message = b"From: " + value + b"\n\nbody\n"
    yield "registry", lambda: registry(email.message_from_bytes, message)
    yield "registry, from text", lambda: registry(email.message_from_string, message.decode())
    yield "registry, crlf", lambda: registry(
        email.message_from_bytes, message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    old = lambda: str(email.message_from_bytes(message)["from"])
    yield "getaddresses", lambda: [a for _, a in email.utils.getaddresses([text])]
    yield "getaddresses, of a message", lambda: [a for _, a in email.utils.getaddresses([old()])]
    yield "parseaddr", lambda: [email.utils.parseaddr(text)[1]]
    yield "decode, then getaddresses", lambda: [
        a for _, a in email.utils.getaddresses([decoded(text)])]
    yield "decode, then parseaddr", lambda: [email.utils.parseaddr(decoded(old()))[1]]


answer_lines(readings)
