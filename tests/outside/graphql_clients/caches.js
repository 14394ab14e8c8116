// What a client's cache shows of questions once all of them were asked: node caches.js CLIENT URL TOKEN < QUESTIONS
//
// QUESTIONS is `[{name, variables}]`; the answer is a list of what the cache gives for each, without the server.
import { apollo, bare } from "./apollo.js";
import { relay } from "./relay.js";
import { urql } from "./urql.js";
import { text } from "node:stream/consumers";

const [client, url, token] = process.argv.slice(2);
const { ask, read } = { apollo, bare, urql, relay }[client](url, { authorization: `Bearer ${token}` });
const questions = JSON.parse(await text(process.stdin));

for (const question of questions) await ask(question);
console.log(JSON.stringify(await Promise.all(questions.map(read))));
process.exit();
