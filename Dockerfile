# The gateway alone: no compiler, no test tools, no root. `docker build -t vaguemestre .`

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/vaguemestre
WORKDIR /source
# The pins before the source: changing a line of code does not fetch anything again.
COPY requirements.image.lock ./
RUN /opt/vaguemestre/bin/pip install --require-hashes -r requirements.image.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/vaguemestre/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 vaguemestre \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/vaguemestre vaguemestre \
    && install --directory --owner 10001 --group 10001 --mode 700 /var/lib/vaguemestre
COPY --from=build /opt/vaguemestre /opt/vaguemestre
ENV PATH=/opt/vaguemestre/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VAGUEMESTRE_CONFIG=/var/lib/vaguemestre/vaguemestre.toml \
    VAGUEMESTRE_LISTEN__SUBMISSION=0.0.0.0:1587 \
    VAGUEMESTRE_LISTEN__SUBMISSIONS=0.0.0.0:1465 \
    VAGUEMESTRE_LISTEN__IMAP=0.0.0.0:1143 \
    VAGUEMESTRE_LISTEN__IMAPS=0.0.0.0:1993
USER 10001:10001
WORKDIR /var/lib/vaguemestre
VOLUME /var/lib/vaguemestre
EXPOSE 1587 1465 1143 1993
# The greeting of IMAP, and not an open port alone: a process that hangs still has its ports open.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import socket; s = socket.create_connection(('127.0.0.1', 1143), 3); raise SystemExit(s.recv(4) != b'* OK')"]
ENTRYPOINT ["vaguemestre"]
CMD ["serve"]
