"""Whose a file is."""

from __future__ import annotations

import json

from keep_trees import Content, debian, distribution, tree_of, with_debian

from unladen.image.packages import Packages
from unladen.language.node.packages import entry_points
from unladen.language.registry import ecosystems


def owner(packages: Packages, path: str) -> str:
    found = packages.of(path)
    return found.id if found else ""


def test_debian_paths_are_mapped_to_a_merged_usr() -> None:
    files: dict[str, Content] = {
        "/lib": "usr/lib",
        "/bin": "usr/bin",
        "/usr/lib/libc.so.6": b"",
        "/usr/bin/ls": b"",
        "/usr/share/doc/libc6": "libc",
    }
    owned = {"libc6": ("/lib/libc.so.6", "/usr/share/doc/libc6"), "coreutils": ("/bin/ls", "/bin/gone")}
    packages = ecosystems().packages_of(tree_of(with_debian(files, owned)))
    assert {each.name: each.files for each in packages} == {
        "coreutils": ("/usr/bin/ls",),
        "libc6": ("/usr/lib/libc.so.6", "/usr/share/doc/libc6"),
    }
    assert owner(packages, "/bin") == ""  # a directory of the package, a link in the image


def test_debian_dependencies_and_removed_packages() -> None:
    stanza, listed = debian("a", ("/usr/bin/a",), depends="libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0")
    removed = stanza.replace("Package: a", "Package: b").replace(
        "install ok installed", "deinstall ok config-files"
    )
    tree = tree_of(
        {
            "/usr/bin/a": b"",
            "/var/lib/dpkg/status": f"{stanza}\n{removed}".encode(),
            "/var/lib/dpkg/info/a:amd64.list": listed,
        }
    )
    (package,) = ecosystems().packages_of(tree)
    assert package.depends == ("libc6", "debconf", "debconf-2.0")
    assert package.files == ("/usr/bin/a",)


def test_distroless_has_a_file_for_each_package_and_no_links() -> None:
    tree = tree_of(
        {
            "/usr/lib/libz.so.1": "libz.so.1.2",
            "/usr/lib/libz.so.1.2": b"",
            "/var/lib/dpkg/status.d/zlib1g": b"Package: zlib1g\nVersion: 1.2\n",
            "/var/lib/dpkg/status.d/zlib1g.md5sums": b"00  usr/lib/libz.so.1.2\n",
        }
    )
    (package,) = ecosystems().packages_of(tree)
    assert package.files == ("/usr/lib/libz.so.1", "/usr/lib/libz.so.1.2")
    assert package.metadata == ("/var/lib/dpkg/status.d/zlib1g",)
    assert package.version == "1.2"


def test_python_distributions_own_what_they_recorded_and_its_bytecode() -> None:
    site = "/opt/venv/lib/python3.11/site-packages"
    files = distribution(site, "Foo_Bar", "1.2", ("foo/__init__.py", "../../../bin/foo"))
    files[f"{site}/foo/__pycache__/__init__.cpython-311.pyc"] = b""
    files[f"{site}/other.py"] = b""
    packages = ecosystems().packages_of(tree_of(files))
    (package,) = packages
    assert (package.name, package.version) == ("foo-bar", "1.2")
    assert package.roots == (f"{site}/Foo_Bar-1.2.dist-info", f"{site}/foo")
    assert owner(packages, "/opt/venv/bin/foo") == "pip:foo-bar"
    assert owner(packages, f"{site}/foo/__pycache__/__init__.cpython-311.pyc") == "pip:foo-bar"
    assert owner(packages, f"{site}/other.py") == ""


def test_bytecode_in_the_place_of_its_source_has_the_same_owner() -> None:
    site = "/opt/venv/lib/python3.11/site-packages"
    files = distribution(site, "foo", "1.2", ("foo/__init__.py",))
    del files[f"{site}/foo/__init__.py"]
    files[f"{site}/foo/__init__.pyc"] = b""
    library = "/usr/lib/python3.11/os.py"
    packages = ecosystems().packages_of(
        tree_of(with_debian({**files, f"{library}c": b""}, {"libpython3.11-minimal": (library,)}))
    )
    assert owner(packages, f"{site}/foo/__init__.pyc") == "pip:foo"
    assert owner(packages, f"{library}c") == "deb:libpython3.11-minimal"


def test_what_debian_installed_is_debians() -> None:
    site = "/usr/lib/python3/dist-packages"
    files = distribution(site, "six", "1.0", ("six.py",))
    packages = ecosystems().packages_of(tree_of(with_debian(files, {"python3-six": tuple(files)})))
    assert owner(packages, f"{site}/six.py") == "deb:python3-six"
    assert f"{site}/six-1.0.dist-info/METADATA" in packages.named("deb:python3-six")[0].metadata


def manifest(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_node_packages_end_where_the_next_begins() -> None:
    tree = tree_of(
        {
            "/app/node_modules/a/package.json": manifest(name="a", version="1.0.0", dependencies={"b": "^2"}),
            "/app/node_modules/a/index.js": b"",
            "/app/node_modules/a/node_modules/b/package.json": manifest(name="b", version="2.0.0"),
            "/app/node_modules/@s/c/package.json": manifest(name="@s/c", version="3.0.0"),
            "/app/node_modules/@s/c/lib/c.js": b"",
            "/app/node_modules/.bin/a": "../a/index.js",
            "/app/node_modules/broken/package.json": b"{",
        }
    )
    packages = ecosystems().packages_of(tree)
    assert owner(packages, "/app/node_modules/a/index.js") == "npm:a"
    assert owner(packages, "/app/node_modules/a/node_modules/b/package.json") == "npm:b"
    assert owner(packages, "/app/node_modules/@s/c/lib/c.js") == "npm:@s/c"
    assert owner(packages, "/app/node_modules/.bin/a") == ""
    assert packages.named("npm:a")[0].depends == ("b",)


def test_the_entry_points_of_a_node_package() -> None:
    exports = {".": {"import": "./esm.mjs", "require": ["./cjs"]}, "./x/*": "./x/*.js"}
    tree = tree_of(
        {
            "/app/node_modules/a/package.json": manifest(name="a", main="lib", exports=exports),
            "/app/node_modules/a/lib/index.js": b"",
            "/app/node_modules/a/esm.mjs": b"",
            "/app/node_modules/a/cjs.js": b"",
        }
    )
    root = "/app/node_modules/a"
    assert list(entry_points(tree, root)) == [f"{root}/lib/index.js", f"{root}/esm.mjs", f"{root}/cjs.js"]


def test_runtimes_built_into_usr_local_are_packages_too() -> None:
    tree = tree_of(
        {
            "/usr/local/bin/python3": "python3.11",
            "/usr/local/bin/python3.11": b"",
            "/usr/local/bin/pip": b"",
            "/usr/local/lib/libpython3.11.so.1.0": b"",
            "/usr/local/lib/python3.11/os.py": b"",
            "/usr/local/lib/python3.11/json/__init__.py": b"",
            "/usr/local/lib/python3.11/site-packages/foo.py": b"",
            "/usr/local/bin/node": b"",
            "/opt/jre/lib/modules": b"",
            "/opt/jre/bin/java": b"",
            "/opt/jre/release": b'JAVA_VERSION="17.0.1"\n',
        }
    )
    packages = {each.name: each for each in ecosystems().packages_of(tree)}
    assert set(packages) == {"python3.11", "node", "java"}
    assert packages["python3.11"].files == (
        "/usr/local/bin/python3",
        "/usr/local/bin/python3.11",
        "/usr/local/lib/libpython3.11.so.1.0",
        "/usr/local/lib/python3.11/json/__init__.py",
        "/usr/local/lib/python3.11/os.py",
    )
    assert packages["java"].version == "17.0.1"
