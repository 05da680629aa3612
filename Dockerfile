# The service, its worker and its command line in one image: `encours serve`, `encours worker`, `encours migrate`.

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/encours
# The libraries change less often than the code, so they are a layer of their own.
COPY requirements.lock .
RUN /opt/encours/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml LICENSE ./
COPY service service
COPY migrations migrations
COPY email_templates email_templates
RUN /opt/encours/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/encours encours
COPY --from=build /opt/encours /opt/encours
ENV PATH=/opt/encours/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ENCOURS_HOST=0.0.0.0 \
    ENCOURS_PORT=8600 \
    ENCOURS_DATA_DIR=/var/lib/encours/data
USER encours
WORKDIR /var/lib/encours
RUN mkdir data
VOLUME /var/lib/encours/data
EXPOSE 8600
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"ENCOURS_PORT\"]}/healthz', timeout=2)"]
CMD ["encours", "serve"]
