#!/usr/bin/python3
"""Installs a build into a directory, below /usr and below /usr/local, and looks at every file: whether
it is there, its mode, and whether what it says of the others is where they are. Then whether the
packages that contrib/packages names to run the programs are those that they need.

Last, that a build without tests has the two programs alone and looks for nothing that only tests use.

usage: installed.py BUILD
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CONTRIB = TOP / "contrib"
PROGRAMS = ("sbin/relaypermitd", "bin/relaypermit")


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sources(prefix: str) -> dict[str, Path]:
    """Where each file of the tree goes, below the prefix."""
    found = {
        "lib/systemd/system/relaypermitd.service": CONTRIB / "systemd/relaypermitd.service",
        "lib/systemd/system/relaypermitd.socket": CONTRIB / "systemd/relaypermitd.socket",
        "lib/systemd/system/relaypermit-report.service": CONTRIB / "systemd/relaypermit-report.service",
        "lib/systemd/system/relaypermit-report.timer": CONTRIB / "systemd/relaypermit-report.timer",
        "lib/sysusers.d/relaypermit.conf": CONTRIB / "systemd/relaypermit.sysusers",
    }
    for page in (CONTRIB / "man").iterdir():
        found[f"share/man/man{page.suffix[1:]}/{page.name}"] = page
    for script in (CONTRIB / "bash-completion").iterdir():
        found[f"share/bash-completion/completions/{script.name}"] = script
    functions = "vendor-completions" if prefix == "/usr" else "site-functions"
    found[f"share/zsh/{functions}/_relaypermit"] = CONTRIB / "zsh-completion/_relaypermit"
    found["share/fish/vendor_completions.d/relaypermit.fish"] = CONTRIB / "fish-completion/relaypermit.fish"
    documents = "share/doc/relaypermit"
    for page in [*TOP.glob("*.md"), TOP / "LICENSE", *(page for page in TOP.glob("docs/**/*") if page.is_file())]:
        found[f"{documents}/{page.relative_to(TOP)}"] = page
    for sample in TOP.glob("config/*.toml"):
        found[f"{documents}/examples/{sample.name}"] = sample
    for server in ("apparmor", "postfix", "sendmail", "sasl", "fail2ban", "logwatch", "prometheus", "grafana"):
        for sample in (CONTRIB / server).rglob("*"):
            if sample.is_file():
                found[f"{documents}/examples/{sample.relative_to(CONTRIB)}"] = sample
    for drop_in in (CONTRIB / "systemd").glob("*.d/*"):
        found[f"{documents}/examples/{drop_in.relative_to(CONTRIB)}"] = drop_in
    return found


def modules(build: str) -> dict[str, Path]:
    """Where each module of alias tables goes, below the prefix."""
    folder = re.search(r"^CMAKE_INSTALL_LIBDIR:\w+=(.+)$", (Path(build) / "CMakeCache.txt").read_text(), re.MULTILINE)[1]
    return {f"{folder}/relaypermit/{module.name}": module for module in Path(build, "modules").glob("*.so")}


def faults_below(build: str, prefix: str) -> list[str]:
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DESTDIR": directory})
        root = Path(directory)
        below = root / prefix[1:]
        expected, built = sources(prefix), modules(build)
        there = {str(path.relative_to(below)) for path in below.rglob("*") if path.is_file()}
        faults = [f"{name}: not installed" for name in sorted({*expected, *built, *PROGRAMS} - there)]
        faults += [f"{name}: nobody knows what it is" for name in sorted(there - {*expected, *built, *PROGRAMS})]
        faults += [f"{path}: outside the prefix" for path in root.rglob("*")
                   if path.is_file() and not path.is_relative_to(below)]
        for name in sorted(there):
            path = below / name
            mode, wanted = path.stat().st_mode & 0o7777, 0o755 if name in PROGRAMS else 0o644
            if mode != wanted:
                faults.append(f"{name}: mode {mode:o}, wanted {wanted:o}")
            if name in PROGRAMS:
                version = output(path, "-V" if path.name == "relaypermitd" else "--version")
                if not version.startswith(path.name):
                    faults.append(f"{name}: says {version}")
            elif name in expected:
                text = expected[name].read_bytes()
                if name.endswith(".service"):
                    text = re.sub(rb"/usr/(s?bin/relaypermit)", prefix.encode() + rb"/\1", text)
                if path.read_bytes() != text:
                    faults.append(f"{name}: is not {expected[name].relative_to(TOP)}")
        for unit in below.glob("lib/systemd/system/*.service"):
            for program in re.findall(r"^Exec\w+=[-+!:@]*(/\S+)", unit.read_text(), re.MULTILINE):
                if "relaypermit" in program and not (root / program[1:]).exists():
                    faults.append(f"{unit.name}: starts {program}, which is elsewhere")
    return [f"{prefix}: {fault}" for fault in faults]


def dependencies(package: str, known: dict[str, set[str]]) -> None:
    """Adds the installed package with all that it depends on to what is known."""
    if package in known:
        return
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Depends}, ${Pre-Depends}", package],
                           capture_output=True, text=True, check=False).stdout
    known[package] = set(re.findall(r"(?:^|[,|] *)([a-z0-9][a-z0-9.+-]*)", shown))
    for needed in known[package]:
        dependencies(needed, known)


def package_faults(build: str) -> list[str]:
    """What the programs and their modules link to must come with the packages of the section `run`, and all of those are needed."""
    section = (CONTRIB / "packages").read_text().partition("\n# -- run\n")[2].partition("\n# -- ")[0]
    named = {name for line in section.splitlines() if line for name in line.split()[0].split("|")}
    brought: dict[str, set[str]] = {}
    for name in [*named, "libstdc++6"]:
        dependencies(name, brought)
    linked = set()
    for program in [*PROGRAMS, *modules(build).values()]:
        path, = (file for folder in ("milter", "tool/commands", "modules")
                 if (file := Path(build, folder, Path(program).name)).is_file())
        linked |= set(re.findall(r"=> \S*/(\S+) ", output("ldd", path)))
    faults, needed = [], set()
    for library in sorted(linked):
        owners = {line.split(":")[0] for line in output("dpkg", "-S", f"*/{library}").splitlines()}
        needed |= owners
        if not owners & brought.keys():
            faults.append(f"{library} is of {' or '.join(owners)}, which is not among those to run the programs")
    for line in section.splitlines():
        if line and not set(line.split()[0].split("|")) & needed:
            faults.append(f"{line.split()[0]}: no program needs it")
    return [f"contrib/packages: {fault}" for fault in faults]


def build_faults() -> list[str]:
    """What BUILD_TESTING=OFF makes beside the two programs, on a machine without the libraries of the tests."""
    libraries = re.findall(r"^ *find_package\((\w+)", "".join(
        file.read_text() for file in TOP.glob("tests/**/CMakeLists.txt")), re.MULTILINE)
    with tempfile.TemporaryDirectory() as build:
        done = subprocess.run(["cmake", "-G", "Ninja", "-S", TOP, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_TESTING=OFF",
                               *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{library}=ON" for library in libraries)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return [f"BUILD_TESTING=OFF: {done.stderr}"]
        made = re.findall(r"^build (\S+): CXX_EXECUTABLE_LINKER", (Path(build) / "build.ninja").read_text(), re.MULTILINE)
    # And what the build itself runs, over the data of the help pages.
    wanted = {Path(program).name for program in PROGRAMS} | {"guide_data_check"}
    return [] if {Path(name).name for name in made} == wanted else [f"BUILD_TESTING=OFF makes {' '.join(made)}"]


def main(build: str) -> int:
    faults = [*faults_below(build, "/usr"), *faults_below(build, "/usr/local"), *package_faults(build), *build_faults()]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
