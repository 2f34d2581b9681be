FROM python:3.11-slim AS builder

RUN python -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app

# Dependencies before the source: they are installed again only when they change
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --no-compile -r requirements.txt

COPY . ./

# The program's own bytecode, checked against its source, so that a mounted or edited file still counts
RUN python -m compileall -q --invalidation-mode checked-hash . || true

# The environment's interpreter is the one of the base below
RUN for name in python python3 python3.11; do ln -sf /usr/bin/python3.11 /opt/venv/bin/$name; done \
 && sed -i 's|^home = .*|home = /usr/bin|; s|^executable = .*|executable = /usr/bin/python3.11|' /opt/venv/pyvenv.cfg

FROM gcr.io/distroless/python3-debian12

# Bytecode of the standard library, where the base comes without: a start takes half as long with it
RUN ["/usr/bin/python3.11", "-c", "import importlib.util as u, pathlib, py_compile as c, sys; [c.compile(p, invalidation_mode=c.PycInvalidationMode.UNCHECKED_HASH) for p in map(str, pathlib.Path(sys.argv[1]).rglob('*.py')) if not pathlib.Path(u.cache_from_source(p)).exists()]", "/usr/lib/python3.11"]

COPY --from=builder /opt/venv /opt/venv
# The program may write into its own folder, for it does not run as root
COPY --from=builder --chown=65534:65534 /app /app

# nobody has no home folder of its own; bytecode is there, so a running container writes none
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 65534:65534
ENTRYPOINT ["python", "tool.py"]
