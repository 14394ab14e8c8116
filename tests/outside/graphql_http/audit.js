// Runs every audit of the GraphQL over HTTP specification on a server: node audit.js URL TOKEN; one JSON line each.
import { serverAudits } from "graphql-http";

const [url, token] = process.argv.slice(2);
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });

for (const audit of serverAudits({ url, fetchFn })) {
  const { name, status, reason = "" } = await audit.fn();
  console.log(JSON.stringify({ id: audit.id, name, status, reason }));
}
