"""Shared by all tests: no deadlines (the machine is shared) and no network."""

import socket

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("shared")


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Any attempt to reach beyond this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
