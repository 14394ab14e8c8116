/** What happens in a store, each fact once, whatever becomes of the connection. */

import { type Client, createClient } from "graphql-ws";
import { useEffect, useRef, useState } from "react";

import { HappenedDocument, type HappenedSubscription } from "../generated/graphql";

export type Fact = HappenedSubscription["events"];

const url = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`;
/** The token has expired or was revoked; every other close is of the connection, which comes back by itself. */
const REVOKED = 4403;
const LONGEST_PAUSE_MS = 10_000;

const pause = (retries: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 250 * 2 ** Math.min(retries, 6)) * (0.75 + Math.random() / 2));
  });

/**
 * Follow a store behind a position; `hear` is told each fact, `onRevoked` when the session no longer stands.
 * Returns whether the connection stands, undefined where the token may not follow facts.
 */
export function useFacts(
  store: string,
  after: string | undefined,
  hear: (fact: Fact) => void,
  onRevoked: () => void,
): boolean | undefined {
  const [connected, setConnected] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const heard = useRef(hear);
  heard.current = hear;
  const revoked = useRef(onRevoked);
  revoked.current = onRevoked;
  const isKnown = after !== undefined;
  const start = useRef(after);
  start.current = after;

  useEffect(() => {
    if (!isKnown) return undefined;
    // graphql-ws sends this very object again after each interruption, so it holds the last position
    const variables: { store: string; after?: string } = { store };
    if (start.current) variables.after = start.current;
    let over = false;
    let failures = 0;
    setRefused(false);
    const client = connect(setConnected, () => revoked.current());
    const follow = () => {
      client.subscribe<HappenedSubscription>(
        { query: HappenedDocument.toString(), variables },
        {
          next: ({ data, errors }) => {
            if (!data) return refuse(errors);
            failures = 0;
            variables.after = data.events.position;
            heard.current(data.events);
          },
          error: (problem) => {
            refuse(problem);
            again();
          },
          complete: () => again(),
        },
      );
    };
    const refuse = (problem: unknown) => {
      over ||= isForbidden(problem);
      if (over) setRefused(true);
    };
    const again = () => {
      setConnected(false);
      if (!over) void pause(failures++).then(() => over || follow());
    };
    follow();
    return () => {
      over = true;
      // it fails where it waits for a connection that is refused, which is then over as well
      void Promise.resolve(client.dispose()).catch(() => undefined);
    };
  }, [store, isKnown]);

  return isRefused ? undefined : connected;
}

const isForbidden = (problem: unknown): boolean =>
  Array.isArray(problem) && problem.some((each) => each?.extensions?.code === "FORBIDDEN");

function connect(tell: (connected: boolean) => void, onRevoked: () => void): Client {
  const closed = (event: unknown) => {
    tell(false);
    if (event instanceof CloseEvent && event.code === REVOKED) onRevoked();
  };
  return createClient({
    url,
    lazy: true,
    keepAlive: 20_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: pause,
    on: { connected: () => tell(true), closed },
  });
}
