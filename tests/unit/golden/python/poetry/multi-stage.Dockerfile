FROM python:3.11-slim AS builder

RUN python -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app

# Dependencies before the source: they are installed again only when they change
COPY pyproject.toml poetry.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=cache,target=/root/.cache/pypoetry \
    pip install poetry \
 && VIRTUAL_ENV=/opt/venv poetry install --no-interaction --only main --compile --no-root

# The full base has setuptools: a dependency that imports its pkg_resources gets it here
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=cache,target=/root/.cache/pypoetry \
    if grep -rqs --include='*.py' -E '^(import|from) pkg_resources' /opt/venv/lib/python3.11/site-packages; then \
      pip --python /opt/venv/bin/python install 'setuptools<81'; \
    fi

COPY . ./

# The program's own bytecode, checked against its source, so that a mounted or edited file still counts
RUN python -m compileall -q --invalidation-mode checked-hash . || true

FROM python:3.11-slim

# The media types that mimetypes reads, which the full base has
RUN test -e /etc/mime.types \
 || { apt-get update && apt-get install -y --no-install-recommends media-types && rm -rf /var/lib/apt/lists/*; }

COPY --from=builder /opt/venv /opt/venv
# The program may write into its own folder, for it does not run as root
COPY --from=builder --chown=65534:65534 /app /app

# nobody has no home folder of its own; bytecode is there, so a running container writes none
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 65534:65534
EXPOSE 8000
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
