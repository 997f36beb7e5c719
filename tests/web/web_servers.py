"""nginx, Apache and Caddy with the lines of a guide, on loopback, as the user that Debian runs them as."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WEB_USER = "www-data"

# What a CGI program tells the system's log, which a test does not write to: a logger(1) of its own.
SYSTEM_LOG = "system.log"
LOGGER = '#!/bin/sh\necho "$*" >> {run}/' + SYSTEM_LOG + "\n"

NGINX = """
daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/error.log info;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    default_type text/plain;
    server {{
        listen 127.0.0.1:{port};
        server_name help.hoster.test hoster.test autoconfig.hoster.test;
        include {lines}/nginx-clients.conf;
        include {lines}/nginx-pages.conf;
    }}
}}
"""

APACHE = """
ServerRoot {run}
ServerName localhost
PidFile {run}/apache.pid
DefaultRuntimeDir {run}
ScriptSock {run}/cgid
ErrorLog {run}/error.log
TypesConfig /dev/null
Listen 127.0.0.1:{port}
{modules}
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<VirtualHost 127.0.0.1:{port}>
    ServerName help.hoster.test
    ServerAlias hoster.test autoconfig.hoster.test
    Include {lines}/apache-clients.conf
    Include {lines}/apache-pages.conf
</VirtualHost>
"""
APACHE_MODULES = ("mpm_event", "authz_core", "alias", "cgid", "mime", "dir")

CADDY = """
{{
	admin off
	auto_https off
	storage file_system {run}/storage
}}
http://:{port} {{
	bind 127.0.0.1
	import {lines}/caddy-clients.conf
	import {lines}/caddy-pages.conf
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str | Path], run: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    if os.getuid() == 0:
        command = ["setpriv", f"--reuid={WEB_USER}", f"--regid={WEB_USER}", "--clear-groups", *command]
    with (run / f"{name}.out").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=run,
                                   env={"PATH": f"{run}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(run)})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(process: subprocess.Popen[bytes], run: Path, ready: object) -> None:
    until = time.monotonic() + 60
    while not ready():  # type: ignore[operator]
        said = "\n".join(file.read_text(errors="replace") for file in (*run.glob("*.out"), *run.glob("*.log")))
        assert process.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for_line(file: Path, words: str) -> str:
    """The line of a log that holds them, which is there soon, or all that is."""
    until = time.monotonic() + 5
    while True:
        text = file.read_text(errors="replace") if file.exists() else ""
        found = [line for line in text.splitlines() if words in line]
        if found or time.monotonic() > until:
            return found[0] if found else text
        time.sleep(0.02)


@contextmanager
def serving(server: str, guide: Path, run: Path) -> Iterator[int]:
    """The port at which `server` serves the guide by its own lines. `run` is an empty folder."""
    if os.getuid() == 0:
        user = pwd.getpwnam(WEB_USER)
        os.chown(run, user.pw_uid, user.pw_gid)
    # The lines as they are, but for the socket of Debian's fcgiwrap, which is not the test's.
    lines = run / "lines"
    lines.mkdir()
    for file in (guide / "setup").glob("*.conf"):
        (lines / file.name).write_text(file.read_text().replace("/run/fcgiwrap.socket", f"{run}/fcgi"))
    (run / "bin").mkdir()
    (run / "bin/logger").write_text(LOGGER.format(run=run))
    (run / "bin/logger").chmod(0o755)
    port = free_port()
    values = {"run": run, "port": port, "lines": lines, "modules": "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in APACHE_MODULES)}
    configuration = run / "server.conf"
    configuration.write_text({"nginx": NGINX, "apache": APACHE, "caddy": CADDY}[server].format(**values))
    command: list[str | Path] = {"nginx": ["nginx", "-p", run, "-e", run / "error.log", "-c", configuration],
                                 "apache": ["apache2", "-DFOREGROUND", "-f", configuration],
                                 "caddy": ["caddy", "run", "--adapter", "caddyfile", "--config", configuration]}[server]
    with running(["fcgiwrap", "-f", "-s", f"unix:{run}/fcgi"], run, "fcgiwrap") as starter:
        wait_until(starter, run, (run / "fcgi").exists)
        with running(command, run, server) as process:
            wait_until(process, run, lambda: answers(port))
            yield port
