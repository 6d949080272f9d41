"""Tests of `bot/gateway`."""
