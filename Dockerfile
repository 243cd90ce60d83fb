# Chappe in two stages: what builds it stays behind. Versions are exact; pin digests as well where
# your registry is not your own (docker buildx imagetools inspect shows them).

FROM python:3.11.14-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.txt ./
# Every file that is installed is known by its hash; the build backend is one of them.
RUN python -m venv /build/tools \
    && /build/tools/bin/pip install --require-hashes -r requirements.txt \
    && python -m venv --without-pip /opt/chappe \
    && /build/tools/bin/pip --python /opt/chappe/bin/python install --only-binary :all: \
        --require-hashes -r requirements.txt \
    && /build/tools/bin/pip --python /opt/chappe/bin/python uninstall --yes hatchling
COPY pyproject.toml README.md LICENSE ./
COPY channels channels
COPY engine engine
COPY ops ops
COPY policy policy
RUN /build/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && /build/tools/bin/pip --python /opt/chappe/bin/python install --no-deps /build/wheels/*.whl \
    && /opt/chappe/bin/python -m compileall -q /opt/chappe/lib

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="chappe" \
      org.opencontainers.image.description="Routes campaigns; keeps its privacy promises by itself" \
      org.opencontainers.image.licenses="MIT"
# The image's own pip is of no use here, and would be to an intruder.
RUN python -m pip uninstall --yes pip setuptools wheel \
    && groupadd --gid 10001 chappe \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/chappe --shell /usr/sbin/nologin chappe \
    && install -d -o chappe -g chappe -m 0700 /var/lib/chappe
COPY --from=build /opt/chappe /opt/chappe
ENV PATH=/opt/chappe/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TZ=UTC \
    CHAPPE_HOME=/var/lib/chappe \
    CHAPPE_LOG_FORMAT=json
WORKDIR /var/lib/chappe
USER 10001:10001
STOPSIGNAL SIGTERM
# Whatever worker or scheduler runs here; docker-compose.yml asks each process by its name.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-m", "ops.health"]
CMD ["chappe", "--help"]
