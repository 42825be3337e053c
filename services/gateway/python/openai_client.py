"""Uses the endpoints with OpenAI's own client, and compares what it gets by different ways. Not part of the tests,
which need no Python: `pip install openai`, start a gateway with --openai, then

    python openai_client.py --base-url http://127.0.0.1:7110/v1 --model smollm2
"""

import argparse

import openai


def check(holds, what):
    print(f"{'ok' if holds else 'NOT OK'}: {what}", flush=True)
    if not holds:
        raise SystemExit(1)


def refused(call, error, param):
    try:
        call()
    except error as found:
        check(found.param == param, f"{error.__name__}: {found.message[:100]}")
    else:
        check(False, f"{param} is refused")


def chats(client, model):
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    asked = {"model": model, "messages": messages, "max_tokens": 16}
    create = client.chat.completions.create

    reply = create(**asked, temperature=0, logprobs=True, top_logprobs=3)
    text = reply.choices[0].message.content
    check("Paris" in text, f"a chat is answered: {text!r}, {reply.usage.total_tokens} tokens")
    check(reply.system_fingerprint is not None, f"by the build {reply.system_fingerprint}")
    tokens = reply.choices[0].logprobs.content
    check("".join(each.token for each in tokens).startswith(text), "the tokens of log-probabilities are the answer's")
    likely = all(each.logprob == each.top_logprobs[0].logprob for each in tokens)
    check(likely, "greedy tokens are the most likely ones")

    sampled = [create(**asked, seed=5, n=2) for _ in range(2)]
    texts = [[choice.message.content for choice in each.choices] for each in sampled]
    check(texts[0] == texts[1] and texts[0][0] != texts[0][1], "equal seeds give equal texts, samples differ")

    pieces, usage = ["", ""], None
    for chunk in create(**asked, seed=5, n=2, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            pieces[choice.index] += choice.delta.content or ""
    check(pieces == texts[0], "a stream adds up to the whole answers")
    check(usage == sampled[0].usage, f"and counts the same: {usage.prompt_tokens} + {usage.completion_tokens} tokens")


def completions(client, model):
    create = client.completions.create
    asked = {"model": model, "prompt": "One, two, three, four,", "max_tokens": 12, "temperature": 0}
    free = create(**asked).choices[0]
    cut = create(**asked, stop=[" seven"]).choices[0]
    check(free.text.split(" seven")[0] == cut.text, f"a stop text ends it: {cut.text!r} of {free.text!r}")
    check(cut.finish_reason == "stop", "and is its reason")

    echo = create(model=model, prompt=asked["prompt"], max_tokens=0, echo=True, logprobs=5).choices[0]
    check(echo.text == asked["prompt"] and echo.logprobs.token_logprobs[0] is None, "an echo scores the prompt")
    check("".join(echo.logprobs.tokens) == echo.text, "and has its tokens")
    check(all(len(top) in (5, 6) for top in echo.logprobs.top_logprobs[1:]), "with the likely ones beside each")
    batch = create(model=model, prompt=["Hello", "Goodbye"], n=2, max_tokens=4, seed=1)
    check([choice.index for choice in batch.choices] == [0, 1, 2, 3], "a batch answers in order")


def errors(client, model):
    chat = {"model": model, "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    image = {"type": "image_url", "image_url": {"url": "http://x/y.png"}}
    create = client.chat.completions.create
    refused(lambda: create(**{**chat, "model": "none"}), openai.NotFoundError, "model")
    refused(lambda: create(**chat, tools=[tool]), openai.BadRequestError, "tools")
    refused(lambda: create(**chat, response_format={"type": "json_object"}), openai.BadRequestError, "response_format")
    refused(
        lambda: create(**{**chat, "messages": [{"role": "user", "content": [image]}]}),
        openai.BadRequestError,
        "messages[0].content[0].type",
    )
    refused(lambda: create(**chat, temperature=-1), openai.BadRequestError, "temperature")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", default="http://127.0.0.1:7110/v1")
    parser.add_argument("--model", required=True)
    parser.add_argument("--api-key", default="none", help="a token of the services, where they ask for one")
    flags = parser.parse_args()
    client = openai.OpenAI(base_url=flags.base_url, api_key=flags.api_key, timeout=600)
    check(flags.model in [model.id for model in client.models.list()], f"{flags.model} is listed")
    check(client.models.retrieve(flags.model).id == flags.model, "and shown")
    chats(client, flags.model)
    completions(client, flags.model)
    errors(client, flags.model)


main()
