"""Fine-tuning a local model on the shop's own dialogues: `bot train` and `bot tickets export`.

    export               closed tickets → dialogues without personal data (`mask`)
    dialogues → split    a file's lines → those to learn from and those held out
    base → encode        tokenizer and model → token ids, the answer's alone counted
    trainer              a run's whole story; options are what a person chooses
    learning ⇄ workdir   transformers' Trainer · what an interrupted run goes on from
    measure → report     loss and answers before and after → deskhand.json, model card, curve

What comes out is an ordinary `save_pretrained` folder for `BOT_LLM=local:<folder>`. Everything that
needs torch is imported by the command while it runs; serving imports nothing from here.
"""
