// What caches have to be told: what has no id is a part of what it was asked of, and is put together, not replaced.
//
//   new InMemoryCache({ typePolicies: typePolicies(schema) })       Apollo Client
//   cacheExchange({ schema, keys: keys(schema) })                   urql's graphcache
//
// Relay needs nothing. `schema` is the answer to an introspection query; what these return can be made when a page is built.

const valuesOf = ({ __schema: { types, queryType, mutationType, subscriptionType } }) => {
  const roots = [queryType, mutationType, subscriptionType].map((type) => type?.name);
  const isValue = ({ kind, name, fields }) =>
    kind === "OBJECT" && !name.startsWith("__") && !roots.includes(name) && !fields.some((field) => field.name === "id");
  return types.filter(isValue).map((type) => type.name);
};

const forEach = (schema, policy) => Object.fromEntries(valuesOf(schema).map((name) => [name, policy]));

export const typePolicies = (schema) => forEach(schema, { merge: true });
export const keys = (schema) => forEach(schema, () => null);
