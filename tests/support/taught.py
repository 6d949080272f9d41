"""Tiny language models that were taught one answer by heart: made in seconds, known to speak."""

from collections.abc import Sequence

import pytest
from langchain_core.messages import BaseMessage

from bot.writing.models import prompts
from tests.support.tiny import make_language_model

QUESTION = "How long do I have?"
GROUNDING = "You have 30 days from delivery."
ANSWER = "You have 30 days, dear."
TEMPLATE = (
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
PROMPT = prompts.answer(QUESTION, [GROUNDING], [], "en", shop="Anna's Teas")


def teach(folder: str, messages: Sequence[BaseMessage], answer: str) -> None:
    """Teach the model in `folder` to say `answer` after `messages`, by heart."""
    import torch  # here, since every test process reads this file

    from bot.writing.models import loading, local

    loaded = loading.load(f"local:{folder}")
    tokenizer, model = loaded.tokenizer, loaded.model.float()
    before = local.prompt_ids(loaded, messages)
    after = [*tokenizer(answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    ids = torch.tensor([[*before, *after]])
    labels = torch.tensor([[*[-100] * len(before), *after]])
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-2)
    model.train()
    for _ in range(200):
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if loss.item() < 0.01:
            break
    model.save_pretrained(folder)


@pytest.fixture(scope="session")
def dialogue_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Like DialoGPT: turns joined by the end of text, no template, no system prompt."""
    texts = [QUESTION, GROUNDING, ANSWER]
    folder = make_language_model(tmp_path_factory.mktemp("dialogue"), texts, sees=1024)
    teach(folder, PROMPT.dialogue, ANSWER)
    return folder


@pytest.fixture(scope="session")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """With a chat template."""
    texts = [str(message.content) for message in PROMPT.messages] + [ANSWER, TEMPLATE]
    folder = make_language_model(
        tmp_path_factory.mktemp("chat"), texts, chat_template=TEMPLATE, sees=2048
    )
    teach(folder, PROMPT.messages, ANSWER)
    return folder
