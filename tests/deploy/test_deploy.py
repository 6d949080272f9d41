"""The files for servers agree with the product and with each other."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import bot.metrics  # noqa: F401 - what it counts is looked up
from bot.cli import COMMANDS
from bot.settings import Settings
from tests.proofs.servers import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}
OURS = {"SHOP_HOST", "POSTGRES_PASSWORD"}
"""What the compose file asks of `.env` besides the settings."""
ROUTES = {"/health", "/metrics"}


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


def processes() -> dict[str, dict[str, Any]]:
    """The services that run `bot serve`."""
    services = compose()["services"]
    return {name: each for name, each in services.items() if name.startswith(("web-", "worker-"))}


def host(volume: str) -> str:
    return volume.partition(":")[0]


def test_every_setting_and_variable_of_the_compose_file_exists() -> None:
    named = {name for each in processes().values() for name in each["environment"]}
    assert named <= SETTINGS
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert asked <= SETTINGS | OURS
    head = (DEPLOY / "compose.yaml").read_text("utf-8").partition("\nname:")[0]
    assert all(name in head for name in asked)  # whoever starts it is told of each


def test_processes_of_the_compose_file_are_roles_that_wait_for_what_they_need() -> None:
    services = compose()["services"]
    roles = [tuple(each["command"]) for each in processes().values()]
    assert sorted(roles) == [
        ("serve", "--role", role) for role in ("web", "web", "worker", "worker")
    ]
    volumes, networks = set(compose()["volumes"]), set(compose()["networks"])
    for name, each in services.items():
        assert set(each.get("depends_on", ())) <= set(services), name
        assert set(each["networks"]) <= networks, name
        for volume in each.get("volumes", ()):
            known = host(volume) in volumes or (DEPLOY / host(volume)).exists()
            assert known, volume
    for each in processes().values():
        environment = each["environment"]
        assert environment["BOT_DATABASE_URL"].startswith("postgresql://")
        mounted = [volume.split(":")[1] for volume in each["volumes"]]
        assert {environment["BOT_INDEX_DIR"], environment["BOT_KNOWLEDGE_DIR"]} <= set(mounted)
    subnet = compose()["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert processes()["web-1"]["environment"]["BOT_TRUSTED_PROXIES"] == subnet
    postgres = services["postgres"]["environment"]
    assert postgres["POSTGRES_USER"] in environment["BOT_DATABASE_URL"]
    assert environment["BOT_DATABASE_URL"].endswith(f"@postgres/{postgres['POSTGRES_DB']}")


def test_ports_and_paths_agree_between_the_processes_the_proxy_and_prometheus() -> None:
    port = processes()["web-1"]["environment"]["BOT_PORT"]
    caddy = (DEPLOY / "Caddyfile").read_text("utf-8")
    webs = [name for name in processes() if name.startswith("web-")]
    proxied = re.search(r"reverse_proxy (.*) \{", caddy)
    assert proxied is not None
    assert proxied[1].split() == [f"{name}:{port}" for name in webs]
    assert set(re.findall(r"(?:health_uri|path) (/\S+)", caddy)) == ROUTES
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    asked = [target for group in job["static_configs"] for target in group["targets"]]
    assert asked == [f"{name}:{port}" for name in processes()]
    assert job["metrics_path"] in ROUTES
    secret = job["authorization"]["credentials_file"]
    assert Path(secret).name in compose()["services"]["prometheus"]["secrets"]
    for each in processes().values():
        assert f":{port}/health" in each["healthcheck"]["test"][-1]
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert f"BOT_PORT={port}" in image
    assert f"EXPOSE {port}" in image
    copied = re.findall(r"^COPY (.*) \S+$", image, re.MULTILINE)
    assert all((ROOT / name).exists() for names in copied for name in names.split())


def test_alarms_and_dashboard_ask_only_for_what_is_counted() -> None:
    known = {metric.name for metric in REGISTRY.collect()}
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"]
    asked = [rule["expr"] for group in rules for rule in group["rules"]]
    board = json.loads((DEPLOY / "dashboard.json").read_text("utf-8"))
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(asked) > 20
    for name in re.findall(r"(?:deskhand|process)_[a-z_]+", " ".join(asked)):
        assert re.sub(r"_(total|bucket)$", "", name) in known, name
    operations = (ROOT / "docs/operations.md").read_text("utf-8")
    alarms = [rule["alert"] for group in rules for rule in group["rules"]]
    assert [alarm for alarm in alarms if f"`{alarm}`" not in operations] == []


def test_start_scripts_run_a_command_that_exists() -> None:
    script = (DEPLOY / "process").read_text("utf-8")
    assert 'serve --role "$role"' in script
    assert "serve" in COMMANDS
    for name in ("process", "processes", "backup", "restore"):
        subprocess.run(["sh", "-n", DEPLOY / name], check=True)
    refused = subprocess.run(
        [DEPLOY / "process", "cook", "1"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "web|worker" in refused.stderr


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd on this machine")
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text("utf-8").replace("/opt/deskhand", str(ROOT))
        # An instance of a template, as it would be started.
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text, encoding="utf-8")
    units = sorted(str(unit) for unit in tmp_path.iterdir())
    found = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in found.stderr.splitlines() if "deskhand" in line]
    assert (found.returncode, ours) == (0, [])
