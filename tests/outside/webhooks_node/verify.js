// Reads messages from stdin, one a line, and says of each whether the library of Standard Webhooks verifies it.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(body, headers);
    console.log("verified");
  } catch (problem) {
    console.log(`refused: ${problem.message}`);
  }
}
