// Relay's own ways to page through a list and to ask for one thing again: what does not fit them does not compile.

const graphql = String.raw;

graphql`
  query fragmentsOfStoreQuery($store: ID!, $first: Int, $after: String) {
    store(id: $store) {
      ...fragments_visits @arguments(first: $first, after: $after)
      ...fragments_latest
      ...fragments_store
      cameras { ...fragments_camera }
      figures { zones { zone { ...fragments_zone } } }
    }
  }
`;

graphql`
  fragment fragments_visits on Store
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "fragmentsVisitsPageQuery") {
    visits(first: $first, after: $after, orderBy: LATEST_FIRST) @connection(key: "Store_visits") {
      edges { node { id enteredAt stays { dwellMs } } }
    }
  }
`;

graphql`
  fragment fragments_latest on Store
  @argumentDefinitions(last: { type: "Int", defaultValue: 5 }, before: { type: "String" })
  @refetchable(queryName: "fragmentsStaysPageQuery") {
    stays(last: $last, before: $before) @connection(key: "Store_stays") {
      edges { node { enteredAt zone { id } } }
    }
  }
`;

graphql`
  fragment fragments_store on Store @refetchable(queryName: "fragmentsStoreAgainQuery") {
    name
    inside
    figures { traffic { entered left } }
  }
`;

graphql`
  fragment fragments_zone on Zone @refetchable(queryName: "fragmentsZoneAgainQuery") {
    name
    kind
  }
`;

graphql`
  fragment fragments_camera on Camera @refetchable(queryName: "fragmentsCameraAgainQuery") {
    name
    status
  }
`;
