import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import * as documents from "./documents/questions.js";
import { keys } from "./examples/caches.mjs";
import { schema } from "./schema.js";

// urql with graphcache.
export function urql(url, headers) {
  const exchanges = [cacheExchange({ schema, keys: keys(schema) }), fetchExchange];
  const client = new Client({ url, exchanges, fetchOptions: { headers }, preferGetMethod: false });
  const by = (requestPolicy) => async ({ name, variables }) => {
    const { data, error } = await client.query(documents[name], variables, { requestPolicy }).toPromise();
    if (error) throw error;
    return data;
  };
  return { ask: by("network-only"), read: by("cache-only") };
}
