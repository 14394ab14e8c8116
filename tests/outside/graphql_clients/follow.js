// Follows a store's facts for ever and prints each one's subject: node follow.js CLIENT URL TOKEN STORE AFTER
import { ApolloClient, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { createRequire } from "node:module";
import WebSocket from "ws";
import { resuming } from "./examples/resume.mjs";

const [client, url, token, store, after] = process.argv.slice(2);
const query = `subscription Follow($store: ID!, $after: Position) {
  events(store: $store, after: $after) { id position subject }
}`;
const variables = { store, after };
const socket = resuming(
  createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization: `Bearer ${token}` }),
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: () => new Promise((done) => setTimeout(done, 100)),
    on: {
      connected: () => console.log(JSON.stringify({ connected: true })),
      closed: ({ code }) => console.log(JSON.stringify({ closed: code })),
    },
  }),
);

const tell = ({ data, error }) => {
  if (error) throw error;
  console.log(JSON.stringify({ subject: data.events.subject }));
};
const ended = (why) => () => console.log(JSON.stringify({ ended: why }));
const fail = (problem) => console.log(JSON.stringify({ failed: String(problem) }));
const sink = { next: tell, error: fail, complete: ended("complete") };

const followers = {
  "graphql-ws": () => socket.subscribe({ query, variables }, sink),
  apollo() {
    const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(socket) });
    apollo.subscribe({ query: gql(query), variables }).subscribe(sink);
  },
  urql() {
    const forwardSubscription = (payload) => ({
      subscribe: (observer) => ({ unsubscribe: socket.subscribe(payload, observer) }),
    });
    const urql = new Client({ url, exchanges: [subscriptionExchange({ forwardSubscription })], preferGetMethod: false });
    urql.subscription(query, variables).subscribe(tell);
  },
  relay() {
    const { Observable } = createRequire(import.meta.url)("relay-runtime");
    Observable.create((observer) => socket.subscribe({ query, variables }, observer)).subscribe(sink);
  },
};
followers[client]();
