// A developer's own keys must never be spent by a test, nor his proxy stand between a test and loopback.
const VENDOR = /(_API_KEY|_API_TOKEN|_TOKEN|_PROXY)$|^(SPILLWAY|OPENAI|ANTHROPIC|GEMINI|GROQ|AZURE)_/i;

for (const name of Object.keys(process.env)) if (VENDOR.test(name)) delete process.env[name];
