FROM python:3.11-slim

# The media types that mimetypes reads, which the full base has
RUN test -e /etc/mime.types \
 || { apt-get update && apt-get install -y --no-install-recommends media-types && rm -rf /var/lib/apt/lists/*; }

# The program may write into its own folder, for it does not run as root
WORKDIR /app
RUN chown 65534:65534 /app

# Dependencies before the source: they are installed again only when they change
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r requirements.txt

COPY --chown=65534:65534 . .

# nobody has no home folder of its own; a running container writes no bytecode
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
EXPOSE 8000
CMD ["python", "main.py"]
