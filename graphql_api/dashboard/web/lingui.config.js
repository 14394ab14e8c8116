import { formatter } from "@lingui/format-po";

export default {
  sourceLocale: "en",
  locales: ["en", "ja", "nb"],
  catalogs: [{ path: "src/locales/{locale}", include: ["src"], exclude: ["src/generated/**"] }],
  format: formatter({ origins: false, lineNumbers: false, printPlaceholdersInComments: false }),
};
