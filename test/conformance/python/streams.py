"""Reads every stream that is named on standard input by openai-python, and tells what came of each as JSON."""

import asyncio
import json
import sys

import openai

asked = json.load(sys.stdin)
options = {"base_url": asked["url"], "api_key": "x", "max_retries": 0}
messages = [{"role": "user", "content": "Hello"}]


def text_of(chunk):
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


def told(text, error):
    return {"text": text, "raised": None if error is None else type(error).__name__, "message": str(error)}


def read(client, model):
    text = ""
    try:
        for chunk in client.chat.completions.create(model=model, messages=messages, stream=True):
            text += text_of(chunk)
        return told(text, None)
    except Exception as error:
        return told(text, error)


async def read_async(client, model):
    text = ""
    try:
        async for chunk in await client.chat.completions.create(model=model, messages=messages, stream=True):
            text += text_of(chunk)
        return told(text, None)
    except Exception as error:
        return told(text, error)


async def all_async():
    client = openai.AsyncOpenAI(**options)
    return {model: await read_async(client, model) for model in asked["models"]}


client = openai.OpenAI(**options)
report = {"sync": {model: read(client, model) for model in asked["models"]}, "async": asyncio.run(all_async())}
direct = openai.OpenAI(**{**options, "base_url": asked["direct"]})
report["direct"] = read(direct, "m")
json.dump(report, sys.stdout)
