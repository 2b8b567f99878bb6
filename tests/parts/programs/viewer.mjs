// Fetches each URL that it reads with fetch(), which keeps its connections, and prints the status, 0 for none.
import readline from "node:readline";

for await (const url of readline.createInterface({ input: process.stdin })) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) });
    await answer.arrayBuffer();
    console.log(`${answer.status} ${answer.url}`);
  } catch (error) {
    console.log(`0 ${error.cause?.message ?? error.message}`);
  }
}
