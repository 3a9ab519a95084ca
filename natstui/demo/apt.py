"""Fetch one package of a newer suite from the mirror that this machine's apt already uses.

Nothing of the system is changed and no root is needed: apt runs in a folder of its own, with its
own package lists. What it downloads is verified by apt itself, against the keyring that the
machine's sources name (or the distribution's own): an archive that does not verify is refused.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, int, int]


class AptError(Exception):
    """A step of apt failed; the text names the step and repeats what apt said."""


@dataclass(frozen=True)
class Distribution:
    """What its archive is called, the suites worth asking, newest first, and where its keys are."""

    origin: str
    suites: tuple[str, ...]
    components: str
    keyring: str


DISTRIBUTIONS = (
    Distribution(
        origin="Debian",
        suites=("testing", "unstable", "stable"),
        components="main",
        keyring="/usr/share/keyrings/debian-archive-keyring.gpg",
    ),
    Distribution(
        origin="Ubuntu",
        suites=("devel", "resolute", "questing"),
        components="main universe",
        keyring="/usr/share/keyrings/ubuntu-archive-keyring.gpg",
    ),
)


@dataclass(frozen=True)
class Archive:
    """A mirror of a distribution, as the sources of this machine configure it."""

    distribution: Distribution
    site: str
    signed_by: str

    def sources(self, suite: str) -> str:
        """The deb822 source entry for another suite of this mirror."""
        lines = [
            "Types: deb",
            f"URIs: {self.site}",
            f"Suites: {suite}",
            f"Components: {self.distribution.components}",
        ]
        if self.signed_by:
            lines.append(f"Signed-By: {self.signed_by}")
        return "\n".join(lines) + "\n"


def parse_records(text: str) -> Iterator[dict[str, str]]:
    """The stanzas of a deb822 text; continuation lines stay as they are in their field's value."""
    for stanza in re.split(r"\n[ \t]*\n", text):
        record: dict[str, str] = {}
        field = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t"):
                record[field] = f"{record.get(field, '')}\n{line}"
            elif ":" in line:
                field, value = line.split(":", 1)
                record[field] = value.strip()
        if record:
            yield record


def signed_by(sources: str, site: str) -> str:
    """Which keys the text of a sources file (either format) demands of `site`; "" when none."""
    option = re.compile(r"^deb\s+\[([^]]*)\]\s+(\S+)", re.MULTILINE)
    for options, uri in option.findall(sources):
        keys = re.search(r"(?:^|\s)signed-by=(\S+)", options)
        if keys and _same_site(uri, site):
            return keys[1]
    for record in parse_records(sources):
        if any(_same_site(uri, site) for uri in record.get("URIs", "").split()):
            return record.get("Signed-By", "")
    return ""


def _same_site(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def main_archives(targets: str, release: dict[str, str]) -> Iterator[tuple[Distribution, str, str]]:
    """(distribution, site, sources file) of the distribution's own archives, each site once.

    `targets` is what `apt-get indextargets` prints, `release` the fields of /etc/os-release.
    An archive is known by the Origin of its Release file; before the first `apt-get update` of a
    machine there is none, then by carrying the suite that the machine itself runs. Security,
    updates and backports suites are no evidence: their site may carry nothing else.
    """
    seen = set()
    for target in parse_records(targets):
        site = target.get("Site", "")
        distribution = _distribution_of(target, release)
        if distribution is None or site in seen or site.startswith("cdrom:"):
            continue
        seen.add(site)
        yield distribution, site, target.get("Sourcesentry", "").rpartition(":")[0]


def _distribution_of(target: dict[str, str], release: dict[str, str]) -> Distribution | None:
    suite, component = target.get("Release", ""), target.get("Component", "")
    if "-" in suite or "/" in suite or component not in ("main", "universe"):
        return None
    known = {distribution.origin.lower(): distribution for distribution in DISTRIBUTIONS}
    if "Origin" in target:
        return known.get(target["Origin"].lower())
    if suite not in (release.get("VERSION_CODENAME"), release.get("UBUNTU_CODENAME")):
        return None
    # Closest relative first: Ubuntu is like Debian, and its mirrors carry no Debian.
    names = f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".split()
    return next((known[name] for name in names if name in known), None)


def apt_configuration(dump: str, root: Path) -> str:
    """The configuration of a private apt under `root`.

    `dump` is what `apt-config dump` prints. Its ways to the mirror (proxies, certificates,
    time limits) are kept; hooks, pins and further index files are not, and neither is any
    permission to use what does not verify.
    """
    acquire = [
        line
        for line in dump.splitlines()
        if line.startswith("Acquire::")
        and not line.startswith(("Acquire::IndexTargets", "Acquire::Languages"))
    ]
    none = root / "none"
    return "\n".join(
        [
            *acquire,
            'Acquire::AllowInsecureRepositories "false";',
            'Acquire::AllowWeakRepositories "false";',
            'Acquire::AllowDowngradeToInsecureRepositories "false";',
            'APT::Get::AllowUnauthenticated "false";',
            'Acquire::Languages "none";',
            'Acquire::PDiffs "false";',
            'Acquire::Retries "2";',
            'Dir::Etc::main "/dev/null";',
            f'Dir::Etc::parts "{none}";',
            'Dir::Etc::preferences "/dev/null";',
            f'Dir::Etc::preferencesparts "{none}";',
            'Dir::Etc::sourcelist "/dev/null";',
            f'Dir::Etc::sourceparts "{root / "sources"}";',
            f'Dir::State::lists "{root / "lists"}";',
            f'Dir::State::status "{root / "status"}";',
            f'Dir::Cache "{root / "cache"}";',
            'Dir::Cache::pkgcache "";',
            'Dir::Cache::srcpkgcache "";',
            "",
        ]
    )


def package_versions(madison: str) -> list[str]:
    """The versions in what `apt-cache madison` prints, newest first as apt orders them."""
    rows = (line.split("|") for line in madison.splitlines())
    return [row[1].strip() for row in rows if len(row) == 3]


def upstream_version(package_version: str) -> Version | None:
    """(2, 15, 1) of "1:2.15.1+ds-2"; None when it does not start with three numbers."""
    found = re.match(r"(?:\d+:)?(\d+)\.(\d+)\.(\d+)", package_version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def configured_archives() -> list[Archive]:
    """The mirrors of Debian and Ubuntu in this machine's sources.

    Raises AptError when apt does not work at all.
    """
    found = list(_archives(run("apt-get", "indextargets")))
    return found or list(_archives(run("apt-get", "indextargets", "--no-release-info")))


def _archives(targets: str) -> Iterator[Archive]:
    for distribution, site, file in main_archives(targets, _os_release()):
        keys = signed_by(_text_of(file), site)
        if not keys and Path(distribution.keyring).exists():
            keys = distribution.keyring
        yield Archive(distribution, site, keys)


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:  # a machine that does not say what it is; the archives' Origin may still tell
        return {}


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:  # a sources file may be for root only; apt did not need it to list its targets
        return ""


class PrivateApt:
    """apt over one suite of one archive, in a folder of its own."""

    def __init__(self, root: Path, archive: Archive, suite: str) -> None:
        self.root = root
        self.suite = suite
        # apt, started by root, downloads as its own user, which must be able to enter the folder.
        root.chmod(0o755)
        for folder in ("none", "sources", "lists/partial", "cache/archives/partial", "packages"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "status").touch()
        (root / "sources" / "private.sources").write_text(archive.sources(suite))
        configuration = root / "apt.conf"
        configuration.write_text(apt_configuration(run("apt-config", "dump"), root))
        self.environment = {"APT_CONFIG": str(configuration)}

    def update(self) -> None:
        """Read the suite's index. Raises AptError when it cannot be had, or does not verify."""
        # Without this option a failed index is a mere warning, and an old or empty one is used.
        strict = ("-o", "APT::Update::Error-Mode=any")
        run("apt-get", "update", *strict, environment=self.environment)

    def versions(self, package: str) -> list[str]:
        """The package's versions in the suite, newest first."""
        return package_versions(run("apt-cache", "madison", package, environment=self.environment))

    def unpack(self, package: str, version: str) -> Path:
        """Download the package, verified, and return the folder that now holds its files."""
        packages, files = self.root / "packages", self.root / "files"
        run(
            *("apt-get", "download", f"{package}={version}"),
            environment=self.environment,
            cwd=packages,
        )
        for archive in packages.glob("*.deb"):
            run("dpkg-deb", "-x", str(archive), str(files))
        return files


def run(*command: str, environment: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """What the command printed. Raises AptError with its last words when it failed."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C", **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
        )
    except FileNotFoundError:
        raise AptError(f"{command[0]} is not on this machine") from None
    except subprocess.TimeoutExpired:
        raise AptError(f"{' '.join(command[:2])} took longer than five minutes") from None
    if done.returncode:
        raise AptError(f"{' '.join(command[:2])} failed: {explain(done.stderr.splitlines())}")
    return done.stdout


def explain(lines: Iterable[str]) -> str:
    """The errors among apt's output in one line, and what a missing key means."""
    said = [line[2:].strip() for line in lines if line.startswith(("E:", "Err:", "W:"))]
    text = "; ".join(dict.fromkeys(said)) or "it gave no reason"
    if "NO_PUBKEY" in text:
        text += " (the keyring of this machine lacks the key that this suite is signed with)"
    return text
