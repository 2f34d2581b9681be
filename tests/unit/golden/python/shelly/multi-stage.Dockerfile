FROM python:3.11-slim AS builder

# Compilers and tools stay in this stage
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libpq-dev \
 && rm -rf /var/lib/apt/lists/*

RUN python -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /srv/app

# Dependencies before the source: they are installed again only when they change
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install -r requirements.txt 'httpx>=0.27'

# The full base has setuptools: a dependency that imports its pkg_resources gets it here
RUN --mount=type=cache,target=/root/.cache/pip \
    if grep -rqs --include='*.py' -E '^(import|from) pkg_resources' /opt/venv/lib/python3.11/site-packages; then \
      pip --python /opt/venv/bin/python install 'setuptools<81'; \
    fi

COPY requirements.txt .
COPY . .
ENV PYTHONPATH=/srv/app/src
ENV GREETING="hello world"
RUN python manage.py collectstatic --noinput

# The program's own bytecode, checked against its source, so that a mounted or edited file still counts
RUN python -m compileall -q --invalidation-mode checked-hash . || true

FROM python:3.11-slim

# Libraries that dependencies load
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq5 \
 && rm -rf /var/lib/apt/lists/*

COPY --from=builder /opt/venv /opt/venv
# The program may write into its own folder, for it does not run as root
COPY --from=builder --chown=65534:65534 /srv/app /srv/app

# nobody has no home folder of its own; bytecode is there, so a running container writes none
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/app
USER 65534:65534
ENV PYTHONPATH=/srv/app/src
ENV GREETING="hello world"
LABEL org.opencontainers.image.title=site
EXPOSE 9999/udp
EXPOSE 8080
HEALTHCHECK CMD curl -f localhost:8080
CMD ["/bin/sh", "-c", "exec gunicorn site.wsgi:application --bind 0.0.0.0:${PORT:-8080} --workers $WORKERS"]
