// Follow facts over graphql-ws: whatever happens to the connection, each fact comes once.
//
//   const client = resuming(createClient({ url, connectionParams, retryAttempts: Infinity, shouldRetry: () => true }));
//
// It goes wherever a client of graphql-ws goes: Apollo's GraphQLWsLink, a subscriptionExchange of urql, Relay's network.
// A client that comes back sends the variables again that it was given first. In these, `after` is the last position by
// then. The document has the variable `$after: Position` and asks each fact for its `position`.

const positionIn = (data) => Object.values(data ?? {}).find((fact) => fact?.position)?.position;

export function resuming(client) {
  return {
    ...client,
    subscribe(payload, sink) {
      let after = payload.variables?.after;
      const variables = {
        ...payload.variables,
        get after() {
          return after;
        },
      };
      const next = (result) => {
        after = positionIn(result.data) ?? after;
        sink.next(result);
      };
      return client.subscribe({ ...payload, variables }, { ...sink, next });
    },
  };
}
