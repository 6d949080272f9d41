"""Language models: everything between the writer and whatever writes.

`BOT_LLM` is `none`, `openai:<model>` or `local:<hub id or path>`; all of them are langchain chat
models. Nothing here knows a question's passages or judges an answer: that is `writer` and
`grounding`.

    ladder    which rung writes: the API, the local model, nobody; seats and deadlines
    call      one model writing one text: streaming, retries, what it used
    api       openai: and any server that speaks it; its errors in our words
    local     local: transformers on one thread, shared by all chats
    loading   finds and loads a local model's weights, in the format that this machine runs fastest
    place probe   where a local model is · whether a model could be asked (`bot doctor`)
    circuit   stops asking what keeps failing
    ledger    tokens and cost, by conversation and day, and their caps
    prompts   the files of `prompts/`, fenced and filled
"""
