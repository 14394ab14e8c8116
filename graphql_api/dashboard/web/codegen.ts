import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../../docs/schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    "src/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: {
          Date: "string",
          DateTime: "string",
          JSON: "unknown",
          Long: "number",
          Milliseconds: "number",
          Position: "string",
        },
      },
    },
  },
};
export default config;
