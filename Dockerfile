# The image of the service. web, worker and beat are the same image with different commands.
FROM python:3.11-slim-bookworm AS build

WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cxprofiles.settings \
    CXPROFILES_DATA_DIR=/data

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin cxprofiles \
    && install --directory --owner=cxprofiles --group=cxprofiles --mode=0700 /data

WORKDIR /service
COPY --from=build /venv /venv
COPY manage.py ./
COPY consent consent
COPY profiles profiles
COPY tasks tasks
COPY cxprofiles cxprofiles

# Compiled once here, since the running container cannot write to its own code.
RUN python -m compileall -q consent profiles tasks cxprofiles

USER cxprofiles
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]

# Few threads a worker, since each holds a connection to the database for as long as it lives.
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600", \
     "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning", "--no-access-log", \
     "cxprofiles.wsgi:application"]
