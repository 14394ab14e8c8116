import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import * as documents from "./documents/questions.js";
import { typePolicies } from "./examples/caches.mjs";
import { schema } from "./schema.js";

const asking = (cache) => (uri, headers) => {
  const client = new ApolloClient({ cache, link: new HttpLink({ uri, headers }) });
  const by = (fetchPolicy) => async ({ name, variables }) => {
    const { data } = await client.query({ query: gql(documents[name]), variables, fetchPolicy });
    return data;
  };
  return { ask: by("network-only"), read: by("cache-only") };
};

// Apollo Client with the policies of the guide, and with the cache as it comes.
export const apollo = asking(new InMemoryCache({ typePolicies: typePolicies(schema) }));
export const bare = asking(new InMemoryCache());
