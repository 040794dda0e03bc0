// The CommonJS face of index.js: json-rules-engine is published as CommonJS.
exports.JSONPath = function JSONPath() {
  throw new Error("JSONPath is not part of Heed: pass a pathResolver to json-rules-engine");
};
