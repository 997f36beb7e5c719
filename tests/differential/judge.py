"""Whose address a reader shows."""

import re
import subprocess

OWN_LOCAL = re.compile(rb'alice(\+[^<>,;:@()\[\]"\r\n]*)?')
OWN_DOMAINS = {b"example.com", b"xn--bcher-kva.example"}
# The second one as programs show it that know nothing of UTF-8 in header fields: nobody else's.
MANGLED = re.compile(rb"b(((\\?ufffd)+|[^a-z0-9@,<>. -]*)cher\.example)?")
TOKEN = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|[^\s<>,;:"()]*)@[^\s<>,;:"()]*')
COMMENT = re.compile(rb"\([^()@<>]*\)$")


class Ours:
    """relaypermit's reader, asked many things at once."""

    def __init__(self, program):
        self.program = program
        self.domains = {}

    def ask(self, kind, requests):
        lines = "".join(f"{kind} {request.hex()}\n" for request in requests)
        done = subprocess.run([self.program], input=lines, capture_output=True, text=True, check=True)
        answers = done.stdout.split("\n")[:-1]
        assert len(answers) == len(requests), "an answer for each request"
        return answers

    def accepted(self, values):
        """The values that relaypermit reads, and in which it finds only addresses of alice."""
        for value, answer in zip(values, self.ask("f", values)):
            if not answer.startswith("!") and all(
                    self.is_own(bytes.fromhex(address)) for address in answer.split(" ")):
                yield value

    def learn(self, addresses):
        """Asks for the normalized form of all domains at once."""
        addresses = [one for address in addresses for one in (address, *TOKEN.findall(address))]
        domains = sorted({split(address)[1] for address in addresses} - self.domains.keys())
        for domain, answer in zip(domains, self.ask("d", domains)):
            self.domains[domain] = domain if answer == "!" else bytes.fromhex(answer)

    def is_own(self, address):
        tokens = TOKEN.findall(address)
        if address.count(b"@") > 1 or any(c in address for c in b"<>,"):  # more than one address
            if tokens and tokens != [address]:
                # Without the quote at its beginning, where the reader took that away.
                again = TOKEN.findall(b'"' + address)
                return all(map(self.is_own, tokens)) or all(map(self.is_own, again))
        local, domain = split(address)
        if domain not in self.domains:
            self.learn([address])
        if not domain:
            return True  # a word, which shows nobody's address
        domain = self.domains[domain]
        own = domain in OWN_DOMAINS or MANGLED.fullmatch(domain)
        return bool(own and OWN_LOCAL.fullmatch(local))


def split(address):
    """(local part without its quotes, domain), in lower case. Without an @ the domain is empty.

    Some readers show a whole mailbox as one address: what is left of the bracket, or in a comment
    at the end, is a name where it holds no @.
    """
    address = address.strip()
    if len(address) > 1 and address[:1] == address[-1:] == b"'":
        address = address[1:-1]
    while (shorter := COMMENT.sub(b"", address).strip()) != address:
        address = shorter
    name, bracket, rest = address.rpartition(b"<")
    if bracket and b"@" not in name:
        address = rest.removesuffix(b">")
    local, at, domain = address.rpartition(b"@")
    if not at:
        return address, b""
    local = local.strip()
    if len(local) >= 2 and local[:1] == local[-1:] == b'"':
        local = re.sub(rb"\\(.)", rb"\1", local[1:-1])
    return local.strip(b' "').lower(), domain.strip(b" ,").lower()
