"""What is asked of apt, and what is read from its answers; apt itself is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from natstui.demo.apt import (
    DISTRIBUTIONS,
    AptError,
    Archive,
    apt_configuration,
    explain,
    main_archives,
    package_versions,
    parse_records,
    run,
    signed_by,
    upstream_version,
)

DEBIAN, UBUNTU = DISTRIBUTIONS


def target(site: str, release: str, origin: str = "", component: str = "main") -> str:
    """A record as `apt-get indextargets` prints it."""
    lines = [
        f"MetaKey: {component}/binary-amd64/Packages",
        "Identifier: Packages",
        f"Component: {component}",
        f"Release: {release}",
        f"Site: {site}",
        "Sourcesentry: /etc/apt/sources.list.d/some.sources:1",
    ]
    return "\n".join(lines + ([f"Origin: {origin}"] if origin else [])) + "\n"


def sites(*targets: str, release: dict[str, str] | None = None) -> list[tuple[str, str]]:
    found = main_archives("\n".join(targets), release or {})
    return [(distribution.origin, site) for distribution, site, _ in found]


def test_an_archive_is_known_by_its_origin_among_others() -> None:
    assert sites(
        target("http://node.example", "nodistro", "NodeSource"),
        target("http://mirror.example/debian", "bookworm", "Debian"),
        target("http://mirror.example/debian", "bookworm-updates", "Debian"),
        target("http://mirror.example/debian-security", "bookworm-security", "Debian"),
        target("http://docker.example", "bookworm", "Docker", component="stable"),
    ) == [("Debian", "http://mirror.example/debian")]


def test_each_mirror_counts_once_in_the_order_of_the_sources() -> None:
    assert sites(
        target("http://one.example/ubuntu", "noble", "Ubuntu"),
        target("http://one.example/ubuntu", "noble", "Ubuntu", component="universe"),
        target("http://two.example/ubuntu", "noble", "Ubuntu"),
    ) == [("Ubuntu", "http://one.example/ubuntu"), ("Ubuntu", "http://two.example/ubuntu")]


def test_before_the_first_update_the_suite_of_the_machine_tells_its_mirror() -> None:
    machine = {"ID": "debian", "VERSION_CODENAME": "bookworm"}
    assert sites(
        target("http://node.example", "nodistro"),
        target("http://docker.example/debian", "bookworm", component="stable"),
        target("http://mirror.example/debian", "bookworm"),
        release=machine,
    ) == [("Debian", "http://mirror.example/debian")]


def test_a_derivative_is_served_by_the_distribution_that_it_names() -> None:
    mint = {"ID": "linuxmint", "ID_LIKE": "ubuntu debian", "VERSION_CODENAME": "zara"}
    assert sites(
        target("http://mint.example", "zara", "linuxmint"),
        target("http://mirror.example/ubuntu", "noble"),
        release=mint | {"UBUNTU_CODENAME": "noble"},
    ) == [("Ubuntu", "http://mirror.example/ubuntu")]


def test_a_disc_is_no_mirror() -> None:
    assert sites(target("cdrom:[Debian 13]", "trixie", "Debian")) == []


def test_the_sources_file_of_an_archive_is_told() -> None:
    found = list(main_archives(target("http://m.example", "trixie", "Debian"), {}))
    assert found == [(DEBIAN, "http://m.example", "/etc/apt/sources.list.d/some.sources")]


def test_keys_are_read_from_the_stanza_of_the_site() -> None:
    text = """
Types: deb
# a remark
URIs: http://other.example/debian
Suites: bookworm
Signed-By: /usr/share/keyrings/other.gpg

Types: deb
URIs: http://spare.example http://mirror.example/debian/
Suites: bookworm
Signed-By: /usr/share/keyrings/right.gpg
"""
    assert signed_by(text, "http://mirror.example/debian") == "/usr/share/keyrings/right.gpg"


def test_keys_inside_the_stanza_are_kept_as_they_stand() -> None:
    text = "URIs: http://m.example\nSigned-By:\n -----BEGIN\n .\n abc\n -----END\nTypes: deb\n"
    assert signed_by(text, "http://m.example") == "\n -----BEGIN\n .\n abc\n -----END"


def test_keys_are_read_from_an_entry_of_one_line() -> None:
    text = """
deb http://m.example/security bookworm-security main
deb [arch=amd64 signed-by=/usr/share/keyrings/right.gpg] http://m.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/other.gpg] http://other.example bookworm main
"""
    assert signed_by(text, "http://m.example/debian") == "/usr/share/keyrings/right.gpg"
    assert signed_by(text, "http://m.example/security") == ""


def test_the_entry_for_a_newer_suite_keeps_mirror_and_keys_and_never_trusts_blindly() -> None:
    entry = Archive(UBUNTU, "http://m.example/ubuntu", "/keys.gpg").sources("devel")
    assert list(parse_records(entry)) == [
        {
            "Types": "deb",
            "URIs": "http://m.example/ubuntu",
            "Suites": "devel",
            "Components": "main universe",
            "Signed-By": "/keys.gpg",
        }
    ]
    assert "Signed-By" not in Archive(DEBIAN, "http://m.example", "").sources("testing")


def test_the_private_apt_keeps_proxies_and_drops_hooks_and_permissions() -> None:
    dump = """
APT::Update::Post-Invoke "";
APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";
APT::Get::AllowUnauthenticated "true";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::AllowInsecureRepositories "true";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "true";
Dir::State::lists "/var/lib/apt/lists";
"""
    lines = apt_configuration(dump, Path("/private")).splitlines()
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in lines
    assert not [line for line in lines if "Invoke" in line or "Contents" in line]
    # apt obeys the last of two lines
    assert lines.index('Acquire::AllowInsecureRepositories "true";') < lines.index(
        'Acquire::AllowInsecureRepositories "false";'
    )
    assert 'APT::Get::AllowUnauthenticated "false";' in lines
    assert 'Dir::State::lists "/private/lists";' in lines
    assert 'Dir::State::lists "/var/lib/apt/lists";' not in lines


def test_versions_are_read_from_madison() -> None:
    madison = """
nats-server |   2.15.1-1 | http://m.example/debian testing/main amd64 Packages
nats-server | 2.10.27-1+b2 | http://m.example/debian stable/main amd64 Packages
"""
    assert package_versions(madison) == ["2.15.1-1", "2.10.27-1+b2"]
    assert package_versions("") == []


@pytest.mark.parametrize(
    ("package_version", "version"),
    [
        ("2.15.1-1", (2, 15, 1)),
        ("2.10.27-1+b2", (2, 10, 27)),
        ("1:2.11.0+ds-2ubuntu1", (2, 11, 0)),
        ("2.11-1", None),
    ],
)
def test_upstream_version_of_a_package(
    package_version: str, version: tuple[int, int, int] | None
) -> None:
    assert upstream_version(package_version) == version


def test_a_missing_key_is_said_in_words() -> None:
    said = explain(
        [
            "Get:1 http://m.example testing InRelease [151 kB]",
            "W: GPG error: http://m.example testing InRelease: NO_PUBKEY 6ED0E7B82643E131",
            "E: The repository is not signed.",
            "E: The repository is not signed.",
        ]
    )
    assert said == (
        "GPG error: http://m.example testing InRelease: NO_PUBKEY 6ED0E7B82643E131; "
        "The repository is not signed. "
        "(the keyring of this machine lacks the key that this suite is signed with)"
    )


def test_a_failed_command_is_named_with_its_last_words() -> None:
    with pytest.raises(AptError, match=r"^sh -c failed: it burns$"):
        run("sh", "-c", "echo 'E: it burns' >&2; exit 100")
    with pytest.raises(AptError, match="no-such-program is not on this machine"):
        run("no-such-program")
