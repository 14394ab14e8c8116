import { createRequire } from "node:module";

const { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery } =
  createRequire(import.meta.url)("relay-runtime");

const artifacts = async (name) =>
  (await import(`./documents/__generated__/questions${name[0].toUpperCase()}${name.slice(1)}Query.graphql.js`)).default;

// Relay, with what its compiler made of the documents.
export function relay(url, headers) {
  const network = Network.create(async ({ text: query }, variables) => {
    const body = JSON.stringify({ query, variables });
    const answer = await fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });
    return answer.json();
  });
  const environment = new Environment({ network, store: new Store(new RecordSource(), { gcReleaseBufferSize: 100 }) });
  return {
    async ask({ name, variables }) {
      const operation = createOperationDescriptor(await artifacts(name), variables);
      environment.retain(operation);
      await fetchQuery(environment, operation.request.node, variables).toPromise();
    },
    async read({ name, variables }) {
      const { data, isMissingData } = environment.lookup(createOperationDescriptor(await artifacts(name), variables).fragment);
      return isMissingData ? null : data;
    },
  };
}
