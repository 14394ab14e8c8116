// Follow a store's facts with graphql-ws: whatever happens to the connection, each fact comes once.
//
//   const stop = follow(client, { store: "acme/ginza-3", types: ["SHOPPER_ENTERED"] }, (event) => show(event));
//
// `client` is what createClient of graphql-ws returns, with `retryAttempts: Infinity`. A client that comes back sends the
// variables again that it was given. These read the last position when they are sent, so it goes on behind that.

const FACTS = `subscription Follow($store: ID!, $types: [EventType!], $after: Position) {
  events(store: $store, types: $types, after: $after) { __typename id position time subject data }
}`;

export function follow(client, { store, types, after, query = FACTS }, tell, fail = console.error) {
  const variables = {
    store,
    types,
    get after() {
      return after;
    },
  };
  return client.subscribe(
    { query, variables },
    {
      next({ data, errors }) {
        if (errors) return fail(errors);
        after = data.events.position;
        tell(data.events);
      },
      error: fail,
      complete() {},
    },
  );
}
