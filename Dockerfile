# Murmuration on CPUs, a checkout with its pinned environment:
#   docker build --tag murmuration .
#   docker run --rm murmuration murmuration fly airspace data/custom_scenarios/airspace/rush_hour.json
#   docker run --rm --interactive --tty --volume "$PWD/data:/home/murmuration/checkout/data" murmuration make repro
# torch from PyPI brings CUDA libraries along; for the smaller CPU build add --build-arg PIP_EXTRA_INDEX_URL=... of
# PyTorch's CPU wheels, see pytorch.org.

FROM python:3.11-slim-bookworm AS system

# DVC keeps experiments in git; make knows the words
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

ARG USER_ID=1000
RUN useradd --create-home --uid "$USER_ID" --shell /bin/bash murmuration
USER murmuration

ENV PYTHON=python3 \
    DO_NOT_TRACK=true \
    MLFLOW_DISABLE_TELEMETRY=true \
    PREFECT_SERVER_ANALYTICS_ENABLED=false

FROM system

RUN mkdir /home/murmuration/checkout
WORKDIR /home/murmuration/checkout
RUN git config --global user.name murmuration && git config --global user.email murmuration@localhost

# First what seldom changes: an edit of the code installs nothing anew
ARG PIP_EXTRA_INDEX_URL
COPY --chown=murmuration:murmuration requirements.lock ./
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --requirement requirements.lock

COPY --chown=murmuration:murmuration . .
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable . \
    && touch .venv/installed

ENV PATH=/home/murmuration/checkout/.venv/bin:$PATH
CMD ["murmuration", "--help"]
