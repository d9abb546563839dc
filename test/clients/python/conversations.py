"""Has the conversations that standard input lists with a client package, and prints what each came to as JSON."""

import json
import sys

QUESTION = "What is the weather in Paris?"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def weather_in(city):
    return f"Sunny in {city}, 21 degrees."


def converse(base, package):
    """The functions of a package by the names of conversations; each returns the text of the last answer."""
    return with_anthropic(base) if package == "anthropic" else with_openai(base)


def with_anthropic(base):
    import anthropic

    client = anthropic.Anthropic(base_url=base, api_key="x", max_retries=0)
    shared = {"model": "default", "max_tokens": 500}
    question = {"role": "user", "content": QUESTION}

    def text_of(message):
        return "".join(block.text for block in message.content if block.type == "text")

    def streams():
        with client.messages.stream(**shared, messages=[question]) as stream:
            return text_of(stream.get_final_message())

    def asks():
        return text_of(client.messages.create(**shared, messages=[question]))

    def calls():
        tools = [{"name": "get_weather", "input_schema": SCHEMA}]
        messages = [question]
        for _ in range(3):
            with client.messages.stream(**shared, messages=messages, tools=tools) as stream:
                message = stream.get_final_message()
            used = [block for block in message.content if block.type == "tool_use"]
            if not used:
                return text_of(message)
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": weather_in(block.input["city"])}
                for block in used
            ]
            messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]

    def runs():
        @anthropic.beta_tool
        def get_weather(city: str) -> str:
            """The weather in a city."""
            return weather_in(city)

        runner = client.beta.messages.tool_runner(**shared, messages=[question], tools=[get_weather])
        return text_of(runner.until_done())

    return {"streams": streams, "asks": asks, "calls": calls, "runs": runs}


def with_openai(base):
    import openai

    client = openai.OpenAI(base_url=f"{base}/v1", api_key="x", max_retries=0)

    def streams():
        text = ""
        with client.responses.stream(model="default", input=QUESTION) as stream:
            for event in stream:
                if event.type == "error":
                    raise RuntimeError(event.message)
                if event.type == "response.output_text.delta":
                    text += event.delta
            final = stream.get_final_response()
        if final.status != "completed" or final.output_text != text:
            raise RuntimeError(f"The response is {final.status}.")
        return text

    def asks():
        return client.responses.create(model="default", input=QUESTION).output_text

    def calls():
        tool = {"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": True}
        options = {
            "model": "default",
            "tools": [tool],
            "store": False,
            "include": ["reasoning.encrypted_content"],
        }
        items = [{"role": "user", "content": QUESTION}]
        for _ in range(3):
            with client.responses.stream(**options, input=items) as stream:
                response = stream.get_final_response()
            used = [item for item in response.output if item.type == "function_call"]
            if not used:
                return response.output_text
            items += [item.to_dict() for item in response.output]
            for item in used:
                output = weather_in(json.loads(item.arguments)["city"])
                items.append({"type": "function_call_output", "call_id": item.call_id, "output": output})

    return {"streams": streams, "asks": asks, "calls": calls}


def result_of(case):
    try:
        return {"text": converse(case["url"], case["package"])[case["way"]](), "raised": None}
    except Exception as error:
        return {"text": None, "raised": type(error).__name__, "message": str(error)[:500]}


print(json.dumps([result_of(case) for case in json.load(sys.stdin)]))
