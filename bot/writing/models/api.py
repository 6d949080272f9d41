"""`openai:` models: the OpenAI API, or any server that speaks it, behind langchain's chat model.

It holds the client's settings and puts its errors into our words. Retries, deadlines and circuits
are not the client's but ours: `call` and `ladder`.
"""

import email.utils
import math
from datetime import UTC
from typing import Any

import httpx2
import openai
from langchain_core.exceptions import LangChainException
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from bot.errors import ModelError, SettingsError
from bot.types import now
from bot.writing.models.call import SILENCE, Backend

LONGEST = 1000  # tokens of an answer; models that think first need most of them for that
VENDOR = "api.openai.com"
_CONNECT = 5.0  # seconds
_LONGEST_PIECE = 2000  # characters of tool calls that come at once
NO_KEY = "none"  # the client insists on a key; a server of one's own often has none
# A broken server breaks its client anywhere: not JSON, JSON of another shape, a cut connection.
BREAKS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    LangChainException,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)


class Client(ChatOpenAI):
    """The client of `openai:` models. langchain mends a tool call's JSON as it comes, in the square
    of its length: a piece that is longer than anybody's is no call."""

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        for choice in chunk.get("choices") or ():
            if len(repr((choice.get("delta") or {}).get("tool_calls"))) > _LONGEST_PIECE:
                raise ValueError("a tool call without end")
        return super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )


def backend(name: str, *, key: SecretStr | None, base_url: str | None, timeout: float) -> Backend:
    """The model `name`, a setting "openai:<model>"; `SettingsError` when a key is needed."""
    if key is None and base_url is None:
        raise SettingsError("model.no_key", name="OPENAI_API_KEY", model=name)
    client = httpx2.AsyncClient(timeout=httpx2.Timeout(timeout, connect=_CONNECT))
    model = Client(
        model=name.removeprefix("openai:"),
        api_key=key or SecretStr(NO_KEY),
        base_url=base_url,
        temperature=0.0,
        max_completion_tokens=LONGEST,
        max_retries=0,
        http_async_client=client,
        stream_usage=True,
        stream_chunk_timeout=None,
        use_responses_api=False,
    )
    where = base_url or VENDOR

    def translate(error: Exception, begun: bool) -> ModelError:
        return translated(error, begun, name, where)

    # A server of one's own may take long to read a prompt, and has nothing to say until it has.
    silence = math.inf if base_url else SILENCE
    return Backend(name, model, "instructed", BREAKS, translate, client.aclose, silence=silence)


def translated(error: Exception, begun: bool, model: str, where: str) -> ModelError:
    """The vendor's error as ours. Nothing of its text is taken over: it may quote the prompt."""
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return ModelError("hung", model=model)
    if isinstance(error, openai.APIStatusError):
        return _refused(error, model)
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError | OSError):
        kind = "cut" if begun else "unreachable"
        return ModelError(kind, model=model, where=where)
    if isinstance(error, openai.APIError):  # the server said so in the middle of its stream
        return ModelError("server", model=model, status=200)
    return ModelError("garbled", model=model)


def _refused(error: openai.APIStatusError, model: str) -> ModelError:
    status = error.status_code
    if status == 429:
        if error.code == "insufficient_quota":
            return ModelError("no_quota", model=model)
        return ModelError("busy", retry_after=_retry_after(error), model=model)
    if status >= 500 or status == 408:
        return ModelError("server", retry_after=_retry_after(error), model=model, status=status)
    if status in (401, 403):
        return ModelError("refused_key", model=model, status=status)
    if status == 404:
        return ModelError("unknown", model=model)
    return ModelError("refused", model=model, status=status)


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds, from either form of the header: a number or a date."""
    value = error.response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now()).total_seconds())
