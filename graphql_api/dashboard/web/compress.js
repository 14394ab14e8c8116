// Writes .br and .gz beside each built file, so that serving them costs nothing.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../static", import.meta.url).pathname;
const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!each.isFile()) continue;
  const path = join(each.parentPath, each.name);
  const content = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(content, options));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
