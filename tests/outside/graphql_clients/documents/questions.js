// What the caches are asked, in documents that Relay's compiler takes too.

const graphql = String.raw;

export const ranges = graphql`
  query questionsRangesQuery($store: ID!, $first: RangeInput!, $second: RangeInput!) {
    store(id: $store) {
      id
      name
      first: figures(range: $first) {
        start
        traffic { entered left }
        zones { zone { id name } visitors stays }
        lines { line { id name } inward outward }
        cameras { camera { id key name } watchedMs }
      }
      second: figures(range: $second) {
        start
        traffic { entered left }
        zones { zone { id name } visitors stays }
        lines { line { id name } inward outward }
        cameras { camera { id key name } watchedMs }
      }
    }
  }
`;

export const range = graphql`
  query questionsRangeQuery($store: ID!, $range: RangeInput!) {
    store(id: $store) {
      id
      figures(range: $range) {
        start
        traffic { entered left }
        zones { zone { id name } visitors stays }
        lines { line { id } inward outward }
      }
    }
  }
`;

export const stores = graphql`
  query questionsStoresQuery($range: RangeInput!) {
    stores {
      nodes {
        id
        key
        name
        cameras { id key name }
        layout {
          doors { id key name }
          lines { id key name }
          zones { id key name kind }
        }
        figures(range: $range) {
          traffic { entered left }
          zones { zone { id key name } visitors stays }
        }
        visits(first: 10) {
          nodes { id role entryDoor { id key name } stays { id dwellMs zone { id name } } }
        }
      }
    }
  }
`;
