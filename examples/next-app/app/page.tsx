'use client';

import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { createClient } from 'spillway/client';

const client = createClient({ url: '/api/llm' });

/** A chat that streams its answers. It cancels an answer when it unmounts, and when it gets another prompt. */
export default function Page() {
  const [text, setText] = useState('');
  const running = useRef(new AbortController());
  useEffect(() => () => running.current.abort(), []);

  async function send(content: string, signal: AbortSignal): Promise<void> {
    try {
      const stream = client.chat.completions.stream({ messages: [{ role: 'user', content }] }, { signal });
      for await (const chunk of stream) setText((before) => before + (chunk.choices[0]?.delta.content ?? ''));
    } catch (error) {
      if (!signal.aborted) setText(`Failed: ${String(error)}`);
    }
  }

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const prompt = new FormData(event.currentTarget).get('prompt');
    if (typeof prompt !== 'string') return;
    running.current.abort();
    running.current = new AbortController();
    setText('');
    void send(prompt, running.current.signal);
  }

  return (
    <form onSubmit={submit}>
      <input name="prompt" defaultValue="Hello" aria-label="Prompt" />
      <button type="submit">Send</button>
      <output>{text}</output>
    </form>
  );
}
