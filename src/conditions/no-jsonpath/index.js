// json-rules-engine imports JSONPath as its default path resolver. Heed always passes its own resolver, so reaching
// this function is a defect; it fails loudly instead of evaluating anything.
export function JSONPath() {
  throw new Error("JSONPath is not part of Heed: pass a pathResolver to json-rules-engine");
}
