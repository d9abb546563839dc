"""Reads every stream that standard input lists with openai-python, and prints the results as JSON."""

import asyncio
import json
import sys

import openai

request = json.load(sys.stdin)
options = {"base_url": request["url"], "api_key": "x", "max_retries": 0}
messages = [{"role": "user", "content": "Hello"}]


class Collector:
    """Joins chunks by hand, so that everything before a failure is known."""

    def __init__(self):
        self.texts, self.calls, self.usage = {}, {}, None

    def add(self, chunk):
        self.usage = chunk.usage.total_tokens if chunk.usage else self.usage
        for choice in chunk.choices:
            if choice.delta.content:
                self.texts[choice.index] = self.texts.get(choice.index, "") + choice.delta.content
            for call in choice.delta.tool_calls or []:
                name, arguments = self.calls.get(call.index, ("", ""))
                function = call.function
                self.calls[call.index] = (name + (function.name or ""), arguments + (function.arguments or ""))

    def result(self, error=None):
        raised = None if error is None else type(error).__name__
        read = {"texts": list(self.texts.values()), "calls": list(self.calls.values()), "usage": self.usage}
        return {**read, "raised": raised, "message": None if error is None else str(error)}


def answer_of(completion):
    choices = [choice.message for choice in completion.choices]
    calls = [call.function for message in choices for call in message.tool_calls or []]
    return {
        "texts": [message.content for message in choices if message.content],
        "calls": [(call.name, call.arguments) for call in calls],
        "usage": completion.usage.total_tokens if completion.usage else None,
    }


def read(client, case):
    collector = Collector()
    try:
        for chunk in client.chat.completions.create(**case, messages=messages, stream=True):
            collector.add(chunk)
    except Exception as error:
        return collector.result(error)
    return collector.result()


async def read_async(client, case):
    collector = Collector()
    try:
        async for chunk in await client.chat.completions.create(**case, messages=messages, stream=True):
            collector.add(chunk)
    except Exception as error:
        return collector.result(error)
    return collector.result()


def accumulate(client, case):
    collector = Collector()
    try:
        with client.chat.completions.stream(**case, messages=messages) as stream:
            for event in stream:
                if event.type == "chunk":
                    collector.add(event.chunk)
            # The answer that the client itself joined takes precedence.
            return {**collector.result(), **answer_of(stream.get_final_completion())}
    except Exception as error:
        return collector.result(error)


async def all_async():
    async with openai.AsyncOpenAI(**options) as client:
        return {case["model"]: await read_async(client, case) for case in request["cases"]}


client = openai.OpenAI(**options)
report = {
    "sync": {case["model"]: read(client, case) for case in request["cases"]},
    "async": asyncio.run(all_async()),
    "accumulated": {case["model"]: accumulate(client, case) for case in request["cases"]},
    "direct": read(openai.OpenAI(**{**options, "base_url": request["direct"]}), {"model": "m"}),
}
json.dump(report, sys.stdout)
