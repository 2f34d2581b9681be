FROM python:3.11-slim AS builder

# Compilers and tools stay in this stage
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*

RUN python -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app

# Dependencies before the source: they are installed again only when they change
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --no-compile -r requirements.txt

# The full base has setuptools: a dependency that imports its pkg_resources gets it here
RUN --mount=type=cache,target=/root/.cache/pip \
    if grep -rqs --include='*.py' -E '^(import|from) pkg_resources' /opt/venv/lib/python3.11/site-packages; then \
      pip --python /opt/venv/bin/python install --no-compile 'setuptools<81'; \
    fi

# Tests of dependencies go, where nothing but tests imports them, and with them the compiled modules of private names
# that only they import. Tests are what lies in folders named tests; conftest.py and setup.py count for neither side.
RUN printf '%s\n' \
    'import pathlib, re, shutil, sys' \
    '' \
    'IMPORT = re.compile(r"^\s*(?:from\s+\S+\s+)?import\s+(?:\([^)]*\)|.*)|import\w*\(.*", re.M)' \
    'site = pathlib.Path(sys.argv[1])' \
    '' \
    'def imports(files):' \
    '    return "\n".join(line for each in files for line in IMPORT.findall(each.read_text(errors="replace")))' \
    '' \
    'def is_test(path):' \
    '    return "tests" in path.relative_to(site).parts[1:-1]' \
    '' \
    'sources = [each for each in site.rglob("*.py") if each.name not in ("conftest.py", "setup.py")]' \
    'program = imports(each for each in sources if not is_test(each))' \
    'for package in sorted(each for each in site.iterdir() if each.is_dir()):' \
    '    folders = sorted(each for each in package.rglob("tests") if each.is_dir())' \
    '    own = [each for each in sources if package in each.parents]' \
    '    rest = imports(each for each in own if not is_test(each))' \
    '    from_outside = rf"\b{re.escape(package.name)}\.(?:[\w.]+\.)?tests\b"' \
    '    if not folders or re.search(r"\btests\b", rest) or re.search(from_outside, program): continue' \
    '    tests, compiled = imports(each for each in own if is_test(each)), sorted(package.rglob("*.so"))' \
    '    for module in compiled:' \
    '        name = module.name.split(".")[0]' \
    '        if name[0] == "_" and re.search(rf"\b{name}\b", tests) and not re.search(rf"\b{name}\b", rest):' \
    '            others = (each for each in compiled if each.exists() and each != module)' \
    '            by_name = re.compile(rb"[\0.]" + name.encode() + rb"\0")' \
    '            if not any(by_name.search(each.read_bytes()) for each in others): module.unlink()' \
    '    for each in folders: shutil.rmtree(each, ignore_errors=True)' \
    > /tmp/tests.py \
 && python /tmp/tests.py /opt/venv/lib/python3.11/site-packages

# Type stubs (unless lazy_loader reads them), C and Cython sources, headers, static libraries: for builds alone.
# Not where kernels are compiled while the program runs.
RUN cd /opt/venv/lib/python3.11/site-packages \
 && { grep -rqs attach_stub --include='*.py' . || find . -type f -name '*.pyi' -delete; } \
 && find . -type f ! -path './cupy*' ! -path './numba/*' ! -path './triton/*' ! -path './pyopencl/*' ! -path './pycuda/*' \
      '(' -name '*.px[di]' -o -name '*.pyx' -o -name '*.[ach]' -o -name '*.[ch]pp' ')' -delete

# Symbols that no loader reads. A library is left as it was where stripping moved a segment off its place in the
# page (as happens to some wheels of numpy 2): the loader would refuse it.
RUN printf '%s\n' \
    'import pathlib, shutil, struct, subprocess, sys' \
    '' \
    'def loads(data):' \
    '    start, (size, count) = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<HH", data, 54)' \
    '    for at in range(start, start + size * count, size):' \
    '        kind, _, offset, address, _, _, _, align = struct.unpack_from("<IIQQQQQQ", data, at)' \
    '        if kind == 1 and align > 1 and (offset - address) % align: return False' \
    '    return True' \
    '' \
    'for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.so*")):' \
    '    if path.is_symlink() or path.read_bytes()[:6] != b"\x7fELF\x02\x01": continue' \
    '    done = subprocess.run(["strip", "--strip-unneeded", "-o", "/tmp/stripped", path])' \
    '    if done.returncode == 0 and loads(pathlib.Path("/tmp/stripped").read_bytes()):' \
    '        shutil.copyfile("/tmp/stripped", path)' \
    > /tmp/strip.py \
 && python /tmp/strip.py /opt/venv/lib/python3.11/site-packages

# Each distribution's RECORD lists what is there, for tools that ask what is installed
RUN printf '%s\n' \
    'import pathlib, sys' \
    '' \
    'site = pathlib.Path(sys.argv[1])' \
    'for record in site.glob("*.dist-info/RECORD"):' \
    '    kept = []' \
    '    for line in record.read_text(encoding="utf-8").splitlines():' \
    '        path = line.rsplit(",", 2)[0].strip(chr(34))' \
    '        if (site / path).exists(): kept.append(line)' \
    '        elif (site / f"{path}c").exists(): kept.append(f"{path}c,,")' \
    '    record.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")' \
    > /tmp/record.py \
 && python /tmp/record.py /opt/venv/lib/python3.11/site-packages

# Bytecode once, beside the sources and trusted: as fast a start as where pip compiles, and never written again.
# A file that does not compile is one that is never imported. Equal files become one.
RUN { python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib/python3.11/site-packages || true; } \
 && { ! command -v hardlink || hardlink --content --quiet /opt/venv; }

COPY . .

# The program's own bytecode, checked against its source, so that a mounted or edited file still counts
RUN python -m compileall -q --invalidation-mode checked-hash . || true

# Bytecode alone for dependencies: it moves to where the source was, compressed to a third, and without columns, which
# only point into lines of source. Files outside of packages stay as they are, for they may be
# templates, and so do packages that look for sources.
RUN { python -X no_debug_ranges -m compileall -q -f -j 0 --invalidation-mode unchecked-hash /opt/venv/lib/python3.11/site-packages || true; }
RUN printf '%s\n' \
    'import importlib.util, pathlib, re, sys, zlib' \
    '' \
    'def lists_sources(folder):  # a package that looks for the sources beside it, as numpy.doc does' \
    '    text = (folder / "__init__.py").read_text(errors="replace") if (folder / "__init__.py").exists() else ""' \
    '    return re.search(r"\b(listdir|iterdir|scandir|r?glob)\b", text) and re.search(r"\.py\b", text)' \
    '' \
    'site, keep = pathlib.Path(sys.argv[1]), sys.argv[2:]' \
    'in_packages = [path for path in site.rglob("*.py") if path.parent == site or (path.parent / "__init__.py").exists()]' \
    'listed = {folder for folder in {path.parent for path in in_packages} if folder != site and lists_sources(folder)}' \
    'for path in in_packages:' \
    '    if path.parent in listed: continue' \
    '    bytecode = pathlib.Path(importlib.util.cache_from_source(path))' \
    '    if bytecode.exists() and path.relative_to(site).parts[0] not in keep:' \
    '        path.with_suffix(".pyc").write_bytes(zlib.compress(bytecode.read_bytes(), 9))' \
    '        bytecode.unlink()' \
    '        path.unlink()' \
    'for folder in list(site.rglob("__pycache__")):' \
    '    if not any(folder.iterdir()): folder.rmdir()' \
    > /tmp/sourceless.py \
 && python /tmp/sourceless.py /opt/venv/lib/python3.11/site-packages \
 && python /tmp/record.py /opt/venv/lib/python3.11/site-packages

# What reads it: Python's own loader, and one step more. Every start of Python imports it first, because of the .pth.
RUN printf '%s\n' \
    'import sys, zlib' \
    'from importlib import machinery as python' \
    '' \
    'class Compressed(python.SourcelessFileLoader):' \
    '    def get_data(self, path):' \
    '        data = super().get_data(path)' \
    '        return zlib.decompress(data) if path.endswith(".pyc") and data[:1] == b"x" else data' \
    '' \
    'sys.path_hooks.insert(0, python.FileFinder.path_hook(' \
    '    (python.ExtensionFileLoader, python.EXTENSION_SUFFIXES),' \
    '    (python.SourceFileLoader, python.SOURCE_SUFFIXES),' \
    '    (Compressed, python.BYTECODE_SUFFIXES),' \
    '))' \
    'sys.path_importer_cache.clear()' \
    > /opt/venv/lib/python3.11/site-packages/compressed_bytecode.py \
 && echo 'import compressed_bytecode' > /opt/venv/lib/python3.11/site-packages/0_compressed_bytecode.pth

# The environment's interpreter is the one of the base below
RUN for name in python python3 python3.11; do ln -sf /usr/bin/python3.11 /opt/venv/bin/$name; done \
 && sed -i 's|^home = .*|home = /usr/bin|; s|^executable = .*|executable = /usr/bin/python3.11|' /opt/venv/pyvenv.cfg

FROM gcr.io/distroless/python3-debian12 AS runtime

# The same for the standard library, by its own interpreter
RUN ["/usr/bin/python3.11", "-X", "no_debug_ranges", "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash", "/usr/lib/python3.11"]
RUN ["/usr/bin/python3.11", "-c", "import pathlib, shutil, sys; root = pathlib.Path(sys.argv[1]); [p.unlink() for p in list(root.rglob('*.py')) if p.with_suffix('.pyc').exists()]; [shutil.rmtree(p) for p in list(root.rglob('__pycache__'))]", "/usr/lib/python3.11"]

FROM scratch

COPY --from=runtime / /
COPY --from=builder /opt/venv /opt/venv
# The program may write into its own folder, for it does not run as root
COPY --from=builder --chown=65534:65534 /app /app

# nobody has no home folder of its own; bytecode is there, so a running container writes none
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    HOME=/tmp PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 65534:65534
EXPOSE 8000
CMD ["python", "main.py"]
