"""What of this host a build needs, and what means nothing inside a container."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from unladen.engine.detect_host import detect_host_settings, proxies
from unladen.engine.host_ca import WHOLE
from unladen.engine.hostsettings import HostSettings
from unladen.engine.local_url import is_local
from unladen.language.registry import ecosystems


def certificate(name: str) -> str:
    """A PEM block. Detection compares contents; it does not read certificates."""
    body = base64.encodebytes(f"certificate of {name}".encode()).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


PUBLIC = [certificate(f"authority {number}") for number in range(WHOLE)]
OWN = certificate("Corp Root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system whose ca-certificates package ships PUBLIC, with the bundle made from it."""
    root = tmp_path / "root"
    shipped = root / "usr/share/ca-certificates/mozilla"
    shipped.mkdir(parents=True)
    for number, pem in enumerate(PUBLIC):
        (shipped / f"{number}.crt").write_text(pem)
    system_bundle(root, PUBLIC)
    return root


def system_bundle(root: Path, certificates: list[str]) -> Path:
    path = root / "etc/ssl/certs/ca-certificates.crt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# comment\n" + "".join(certificates))
    return path


def detected(environ: dict[str, str], root: Path) -> HostSettings:
    """With all that the ecosystems' tools read."""
    return detect_host_settings(environ, root / "home", root, [each.tools for each in ecosystems().each])


def bundle(environ: dict[str, str], root: Path) -> Path | None:
    return detected(environ, root).ca_bundle


def test_the_public_authorities_alone_are_nothing_to_pass(root: Path) -> None:
    assert bundle({}, root) is None
    assert bundle({"SSL_CERT_FILE": str(root / "etc/ssl/certs/ca-certificates.crt")}, root) is None


def test_an_authority_added_to_the_system_is_found_without_any_variable(root: Path) -> None:
    path = system_bundle(root, [*PUBLIC, OWN])
    assert bundle({}, root) == path.resolve()


def test_a_bundle_that_a_variable_names(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "corp.pem"
    path.write_text("".join([*PUBLIC, OWN]))
    assert bundle({"REQUESTS_CA_BUNDLE": str(path)}, root) == path.resolve()
    assert bundle({"REQUESTS_CA_BUNDLE": str(tmp_path / "missing.pem")}, root) is None


def test_where_it_cannot_be_told_a_named_bundle_counts(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    path = system_bundle(bare, PUBLIC)
    assert bundle({}, bare) is None
    assert bundle({"SSL_CERT_FILE": str(path)}, bare) == path.resolve()


def test_extra_authorities_alone_are_joined_with_the_public_ones(root: Path, tmp_path: Path) -> None:
    """NODE_EXTRA_CA_CERTS holds the company's root only; as the whole trust it would lose the rest."""
    extra = tmp_path / "extra.pem"
    extra.write_text(OWN)
    joined = bundle({"NODE_EXTRA_CA_CERTS": str(extra)}, root)
    assert joined is not None and joined.is_relative_to(root / "home/.cache/unladen")
    assert joined.read_text().count("BEGIN CERTIFICATE") == WHOLE + 1
    assert OWN.strip() in joined.read_text()


def test_proxies_that_a_container_can_reach() -> None:
    assert proxies({"HTTPS_PROXY": "http://proxy.corp:3128", "no_proxy": "corp", "PATH": "/bin"}) == {
        "HTTPS_PROXY": "http://proxy.corp:3128",
        "no_proxy": "corp",
    }
    assert proxies({"http_proxy": "http://127.0.0.1:3128", "NO_PROXY": "corp"}) == {}


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("/opt/wheels", True),
        ("file:///opt/wheels", True),
        ("http://localhost:3141/simple", True),
        ("127.0.0.1:3128", True),
        ("http://[::1]:80", True),
        ("https://pypi.corp/simple", False),
        ("proxy.corp:3128", False),
        ("direct", False),
    ],
)
def test_local_addresses(url: str, local: bool) -> None:
    assert is_local(url) is local


def files(environ: dict[str, str], root: Path, written: dict[str, str] | None = None) -> dict[str, str]:
    """The index files found, once `written` (path below `root` → text) is there."""
    for name, text in (written or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {name: file.text for name, file in detected(environ, root).files.items()}


def test_local_indexes_are_not_passed(root: Path) -> None:
    environ = {
        "PIP_INDEX_URL": "http://127.0.0.1:3141/simple",
        "PIP_EXTRA_INDEX_URL": "http://localhost:3141/simple",
        "PIP_FIND_LINKS": "/opt/wheels",
        "PIP_TRUSTED_HOST": "localhost",
        "UV_DEFAULT_INDEX": "http://localhost:3141/simple",
        "NPM_CONFIG_REGISTRY": "http://localhost:4873/",
        "GOFLAGS": "-mod=vendor",
    }
    npmrc = "registry=http://localhost:4873/\n//localhost:4873/:_authToken=t\ncafile=/x\n"
    assert files(environ, root, {"home/.npmrc": npmrc}) == {}


def test_pip_settings_come_from_files_and_variables(root: Path) -> None:
    two = {"PIP_EXTRA_INDEX_URL": "https://a.corp/simple https://b.corp/simple"}
    assert files(two, root)["pip.conf"] == (
        "[global]\nextra-index-url =\n    https://a.corp/simple\n    https://b.corp/simple\n"
    )
    written = {
        "etc/pip.conf": "[global]\nindex-url = https://old.corp/simple\ncert = /x.pem\n",
        "home/.config/pip/pip.conf": (
            "[global]\ntrusted-host = new.corp\n[install]\nindex-url = https://new.corp/simple\n"
        ),
    }
    assert files({}, root, written)["pip.conf"] == (
        "[global]\nindex-url = https://new.corp/simple\ntrusted-host = new.corp\n"
    )


def test_uv_settings(root: Path) -> None:
    assert files({"UV_DEFAULT_INDEX": "https://u:p@corp/simple"}, root) == {
        "uv.toml": 'index-url = "https://u:p@corp/simple"\n'
    }
    assert files({"UV_INDEX": "corp=https://corp/simple http://localhost/simple"}, root) == {
        "uv.toml": 'extra-index-url = ["https://corp/simple"]\n'
    }
    index = '[[index]]\nname = "corp"\nurl = "https://corp/s"\ndefault = true\n'
    assert files({}, root, {"etc/uv/uv.toml": f"native-tls = true\n{index}"}) == {"uv.toml": f"\n{index}"}


def test_npm_passes_the_credentials_of_its_own_registries_alone(root: Path) -> None:
    npmrc = (
        "registry = https://npm.corp/\n@team:registry=https://team.corp/npm\n"
        "//npm.corp/:_authToken=${NPM_TOKEN}\n//npm.elsewhere/:_authToken=public\nfund=false\n"
    )
    assert files({"NPM_TOKEN": "secret"}, root, {"home/.npmrc": npmrc}) == {
        "npmrc": (
            "registry=https://npm.corp/\n@team:registry=https://team.corp/npm\n"
            "//npm.corp/:_authToken=secret\n"
        )
    }


def test_go_settings_come_from_gos_own_file_too(root: Path) -> None:
    text = "GOPROXY=https://go.corp|direct\nGOSUMDB=off\nGOFLAGS=-mod=mod\n"
    found = files({"GOPRIVATE": "corp/*"}, root, {"home/.config/go/env": text})
    assert found == {"goenv": "GOPROXY=https://go.corp|direct\nGOSUMDB=off\nGOPRIVATE=corp/*\n"}
    (root / "home/.config/go/env").unlink()
    found = files({"GOPROXY": "http://localhost:3000,https://go.corp,direct"}, root)
    assert found == {"goenv": "GOPROXY=https://go.corp,direct\n"}


def test_apts_proxy(root: Path) -> None:
    text = 'Acquire::http::Proxy "http://apt.corp:3142";\nAcquire::https::Proxy "http://127.0.0.1:1";\n'
    assert files({}, root, {"etc/apt/apt.conf.d/01proxy": f"// why\n{text}"}) == {
        "apt.conf": 'Acquire::http::Proxy "http://apt.corp:3142";\n'
    }
