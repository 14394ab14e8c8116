import { readFileSync } from "node:fs";
import { buildSchema, introspectionFromSchema } from "graphql";

// What the API answers to an introspection query.
export const schema = introspectionFromSchema(
  buildSchema(readFileSync(new URL("./schema.graphql", import.meta.url), "utf8")),
);
