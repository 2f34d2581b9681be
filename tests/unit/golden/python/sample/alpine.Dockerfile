FROM python:3.11-alpine

# The program may write into its own folder, for it does not run as root
WORKDIR /app
RUN chown 65534:65534 /app

# Dependencies before the source: they are installed again only when they change
COPY requirements.txt ./
# Libraries that dependencies load
RUN apk add --no-cache mailcap
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r requirements.txt

COPY --chown=65534:65534 . .

# nobody has no home folder of its own; a running container writes no bytecode
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
EXPOSE 8000
CMD ["python", "main.py"]
