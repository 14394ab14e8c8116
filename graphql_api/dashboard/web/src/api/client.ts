/** Questions to the API, each answered from one snapshot. */

import { createClient, fetchExchange } from "@urql/core";
import { useCallback, useEffect, useRef, useState } from "react";

import type { TypedDocumentString } from "../generated/graphql";
import { learnTime } from "./clock";
import { PAGE_HEADER } from "./session";

const client = createClient({
  url: "/graphql",
  exchanges: [fetchExchange],
  requestPolicy: "network-only",
  preferGetMethod: false,
  fetchOptions: { headers: PAGE_HEADER },
  fetch: async (...request) => {
    const response = await fetch(...request);
    learnTime(response);
    return response;
  },
});

export type Trouble = "logged-out" | "unreachable" | "refused";

export interface Answer<Data> {
  /** What was answered last; it stays while it is asked anew. */
  data: Data | undefined;
  /** Why there is no newer answer. */
  trouble: Trouble | undefined;
  reason: string;
  ask: () => void;
}

const EVERY_MS = 15_000;
const AT_MOST_EVERY_MS = 700;

/** Ask now, every few seconds, and whenever `ask` is called: never twice at a time, never an older answer over a newer. */
export function useAnswer<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Answer<Data> {
  const key = JSON.stringify(variables);
  const [state, setState] = useState<{ key: string; data?: Data; trouble?: Trouble; reason: string }>({ key, reason: "" });
  const wanted = useRef<() => void>(() => undefined);

  useEffect(() => {
    let timer = 0;
    let over = false;
    let asking = false;
    let again = false;
    const ask = async () => {
      asking = true;
      again = false;
      clearTimeout(timer);
      const began = performance.now();
      const { data, error } = await client.query<Data>(document.toString(), JSON.parse(key)).toPromise();
      if (over) return;
      asking = false;
      const trouble = data ? undefined : troubleOf(error);
      const reason = error?.graphQLErrors[0]?.message ?? "";
      setState((before) => {
        const kept = before.key === key ? before.data : undefined;
        const shown = data ?? kept;
        return { key, reason, ...(shown ? { data: shown } : {}), ...(trouble ? { trouble } : {}) };
      });
      const pause = again ? Math.max(0, AT_MOST_EVERY_MS - (performance.now() - began)) : EVERY_MS;
      timer = window.setTimeout(ask, pause);
    };
    wanted.current = () => {
      again = true;
      if (asking) return;
      clearTimeout(timer);
      timer = window.setTimeout(ask, AT_MOST_EVERY_MS / 3);
    };
    const seen = () => document.toString() && globalThis.document.visibilityState === "visible" && wanted.current();
    globalThis.document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", seen);
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
      globalThis.document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", seen);
    };
  }, [document, key]);

  const ask = useCallback(() => wanted.current(), []);
  return { data: state.key === key ? state.data : undefined, trouble: state.trouble, reason: state.reason, ask };
}

function troubleOf(error: { response?: Response; networkError?: Error; graphQLErrors: { extensions: Record<string, unknown> }[] } | undefined): Trouble {
  const code = error?.graphQLErrors[0]?.extensions["code"];
  if (code === "UNAUTHENTICATED" || error?.response?.status === 401) return "logged-out";
  return error?.networkError && code === undefined ? "unreachable" : "refused";
}
