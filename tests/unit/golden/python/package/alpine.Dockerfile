FROM python:3.11-alpine

# The program may write into its own folder, for it does not run as root
WORKDIR /app
RUN chown 65534:65534 /app

# The project itself needs what compiles, too: it is installed in the one layer that has it
COPY --chown=65534:65534 . ./
# What compiles dependencies comes and goes in one layer, so that it leaves no weight behind
RUN --mount=type=cache,target=/root/.cache/pip \
    apk add --no-cache --virtual .build-deps gcc git libpq-dev musl-dev \
 && apk add --no-cache libpq mailcap \
 && python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"].get("dependencies", []), sep="\n")' > /tmp/requirements.txt \
 && pip install -r /tmp/requirements.txt \
 && git ls-files -z --deleted | xargs -0 -r git checkout -- \
 && pip install --no-deps . \
 && apk del --no-network .build-deps

# nobody has no home folder of its own; a running container writes no bytecode
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
EXPOSE 8000
CMD ["uvicorn", "site.main:app", "--host", "0.0.0.0", "--port", "8000"]
