// Tests must never use a developer's own keys, and a developer's proxy must not intercept connections to loopback.
const REMOVED = /(_API_KEY|_API_TOKEN|_TOKEN|_PROXY)$|^(SPILLWAY|OPENAI|ANTHROPIC|GEMINI|GROQ|AZURE)_/i;

for (const name of Object.keys(process.env)) if (REMOVED.test(name)) delete process.env[name];
