"""Reads every stream that is named on standard input by openai-python, and tells what came of each as JSON."""

import asyncio
import json
import sys

import openai

asked = json.load(sys.stdin)
options = {"base_url": asked["url"], "api_key": "x", "max_retries": 0}
messages = [{"role": "user", "content": "Hello"}]


class Gathering:
    """Puts chunks together by hand, so that what came before a failure is known."""

    def __init__(self):
        self.texts, self.calls, self.usage = {}, {}, None

    def take(self, chunk):
        self.usage = chunk.usage.total_tokens if chunk.usage else self.usage
        for choice in chunk.choices:
            if choice.delta.content:
                self.texts[choice.index] = self.texts.get(choice.index, "") + choice.delta.content
            for call in choice.delta.tool_calls or []:
                name, arguments = self.calls.get(call.index, ("", ""))
                function = call.function
                self.calls[call.index] = (name + (function.name or ""), arguments + (function.arguments or ""))

    def told(self, error=None):
        raised = None if error is None else type(error).__name__
        told = {"texts": list(self.texts.values()), "calls": list(self.calls.values()), "usage": self.usage}
        return {**told, "raised": raised, "message": None if error is None else str(error)}


def whole(completion):
    choices = [choice.message for choice in completion.choices]
    calls = [call.function for message in choices for call in message.tool_calls or []]
    return {
        "texts": [message.content for message in choices if message.content],
        "calls": [(call.name, call.arguments) for call in calls],
        "usage": completion.usage.total_tokens if completion.usage else None,
    }


def read(client, case):
    gathering = Gathering()
    try:
        for chunk in client.chat.completions.create(**case, messages=messages, stream=True):
            gathering.take(chunk)
    except Exception as error:
        return gathering.told(error)
    return gathering.told()


async def read_async(client, case):
    gathering = Gathering()
    try:
        async for chunk in await client.chat.completions.create(**case, messages=messages, stream=True):
            gathering.take(chunk)
    except Exception as error:
        return gathering.told(error)
    return gathering.told()


def accumulate(client, case):
    gathering = Gathering()
    try:
        with client.chat.completions.stream(**case, messages=messages) as stream:
            for event in stream:
                if event.type == "chunk":
                    gathering.take(event.chunk)
            # What the client itself made of them is what is told.
            return {**gathering.told(), **whole(stream.get_final_completion())}
    except Exception as error:
        return gathering.told(error)


async def all_async():
    async with openai.AsyncOpenAI(**options) as client:
        return {case["model"]: await read_async(client, case) for case in asked["cases"]}


client = openai.OpenAI(**options)
report = {
    "sync": {case["model"]: read(client, case) for case in asked["cases"]},
    "async": asyncio.run(all_async()),
    "accumulated": {case["model"]: accumulate(client, case) for case in asked["cases"]},
    "direct": read(openai.OpenAI(**{**options, "base_url": asked["direct"]}), {"model": "m"}),
}
json.dump(report, sys.stdout)
